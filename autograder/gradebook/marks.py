"""Reads the points and comments that people gave in formgrader, by submission and question."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sql

from autograder.errors import UsageError
from autograder.gradebook.tables import Book, opened
from autograder.grades.policy import HandMark
from autograder.records.assignment import Assignment

Marks = dict[str, dict[str, HandMark]]
NOTHING = HandMark(None)  # neither points nor a comment


def manual_marks(url: str, assignment: Assignment) -> Marks:
    """Return submission → question → mark, for everything marked or commented in the gradebook at `url`.

    Raises UsageError for a mark outside 0 to the question's points, or if the gradebook cannot be read.
    """
    with opened(url) as book:
        return marks_of(book, assignment)


def marks_of(book: Book, assignment: Assignment) -> Marks:
    """Return what manual_marks returns, from an open gradebook. Raises UsageError for a mark out of range."""
    comments = _comments(book, assignment)
    marks: Marks = {}
    wrong = []
    for row in _grades(book, assignment):
        comment = comments.get((row.student_id, row.name), "")
        if row.manual_score is not None and not 0 <= row.manual_score <= row.max_score:
            wrong.append(f"{row.student_id}, {row.name}: {row.manual_score:g} of {row.max_score:g}")
        points = _points(row)
        if points is not None or comment:
            again = row.needs_manual_grade and row.manual_score is not None
            mark = HandMark(points, comment, again)
            marks.setdefault(row.student_id, {})[row.name] = mark
    if wrong:
        raise UsageError(
            "the gradebook: expected marks from 0 to a question's points, got "
            + "; ".join(sorted(wrong))
            + ". "
            "Correct them in formgrader, then run the same command again."
        )
    return marks


def _points(row: Any) -> float | None:
    """Return the points of a grade that a person changed, as nbgrader adds them up, or None."""
    if row.manual_score is None and not row.extra_credit:
        return None
    given = row.auto_score if row.manual_score is None else row.manual_score
    return None if given is None else given + (row.extra_credit or 0.0)


def _grades(book: Book, assignment: Assignment) -> list[Any]:
    grade, graded = book.table["grade"], book.table["grade_cells"]
    query = whose(book, grade).join(graded, graded.c.id == grade.c.cell_id)
    columns = (grade.c.auto_score, grade.c.manual_score, grade.c.extra_credit, grade.c.needs_manual_grade)
    return book.rows(_of(query, book, assignment).add_columns(*columns, graded.c.max_score))


def _comments(book: Book, assignment: Assignment) -> dict[tuple[str, str], str]:
    comment = book.table["comment"]
    query = _of(whose(book, comment), book, assignment).add_columns(comment.c.manual_comment)
    return {(row.student_id, row.name): row.manual_comment for row in book.rows(query) if row.manual_comment}


def _of(query: Any, book: Book, assignment: Assignment) -> Any:
    return query.where(book.table["assignment"].c.name == assignment.name)


def whose(book: Book, of: Any) -> Any:
    """Return a query for student, question and assignment of each row of `of`: grades or comments."""
    base, notebook, submitted, parent = (
        book.table[name] for name in ("base_cell", "submitted_notebook", "submitted_assignment", "assignment")
    )
    return (
        sql.select(submitted.c.student_id, base.c.name, parent.c.name.label("assignment"))
        .select_from(of)
        .join(base, base.c.id == of.c.cell_id)
        .join(notebook, notebook.c.id == of.c.notebook_id)
        .join(submitted, submitted.c.id == notebook.c.assignment_id)
        .join(parent, parent.c.id == submitted.c.assignment_id)
    )
