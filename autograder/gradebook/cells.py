"""The cells of an assignment in the gradebook: one grade cell per question, migrated if questions change.

nbgrader creates the grades of a submission only together with the submission: a question added later has no
box in formgrader. So this module completes the cells, and the grades of every submission, at each fill.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import uuid4

import sqlalchemy as sql

from autograder.errors import UsageError
from autograder.gradebook.tables import Book
from autograder.records.assignment import Assignment

COURSE = "default_course"
Cells = dict[str, str]


def ensure(book: Book, assignment: Assignment) -> tuple[str, str, Cells, Cells]:
    """Return the ids of assignment and notebook, and of grade and solution cells by question.

    Creates what is missing, removes questions that the assignment no longer asks, and updates points. Raises
    UsageError if a removed question has marks by hand.
    """
    name = assignment.name
    if not book.rows(sql.select(book.table["course"].c.id).filter_by(id=COURSE)):
        book.insert(book.table["course"], [{"id": COURSE}])
    parent = book.ensure("assignment", "name", [name], {}, course_id=COURSE)[name]
    notebook = book.ensure("notebook", "name", [name], {"assignment_id": parent})[name]
    wanted = {q.id: ("code", q.points) for q in assignment.questions}
    wanted |= {q.id: ("markdown", q.points) for q in assignment.written}
    _remove(book, name, notebook, keep=wanted)
    graded = _ensure_base(book, notebook, "GradeCell", "grade_cells", list(wanted))
    table = book.table["grade_cells"]
    points = {row.id: row.max_score for row in book.rows(sql.select(table))}
    for question, (kind, most) in wanted.items():
        if points.get(graded[question]) != most:
            book.update(table, {"id": graded[question]}, {"max_score": most, "cell_type": kind})
    asked = [q.id for q in assignment.written]
    return parent, notebook, graded, _ensure_base(book, notebook, "SolutionCell", "solution_cells", asked)


def _ensure_base(book: Book, notebook: str, kind: str, name: str, wanted: list[str]) -> Cells:
    """Return question → id of the cells of a kind; each also gets a row in the table of that kind."""
    ids = book.ensure("base_cell", "name", wanted, {"notebook_id": notebook, "type": kind})
    table = book.table[name]
    existing = {row.id for row in book.rows(sql.select(table.c.id))}
    more = {"max_score": 0.0, "cell_type": "code"} if kind == "GradeCell" else {}
    book.insert(table, [{"id": ids[q], **more} for q in wanted if ids[q] not in existing])
    return {question: ids[question] for question in wanted}


def _remove(book: Book, name: str, notebook: str, keep: Collection[str]) -> None:
    """Remove the grade cells of removed questions. Raises UsageError if people marked one."""
    base = book.table["base_cell"]
    query = sql.select(base.c.id, base.c.name).filter_by(notebook_id=notebook, type="GradeCell")
    for cell, question in book.rows(query):
        if question not in keep:
            _refuse_if_marked(book, name, cell, question)
            for table, column in (("grade", "cell_id"), ("grade_cells", "id"), ("base_cell", "id")):
                book.connection.execute(sql.delete(book.table[table]).filter_by(**{column: cell}))


def _refuse_if_marked(book: Book, name: str, cell: str, question: str) -> None:
    grade = book.table["grade"]
    query = sql.select(grade.c.id).filter_by(cell_id=cell).where(grade.c.manual_score.is_not(None))
    if marks := len(book.rows(query)):
        raise UsageError(
            f"{name}: expected the question {question!r}, which has {marks} marks by hand in the gradebook, "
            "got an assignment without it; put it back, or grade into another --out"
        )


def complete(book: Book, notebooks: Collection[str], graded: Cells, solutions: Cells) -> None:
    """Give every submission a grade for each grade cell, and a comment for each solution cell."""
    for name, cells, more in (
        ("grade", graded, {"needs_manual_grade": True}),
        ("comment", solutions, {}),
    ):
        table = book.table[name]
        query = sql.select(table.c.notebook_id, table.c.cell_id)
        existing = {(row.notebook_id, row.cell_id) for row in book.rows(query)}
        missing = [(n, c) for n in notebooks for c in cells.values() if (n, c) not in existing]
        book.insert(table, _rows(missing, more))


def _rows(pairs: Sequence[tuple[str, str]], more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": uuid4().hex, "notebook_id": n, "cell_id": c, **more} for n, c in pairs]
