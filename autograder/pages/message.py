"""Drafts a message to a student: the grade, and what cost points, in the words of the feedback page."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.grades.policy import Grade, number
from autograder.records import words
from autograder.records.assignment import Assignment
from autograder.records.results import Result

MOST = 8  # lost checks that a message lists


def draft(result: Result, grade: Grade, assignment: Assignment) -> str:
    """Return the text of a message, for staff to change and send; it says nothing that the page does not."""
    return "\n".join(_lines(result, grade, assignment))


def _lines(result: Result, grade: Grade, assignment: Assignment) -> Iterator[str]:
    names = " and ".join(member.name for member in result.submission.members if member.name)
    yield f"Dear {names or result.submission.student},"
    yield ""
    points = number(grade.points)
    yield (
        f"your submission to {assignment.title} has {points} of {grade.max_points} points."
        if points
        else f"your submission to {assignment.title} has no grade yet."
    )
    if result.status in ("rejected", "waiting") and result.reason:
        yield result.reason
    lost = [check for check in result.checks if check.max_points and check.outcome != "passed"]
    if lost:
        yield ""
        yield "What cost points:"
    for check in lost[:MOST]:
        why = words.for_students(check).partition("\n")[0]
        yield f"- {check.title} ({check.points} of {check.max_points}) {why}".rstrip()
    if len(lost) > MOST:
        yield f"- and {len(lost) - MOST} more, on your feedback page"
    yield ""
    yield "Your feedback page shows your code beside each of them. Reply if you think that one is wrong."
