"""The head of a feedback page: the grade as it stands, where its points come from, and what is still open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.grades.overrides import Change
from autograder.grades.policy import Grade, Mark, number
from autograder.records.results import Result

STALE = "These points were given by an earlier version of this assignment."
LATE = "Your work is late, but by how much is not known yet; that may still cost points."


@dataclass(frozen=True)
class Line:
    """The points of one question as they stand; `points` is None while nobody has marked it.

    `said` tells who gave the points if not the checks, `comment` is what a person wrote to the student.
    """

    id: str
    title: str
    points: float | None
    most: float
    said: str = ""
    comment: str = ""

    @property
    def share(self) -> float:
        """The fraction of its points, between 0 and 1."""
        return max(0.0, min(1.0, (self.points or 0) / self.most)) if self.most else 0.0


@dataclass(frozen=True)
class Standing:
    """The headline: points of a maximum, whether more is to come, sentences about it, a line per question."""

    points: float | None
    most: float
    so_far: bool
    said: tuple[str, ...]
    lines: tuple[Line, ...]
    by_staff: dict[str, str]  # id of a check → what staff made of it

    def line(self, question: str) -> Line:
        """Return the line of a question. Raises KeyError if it has none."""
        return {line.id: line for line in self.lines}[question]


def standing(result: Result, grade: Grade | None = None) -> Standing:
    """Return what counts now: the grade, or the points of the checks where there is no grade to go by."""
    if grade is None or grade.stale:
        lines = tuple(Line(q.id, q.title, q.score, q.max_score) for q in result.questions)
        said = (STALE,) if grade is not None else ()
        return Standing(result.score, result.max_score, False, said, lines, {})
    changes = {change.what: change for change in grade.changes}
    lines = tuple(_line(mark, changes, result) for mark in grade.marks)
    known = [line for line in lines if line.points is not None]
    final = grade.points is not None
    return Standing(
        points=grade.points if final else round(sum(line.points or 0 for line in known), 2),
        most=grade.max_points if final else sum(line.most for line in known),
        so_far=not final,
        said=tuple(_sentences(grade, changes, lines)),
        lines=lines,
        by_staff={c.id: _set(changes[c.id], c.max_points) for c in result.checks if c.id in changes},
    )


def _line(mark: Mark, changes: dict[str, Change], result: Result) -> Line:
    if mark.points is None:
        said = "not marked yet"
    elif mark.id in changes:
        said = f"set by staff: {changes[mark.id].why}"
    elif mark.by == "override":
        checks = [c.id for c in result.checks if c.question == mark.id and c.id in changes]
        said = "changed by staff: " + "; ".join(dict.fromkeys(changes[name].why for name in checks))
    else:
        said = {"hand": "marked by hand", "ruling": "after a decision for everyone"}.get(mark.by, "")
    return Line(mark.id, mark.title, mark.points, mark.max_points, said, mark.comment)


def _sentences(grade: Grade, changes: dict[str, Change], lines: tuple[Line, ...]) -> Iterable[str]:
    if "grade" in changes:
        yield f"Set by staff: {changes['grade'].why}"
    elif grade.loss and grade.days_late:
        days = "1 day" if grade.days_late == 1 else f"{grade.days_late} days"
        will = "deducted" if grade.points is not None else "to be deducted"
        yield f"{number(grade.loss)} points {will} for {days} late."
    if "late_days" in changes:
        yield f"Days late set to {number(changes['late_days'].value)} by staff: {changes['late_days'].why}"
    if grade.points is None and grade.lateness == "unknown":
        yield LATE
    waiting = sum(line.most for line in lines if line.points is None)
    if waiting and "grade" not in changes:
        yield f"{number(waiting)} more points are marked by hand, and not marked yet."


def _set(change: Change, most: float) -> str:
    return f"Set by staff to {number(change.value)} of {number(most)}: {change.why}"
