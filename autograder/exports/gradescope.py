"""Gradescope's results.json for one submission; each test has a status: 0 of 0 would show as passed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.errors import KitError
from autograder.exports.fill import Filled
from autograder.grades.policy import Grade, number
from autograder.records import words
from autograder.records.assignment import Assignment
from autograder.records.files import write_whole
from autograder.records.results import CheckResult, Result


def document(result: Result, grade: Grade, assignment: Assignment) -> dict[str, Any]:
    """Return the document that Gradescope reads; hidden checks show once grades are published.

    Raises KitError if there is no grade: Gradescope shows a missing file as a failed grader.
    """
    if grade.points is None:
        why = "; ".join(grade.why) or "no grade yet"
        raise KitError(f"{result.submission.id}: {why}; nothing was written, grade it again")
    reason = [result.reason] if result.reason else []
    return {
        "score": grade.points,
        "output": "\n".join([*_kind(grade, assignment), *reason, *grade.why, *result.notes]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests_of(result, assignment),
        "extra_data": {"provenance": result.provenance, "max_score": grade.max_points},
    }


def _kind(grade: Grade, assignment: Assignment) -> list[str]:
    """Say whether the score includes written answers, if the assignment has any."""
    if not assignment.written:
        return []
    included = len(grade.marks) > len(assignment.questions)
    what = "written answers included" if included else "the checks only, without written answers"
    return [f"{number(grade.points)} of {grade.max_points} points: {what}"]


def tests_of(result: Result, assignment: Assignment) -> list[dict[str, Any]]:
    """Return each check as a Gradescope test, or a single test that says why there are no checks."""
    numbers = {question.id: n for n, question in enumerate(assignment.questions, start=1)}
    if not result.checks:
        none = {"score": 0, "max_score": result.max_score, "status": "failed", "visibility": "visible"}
        return [{"name": "Your submission", "output": result.reason or "", **none}]
    counts: dict[str, int] = {}
    tests = []
    for check in result.checks:
        counts[check.question] = counts.get(check.question, 0) + 1
        tests.append(_test(check, f"{numbers[check.question]}.{counts[check.question]}"))
    return tests


def _test(check: CheckResult, number: str) -> dict[str, Any]:
    return {
        "name": check.title,
        "number": number,
        "score": check.points,
        "max_score": check.max_points,
        "status": "passed" if check.outcome == "passed" else "failed",
        "output": words.for_students(check),
        "tags": [check.question],
        "visibility": "visible" if check.visibility == "public" else "after_published",
    }


def write_all(
    results: Sequence[Result], grades: Mapping[str, Grade], assignment: Assignment, folder: Path
) -> Filled:
    """Write folder/<id>.json for every submission that has a grade; the others are listed."""
    filled = Filled()
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        path = folder / f"{result.submission.id}.json"
        try:
            write_whole(path, to_json(result, grades[result.submission.id], assignment))
            filled.written += 1
        except KitError as error:
            path.unlink(missing_ok=True)
            filled.blank.append(str(error))
    return filled


def to_json(result: Result, grade: Grade, assignment: Assignment) -> str:
    """Return the document as JSON text; see document."""
    return json.dumps(document(result, grade, assignment), indent=1, ensure_ascii=False) + "\n"
