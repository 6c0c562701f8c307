"""Hooks that run inside nbgrader's own processes: they record who typed what, and refuse harmful commands.

The nbgrader_config.py of a graded batch calls `guard`, so every formgrader opened there runs these hooks.
"""

from __future__ import annotations

import getpass
import math
import os
from typing import Any

from nbgrader import api
from nbgrader.plugins import ExportPlugin
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tornado.web import HTTPError

from autograder.errors import UsageError
from autograder.gradebook.fill import note
from autograder.gradebook.history import HISTORY
from autograder.gradebook.marks import whose
from autograder.gradebook.tables import Book, be_patient

WATCHED = {api.Grade: ("manual_score", "extra_credit"), api.Comment: ("manual_comment",)}
NO_AUTOGRADE = (
    "nbgrader's autograde would run students' code on this machine without a sandbox, and overwrite the "
    "scores. Nothing was run: use `autograder grade`, which also restores the notebooks here."
)
NO_EXPORT = (
    "nbgrader's exporter writes 0.0 for students who are not graded, and ignores overrides. "
    "Nothing was written: use `autograder export`."
)


def guard(config: Any) -> None:
    """Record from now on what people type into the gradebook; disable nbgrader's autograde and export."""
    config.Autograde.pre_convert_hook = "autograder.gradebook.formgrader.refuse_autograde"
    config.Autograde.autograde_preprocessors = []  # nothing is left that would run a notebook
    config.ExportApp.plugin_class = "autograder.gradebook.formgrader.NoExport"
    if not event.contains(api.Grade.manual_score, "set", _checked):
        event.listen(api.Grade.manual_score, "set", _checked, retval=True)
        event.listen(Engine, "connect", be_patient)
        for model in WATCHED:
            event.listen(model, "before_update", _note)


def who() -> str:
    """Return the name of the server's user: on JupyterHub the name there, otherwise the system's."""
    return os.environ.get("JUPYTERHUB_USER") or getpass.getuser()


def _checked(grade: Any, value: Any, _old: Any, _initiator: Any) -> float | None:
    """Return the mark as a number. Raises HTTPError outside 0 to the maximum; nbgrader accepts 99 of 5."""
    if value is None:
        return None
    most = grade.cell.max_score
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= most:
        raise HTTPError(400, f"{grade.cell.name}: expected a mark from 0 to {most:g}, got {value}")
    return number


def _note(_mapper: Any, connection: Any, row: Any) -> None:
    """Record a change that a person makes in the history, in the same transaction."""
    book, table = Book(connection, dict(api.Base.metadata.tables)), row.__table__
    watched = WATCHED[type(row)]
    query = whose(book, table).add_columns(*(table.c[what] for what in watched)).where(table.c.id == row.id)
    for old in book.rows(query):
        for what in watched:
            before, after = getattr(old, what), getattr(row, what)
            if before != after:
                values = (old.student_id, old.name, what, before, after, who(), "typed in formgrader")
                book.insert(HISTORY, [note(old.assignment, *values)])


def refuse_autograde(**_: Any) -> None:
    """Stop nbgrader's autograde before it runs anything.

    Raises SystemExit, because nbgrader logs any Exception of a hook and continues.
    """
    raise SystemExit(NO_AUTOGRADE)


class NoExport(ExportPlugin):
    """Replaces nbgrader's exporter, and refuses to export."""

    def export(self, gradebook: Any) -> None:
        """Raise UsageError."""
        raise UsageError(NO_EXPORT)
