"""Writes marks and comments of people into the gradebook, as formgrader does, with who and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql

from autograder.errors import UsageError
from autograder.gradebook import fill
from autograder.gradebook.history import HISTORY
from autograder.gradebook.marks import whose
from autograder.gradebook.tables import Book, Row, opened
from autograder.records.assignment import Assignment

WHAT = {"grade": "manual_score", "comment": "manual_comment"}


@dataclass(frozen=True)
class Entry:
    """A new mark (a number) or comment (a text) for one question of a submission, and what stood there."""

    submission: str
    question: str
    value: float | str
    before: float | str | None

    @property
    def table(self) -> str:
        """The table that it goes into: `grade` or `comment`."""
        return "comment" if isinstance(self.value, str) else "grade"


def put(url: str, assignment: Assignment, entries: Sequence[Entry], who: str, why: str) -> None:
    """Write `entries` into the gradebook at `url`, all or none.

    Raises UsageError if a submission has no box for one, or if somebody changed what stood there meanwhile.
    """
    with opened(url) as book:
        put_into(book, assignment, entries, who, why)


def put_into(book: Book, assignment: Assignment, entries: Sequence[Entry], who: str, why: str) -> None:
    """Write `entries` into an open gradebook; see put."""
    rows = {name: _rows(book, assignment, name) for name in {entry.table for entry in entries}}
    for entry in entries:
        row = rows[entry.table].get((entry.submission, entry.question))
        if row is None:
            raise UsageError(
                f"{entry.submission}, {entry.question}: expected a box for a {entry.table} in the "
                "gradebook, got none; nothing was changed: run autograder regrade first"
            )
        _put(book, assignment, entry, row, who, why)


def _rows(book: Book, assignment: Assignment, name: str) -> dict[tuple[str, str], Any]:
    table, parent = book.table[name], book.table["assignment"]
    extra = (table.c.extra_credit,) if name == "grade" else ()
    query = whose(book, table).add_columns(table.c.id, table.c[WHAT[name]].label("value"), *extra)
    rows = book.rows(query.where(parent.c.name == assignment.name))
    return {(row.student_id, row.name): row for row in rows}


def _put(book: Book, assignment: Assignment, entry: Entry, row: Any, who: str, why: str) -> None:
    table, what = book.table[entry.table], WHAT[entry.table]
    credit = (row.extra_credit or 0.0) if entry.table == "grade" else 0.0
    value = entry.value if isinstance(entry.value, str) else entry.value - credit
    before = entry.before - credit if isinstance(entry.before, float) else entry.before
    if credit and row.value is None:
        before = None  # what counted were the checks' points and the extra credit
    known = row.value or None if entry.table == "comment" else row.value
    changes: Row = {what: value, **({"needs_manual_grade": False} if entry.table == "grade" else {})}
    same = table.c[what].is_(None) if row.value is None else table.c[what] == row.value
    done = book.connection.execute(sql.update(table).where(table.c.id == row.id, same).values(**changes))
    if known != before or done.rowcount != 1:
        raise UsageError(
            f"{entry.submission}, {entry.question}: expected {before!r} in the gradebook, got {known!r}, "
            "typed by somebody meanwhile; nothing was changed: run the same command again"
        )
    names = (assignment.name, entry.submission, entry.question)
    book.insert(HISTORY, [fill.note(*names, what, row.value, value, who, why)])
