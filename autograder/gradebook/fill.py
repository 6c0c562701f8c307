"""Fills the gradebook from results, in one transaction: points are updated, what people typed stays.

This module never writes the columns that people fill (manual_score, extra_credit, manual_comment). If the
answer or score behind a mark by hand has changed, it keeps the mark and flags it for another look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sql

import autograder
from autograder.errors import KitError
from autograder.gradebook import cells
from autograder.gradebook.history import HISTORY, PROVENANCE, noted, now
from autograder.gradebook.tables import Book, Row
from autograder.records.assignment import Assignment
from autograder.records.results import Result
from autograder.records.submission import SubmissionInfo

WHO = f"autograder {autograder.__version__}"
UNRECORDED = "typed into the gradebook by another tool, recorded now"
MARKUP = str.maketrans('<>"', "‹›”", "\0")  # formgrader puts names into its pages unescaped
NO_ANSWER = "No answer was found."


@dataclass(frozen=True)
class Entry:
    """One submission for the gradebook.

    `answers` maps a written question to a digest of the answer, or to an empty string. `page` is the key of
    the notebook shown for it, see pages.key. `timestamp` is set if the course has a `submitted/` tree.
    """

    result: Result
    answers: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    timestamp: datetime | None = None

    @property
    def student(self) -> str:
        """The submission's id, which is the student's id in the gradebook: a group is marked once."""
        return self.result.submission.id


def provenance(book: Book, assignment: Assignment) -> dict[str, Any]:
    """Return, by student, the provenance of the scores in the gradebook: rows of latentlab_provenance."""
    query = sql.select(PROVENANCE).where(PROVENANCE.c.assignment == assignment.name)
    return {row.student: row for row in book.rows(query)}


def fill(book: Book, assignment: Assignment, entries: Sequence[Entry]) -> int:
    """Put the scores of `entries` into the gradebook; return how many scores changed.

    An ungraded result changes no score. Raises KitError for an impossible score, UsageError if the assignment
    lost a question that has marks by hand; then nothing is written.
    """
    for entry in entries:
        _refuse_impossible(entry.result)
    parent, notebook, graded, solutions = cells.ensure(book, assignment)
    notebooks = _submissions(book, parent, notebook, entries)
    cells.complete(book, notebooks.values(), graded, solutions)
    before = provenance(book, assignment)
    grades = _grades(book, graded, notebooks)
    history = _unrecorded(book, assignment, grades)
    for entry in entries:
        for question, row in _changes(entry, grades[entry.student], before.get(entry.student)):
            old = grades[entry.student][question]
            book.update(book.table["grade"], {"id": old.id}, row)
            if "auto_score" in row:
                why = _why(entry.result, before.get(entry.student))
                values = ("auto_score", old.auto_score, row["auto_score"])
                history.append(note(assignment.name, entry.student, question, *values, WHO, why))
    book.insert(HISTORY, history)
    _comment(book, entries, notebooks, solutions)
    _write_provenance(book, assignment, entries, before)
    return sum(row["what"] == "auto_score" for row in history)


def take_off(book: Book, assignment: Assignment, losses: Mapping[str, float]) -> None:
    """Write the late penalty of each submission where nbgrader's exporter and feedback read it."""
    notebook, submitted = book.table["submitted_notebook"], book.table["submitted_assignment"]
    parent = book.table["assignment"]
    query = (
        sql.select(notebook.c.id, notebook.c.late_submission_penalty, submitted.c.student_id)
        .join(submitted, submitted.c.id == notebook.c.assignment_id)
        .join(parent, parent.c.id == submitted.c.assignment_id)
        .where(parent.c.name == assignment.name)
    )
    for row in book.rows(query):
        if losses.get(row.student_id) not in (None, row.late_submission_penalty or 0.0):
            book.update(notebook, {"id": row.id}, {"late_submission_penalty": losses[row.student_id]})


def note(
    assignment: str, student: str, question: str, what: str, before: Any, after: Any, who: str, why: str
) -> Row:
    """Return a row of the history."""
    return {
        "at": now(),
        "who": who,
        "why": why,
        "assignment": assignment,
        "student": student,
        "question": question,
        "what": what,
        "before": noted(before),
        "after": noted(after),
    }


def _refuse_impossible(result: Result) -> None:
    for question in result.questions:
        if not 0 <= question.score <= question.max_score:
            raise KitError(
                f"{result.submission.id}, {question.id}: expected a score from 0 to {question.max_score}, "
                f"got {question.score}; the gradebook is unchanged: fix the suite, then grade again"
            )


def _submissions(book: Book, parent: str, notebook: str, entries: Sequence[Entry]) -> dict[str, str]:
    """Return, by student, the id of the submitted notebook; insert new students and submissions."""
    table = book.table["student"]
    known = {row.id: row._mapping for row in book.rows(sql.select(table))}
    people = [_student(entry.result.submission) for entry in entries]
    book.insert(table, [row for row in people if row["id"] not in known])
    for row in people:
        changed = {k: v for k, v in row.items() if v and known.get(row["id"], row)[k] != v}
        if changed:
            book.update(table, {"id": row["id"]}, changed)
    students = [entry.student for entry in entries]
    ids = book.ensure("submitted_assignment", "student_id", students, {"assignment_id": parent})
    for entry in entries:
        if entry.timestamp is not None:
            book.update(
                book.table["submitted_assignment"],
                {"id": ids[entry.student]},
                {"timestamp": entry.timestamp},
            )
    within = {"notebook_id": notebook}
    notebooks = book.ensure("submitted_notebook", "assignment_id", ids.values(), within, flagged=False)
    return {student: notebooks[identity] for student, identity in ids.items()}


def _student(info: SubmissionInfo) -> Row:
    """Return nbgrader's record of a student: id, name if it differs from the id, email and LMS user id."""
    name = info.student.translate(MARKUP)[:120]
    only = info.members[0] if len(info.members) == 1 else None
    lms = only.lms.get("canvas_user") if only else None
    named = (name, info.id) if name != info.id else (None, None)  # formgrader shows "last, first" or the id
    keys = ("last_name", "first_name", "email", "lms_user_id")
    return {"id": info.id, **dict(zip(keys, (*named, only.email[:128] if only else None, lms), strict=True))}


def _grades(book: Book, graded: Mapping[str, str], notebooks: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return student → question → the row of nbgrader's grade."""
    students = {notebook: student for student, notebook in notebooks.items()}
    questions = {cell: question for question, cell in graded.items()}
    grades: dict[str, dict[str, Any]] = {student: {} for student in notebooks}
    for row in book.rows(sql.select(book.table["grade"])):
        if row.notebook_id in students and row.cell_id in questions:
            grades[students[row.notebook_id]][questions[row.cell_id]] = row
    return grades


def _changes(entry: Entry, grades: Mapping[str, Any], before: Any) -> list[tuple[str, Row]]:
    """Return (question, values to set in its grade) pairs; none for a result without a score.

    A mark by hand needs another look if the score beside it changed, or the work or answer that it is for.
    """
    if entry.result.score is None:
        return []
    changes: list[tuple[str, Row]] = []
    other = before is not None and before.sha256 != entry.result.submission.sha256
    for score in entry.result.questions:
        old, row = grades[score.id], Row()
        if old.auto_score != score.score:
            row = {"auto_score": score.score, "needs_manual_grade": old.manual_score is not None}
        elif other and _settled(old):
            row = {"needs_manual_grade": True}
        changes += [(score.id, row)] if row else []
    for question, answer in entry.answers.items():
        if _settled(grades[question]) and before is not None and before.answers.get(question) != answer:
            changes.append((question, {"needs_manual_grade": True}))
    return changes


def _settled(grade: Any) -> bool:
    """Whether a person marked it and nothing asks for another look."""
    return grade.manual_score is not None and not grade.needs_manual_grade


def _why(result: Result, before: Any) -> str:
    """Return the reason for a new score, for the history."""
    if before is None or before.status in ("ungraded", "waiting"):
        return "graded for the first time"
    if before.sha256 != result.submission.sha256:
        return "another file was handed in"
    changed = [k for k in ("suite", "image", "sandbox") if before.made_by.get(k) != result.provenance.get(k)]
    return f"graded again: {' and '.join(changed)} changed" if changed else "graded again"


def _unrecorded(book: Book, assignment: Assignment, grades: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """Return history rows for marks by hand that were typed without formgrader.guard watching."""
    query = sql.select(HISTORY).where(HISTORY.c.assignment == assignment.name).order_by(HISTORY.c.id)
    last = {(row.student, row.question, row.what): row.after for row in book.rows(query)}
    missing = []
    for student, rows in grades.items():
        for question, row in rows.items():
            for what in ("manual_score", "extra_credit"):
                was, value = last.get((student, question, what)), getattr(row, what)
                if was != noted(value):
                    values = (what, was, value, "nbgrader", UNRECORDED)
                    missing.append(note(assignment.name, student, question, *values))
    return missing


def _comment(
    book: Book, entries: Sequence[Entry], notebooks: Mapping[str, str], solutions: Mapping[str, str]
) -> None:
    """Comment on written questions without an answer, as nbgrader does."""
    table = book.table["comment"]
    comments = {(row.notebook_id, row.cell_id): row for row in book.rows(sql.select(table))}
    for entry in entries:
        for question, answer in entry.answers.items():
            row = comments[notebooks[entry.student], solutions[question]]
            text = None if answer else NO_ANSWER
            if row.auto_comment != text:
                book.update(table, {"id": row.id}, {"auto_comment": text})


def _write_provenance(
    book: Book, assignment: Assignment, entries: Sequence[Entry], before: Mapping[str, Any]
) -> None:
    """Write the provenance of each score; keep the old one if a result has no score."""
    for entry in entries:
        old = before.get(entry.student)
        if entry.result.score is None and old is not None:
            continue
        row = {
            "status": entry.result.status,
            "sha256": entry.result.submission.sha256,
            "made_by": entry.result.provenance,
            "answers": dict(entry.answers),
            "page": entry.page,
        }
        key = {"assignment": assignment.name, "student": entry.student}
        if old is None:
            book.insert(PROVENANCE, [{**key, **row}])
        elif any(old._mapping[k] != v for k, v in row.items()):
            book.update(PROVENANCE, key, row)
