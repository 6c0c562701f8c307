"""What of ours runs inside nbgrader's own processes: it keeps who typed what, and refuses what would do harm.

`guard` is called by the nbgrader_config.py of a graded batch, and so by whoever opens formgrader there.
"""

from __future__ import annotations

import getpass
import math
import os
from typing import Any

import sqlalchemy as sql
from nbgrader import api
from nbgrader.plugins import ExportPlugin
from sqlalchemy import event
from tornado.web import HTTPError

from autograder.errors import UsageError
from autograder.gradebook.history import HISTORY
from autograder.gradebook.marks import whose
from autograder.gradebook.fill import note
from autograder.gradebook.tables import Book

WATCHED = {api.Grade: ("manual_score", "extra_credit"), api.Comment: ("manual_comment",)}
NO_AUTOGRADE = (
    "nbgrader's autograde would run students' code on this machine, with no wall around it, and overwrite the "
    "scores. Nothing was run: use `autograder grade`, which also brings the notebooks here back."
)
NO_EXPORT = (
    "nbgrader's exporter writes 0.0 for whoever is not graded, and knows nothing of lateness and overrides. "
    "Nothing was written: use `autograder export`."
)


def guard(config: Any) -> None:
    """Watch what is typed into the gradebook from now on; put refusals into nbgrader's configuration."""
    config.Autograde.pre_convert_hook = "autograder.gradebook.formgrader.refuse_autograde"
    config.ExportApp.plugin_class = "autograder.gradebook.formgrader.NoExport"
    if not event.contains(api.Grade.manual_score, "set", _checked):
        event.listen(api.Grade.manual_score, "set", _checked, retval=True)
        for model in WATCHED:
            event.listen(model, "after_update", _note)


def who() -> str:
    """Return whose server this is: on JupyterHub the user's name there, else the operating system's."""
    return os.environ.get("JUPYTERHUB_USER") or getpass.getuser()


def _checked(grade: Any, value: Any, _old: Any, _initiator: Any) -> float | None:
    """Return the mark as a number; nbgrader itself takes 99 of 5."""
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
    """Write a change that people made into the history, in the transaction that makes it."""
    for what in WATCHED[type(row)]:
        changed = sql.inspect(row).attrs[what].history
        if changed.added and (changed.deleted or [None]) != changed.added:
            book = Book(connection, dict(api.Base.metadata.tables))
            table = row.__table__
            ((student, question, assignment),) = book.rows(whose(book, table).where(table.c.id == row.id))
            values = (changed.deleted[0] if changed.deleted else None, changed.added[0])
            made = note(assignment, student, question, what, *values, who(), "typed in formgrader")
            book.insert(HISTORY, [made])


def refuse_autograde(**_: Any) -> None:
    """Stop nbgrader's autograde before it runs anything. Raises UsageError."""
    raise UsageError(NO_AUTOGRADE)


class NoExport(ExportPlugin):
    """Takes the place of nbgrader's exporter, and refuses."""

    def export(self, gradebook: Any) -> None:
        """Raise UsageError."""
        raise UsageError(NO_EXPORT)
