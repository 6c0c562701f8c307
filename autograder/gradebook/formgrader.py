"""What of ours runs inside nbgrader's own processes: it keeps who typed what, and refuses what would do harm.

`guard` is called by the nbgrader_config.py of a graded batch, and so by whoever opens formgrader there.
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
    "nbgrader's autograde would run students' code on this machine, with no wall around it, and overwrite "
    "the scores. Nothing was run: use `autograder grade`, which also brings the notebooks here back."
)
NO_EXPORT = (
    "nbgrader's exporter writes 0.0 for whoever is not graded, and knows nothing of lateness and overrides. "
    "Nothing was written: use `autograder export`."
)


def guard(config: Any) -> None:
    """Watch what is typed into the gradebook from now on; put refusals into nbgrader's configuration."""
    config.Autograde.pre_convert_hook = "autograder.gradebook.formgrader.refuse_autograde"
    config.Autograde.autograde_preprocessors = []  # so that there is nothing that would run a notebook
    config.ExportApp.plugin_class = "autograder.gradebook.formgrader.NoExport"
    if not event.contains(api.Grade.manual_score, "set", _checked):
        event.listen(api.Grade.manual_score, "set", _checked, retval=True)
        event.listen(Engine, "connect", be_patient)
        for model in WATCHED:
            event.listen(model, "before_update", _note)


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
    """Write a change that people make into the history, in the transaction that makes it."""
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

    Raises SystemExit: of any Exception of a hook nbgrader takes note, and goes on.
    """
    raise SystemExit(NO_AUTOGRADE)


class NoExport(ExportPlugin):
    """Takes the place of nbgrader's exporter, and refuses."""

    def export(self, gradebook: Any) -> None:
        """Raise UsageError."""
        raise UsageError(NO_EXPORT)
