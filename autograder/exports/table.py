"""The grades as plain CSV, with a row per student, and as JSON; a missing grade is blank, never zero."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from autograder.grades.policy import Grade, number
from autograder.intake import sheet
from autograder.records.assignment import Assignment
from autograder.records.results import Result
from autograder.records.submission import Member

HEAD = ("student", "student_id", "email", "id", "status", "grade", "max_grade", "score", "max_score")
TAIL = ("days_late", "late_loss", "flags", "why")


def to_csv(
    results: Sequence[Result],
    grades: Mapping[str, Grade],
    assignment: Assignment,
    missing: Iterable[Member] = (),
) -> str:
    """Return CSV with a row per student, in the order of `results`; `missing` come last, without numbers."""
    questions = [*(q.id for q in assignment.questions), *(w.id for w in assignment.written)]
    rows = [[*HEAD, *questions, *TAIL]]
    for result in results:
        for member in result.submission.members or (Member(result.submission.student),):
            rows.append(_row(member, result, grades[result.submission.id], questions))
    blank = [""] * (len(rows[0]) - 5)
    rows += [[m.name, m.id, m.email, "", "missing", *blank] for m in missing]
    return sheet.of_rows(rows)


def _row(member: Member, result: Result, grade: Grade, questions: Sequence[str]) -> list[str]:
    points = {mark.id: number(mark.points) for mark in grade.marks}
    return [
        *(member.name, member.id, member.email, result.submission.id, result.status),
        *(number(grade.points), number(grade.max_points), number(result.score), number(result.max_score)),
        *(points.get(question, "") for question in questions),
        *(number(grade.days_late), number(grade.loss)),
        *("; ".join(result.flags), "; ".join(grade.why)),
    ]


def to_json(results: Sequence[Result], grades: Mapping[str, Grade], missing: Iterable[Member] = ()) -> str:
    """Return the grades, how they were computed, and the missing students, as JSON text."""
    listed = [_record(result, grades[result.submission.id]) for result in results]
    table = {"grades": listed, "missing": [asdict(member) for member in missing]}
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


def _record(result: Result, grade: Grade) -> dict[str, Any]:
    who = {"student": result.submission.student, "members": [asdict(m) for m in result.submission.members]}
    return {**who, "status": result.status, "score": result.score, **asdict(grade)}
