"""The version of the assignment that a class's folder was graded with: points and policy (assignment.json).

Grades are computed from this version, not from today's, until `regrade` moves the folder to today's.
Extensions are no part of it: they are decisions about students, and today's count at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from autograder.errors import UsageError
from autograder.records.assignment import Assignment, LatePolicy, Question, Written
from autograder.records.files import write_whole
from autograder.records.results import Result

FILE = "assignment.json"


def write(assignment: Assignment, out: Path) -> None:
    """Write the version of `assignment` to out/assignment.json, whole or not at all."""
    write_whole(out / FILE, json.dumps(_table(assignment), indent=1, ensure_ascii=False) + "\n", durable=True)


def of_folder(out: Path, today: Assignment, results: Iterable[Result]) -> Assignment:
    """Return the version that the folder `out` was graded with; `today` where that has not changed.

    A folder that an older kit wrote has no record of it: its `results` tell the questions and their points.
    Raises UsageError if the folder belongs to another assignment, or if its record cannot be read.
    """
    path, found = out / FILE, list(results)
    stored = _read(path, today) if path.is_file() else _of_results(out, today, found)
    if stored.name != today.name:
        raise UsageError(
            f"{out}: expected a folder of the assignment {today.name!r}, got one of {stored.name!r}; "
            "name another folder, or the assignment that this one belongs to: --assignment"
        )
    if not (found and differences(stored, today)):
        return today
    return replace(stored, late=replace(stored.late, extensions=today.late.extensions))


def differences(stored: Assignment, today: Assignment) -> tuple[str, ...]:
    """Return what counts for a grade and differs between two versions: `losses 25 → 30 points`."""
    was, now = points_of(stored), points_of(today)
    changed = [name for name in was if name in now and was[name] != now[name]]
    listed = [f"{name} {was[name]} → {now[name]} points" for name in changed]
    listed += [f"{name} is gone" for name in was if name not in now]
    listed += [f"{name} is new" for name in now if name not in was]
    return (*listed, *(("the late policy",) if _policy(stored) != _policy(today) else ()))


def same_checks(stored: Assignment, today: Assignment) -> bool:
    """Whether the checks of both versions award the same points for the same questions."""
    return _asked(stored.questions) == _asked(today.questions)


def points_of(assignment: Assignment) -> dict[str, int]:
    """Return the points of every question, written ones included, by id."""
    return _asked(assignment.questions) | _asked(assignment.written)


def fits(result: Result, assignment: Assignment) -> bool:
    """Whether a result awards points only for questions of `assignment`, out of the same points."""
    asked = _asked(assignment.questions)
    return all(asked.get(question.id) == question.max_score for question in result.questions)


def _policy(assignment: Assignment) -> LatePolicy:
    return replace(assignment.late, extensions={})


def _asked(questions: Sequence[Question | Written]) -> dict[str, int]:
    return {question.id: question.points for question in questions}


def _of_results(out: Path, today: Assignment, results: Iterable[Result]) -> Assignment:
    """Return the version that results of an older kit show. Raises UsageError if it shares no question."""
    found = {question.id: question for result in results for question in result.questions}
    now = {question.id: question for question in today.questions}
    if not found or all(name in now and now[name].points == q.max_score for name, q in found.items()):
        return today
    if not found.keys() & now.keys():
        raise UsageError(
            f"{out}: expected a folder of the assignment {today.name!r}, got results for other questions "
            f"({', '.join(found)}); name another folder, or the assignment that it belongs to: --assignment"
        )
    blank = Question("", "", 0, ())
    asked = (replace(now.get(n, blank), id=n, title=q.title, points=q.max_score) for n, q in found.items())
    return replace(today, questions=tuple(asked))


def _table(assignment: Assignment) -> dict[str, Any]:
    late = asdict(_policy(assignment))
    if due := assignment.late.due:
        late |= {"due": due.isoformat(), "zone": getattr(due.tzinfo, "key", "")}
    return {
        "name": assignment.name,
        "title": assignment.title,
        "question": [asdict(question) for question in assignment.questions],
        "written": [asdict(question) for question in assignment.written],
        "late": late,
    }


def _read(path: Path, today: Assignment) -> Assignment:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        questions = tuple(Question(**{**q, "defines": tuple(q["defines"])}) for q in table["question"])
        written = tuple(Written(**w) for w in table["written"])
        named = replace(today, name=table["name"], title=table["title"])
        return replace(named, questions=questions, written=written, late=_late(table["late"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path}: expected the assignment that this folder was graded with, got {type(error).__name__}: "
            f"{error}; restore the file from a backup, or delete it if the assignment has not changed since"
        ) from error


def _late(table: Mapping[str, Any]) -> LatePolicy:
    fields = {name: value for name, value in table.items() if name != "zone"}
    if fields["due"] is not None:
        due = datetime.fromisoformat(fields["due"])
        fields["due"] = due.astimezone(ZoneInfo(table["zone"])) if table.get("zone") else due
    return LatePolicy(**fields)
