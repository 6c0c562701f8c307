"""Plans overrides and choices of files for students: either every change is possible, or none is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from autograder.cohort.facts import Facts
from autograder.errors import UsageError
from autograder.grades import overrides
from autograder.grades.overrides import Change
from autograder.grades.policy import Grade
from autograder.records import choices
from autograder.records.choices import Choice
from autograder.records.ledger import BACK
from autograder.records.results import Result


@dataclass(frozen=True)
class Asked:
    """What staff want to change, and why: `value` as typed, `who` decided."""

    what: str
    value: str
    why: str
    who: str


@dataclass(frozen=True)
class Planned:
    """A change of one submission, or why the change does not apply to it."""

    result: Result
    change: Change | None
    skipped: str = ""


def plan(facts: Facts, who: Sequence[str] | None, asked: Asked) -> list[Planned]:
    """Return the change of each student in `who`, or of the whole class if None.

    Raises UsageError, which names every student for whom the change is impossible. In a whole class, students
    whose work lacks the check, or who have no override to undo, are skipped.
    """
    results = facts.results() if who is None else _named(facts, who)
    most = {r.submission.id: overrides.most_of(facts.assignment, r) for r in results}
    skipped = {} if who else _skipped(facts, results, asked, most)
    planned, wrong = [], []
    for result in results:
        name = result.submission.id
        if name in skipped:
            planned.append(Planned(result, None, skipped[name]))
            continue
        try:
            planned.append(Planned(result, _change(facts, result, asked, most[name])))
        except UsageError as error:
            wrong.append((name, str(error)))
    if wrong:
        raise UsageError(_refusal(wrong, len(results)))
    return planned


def _named(facts: Facts, who: Sequence[str]) -> list[Result]:
    """Return the results of the named students, each once."""
    if not who:
        raise UsageError("expected a student or --everyone, got neither; name one")
    return list({(result := facts.one(name)).submission.id: result for name in who}.values())


def _refusal(wrong: Sequence[tuple[str, str]], count: int) -> str:
    if count == 1:
        return wrong[0][1]
    listed = "\n".join(f"  {name}: {why}" for name, why in wrong)
    return f"nothing was changed, because {len(wrong)} of {count} cannot be:\n{listed}"


def _skipped(
    facts: Facts, results: Sequence[Result], asked: Asked, most: Mapping[str, Mapping[str, int]]
) -> dict[str, str]:
    """Return, by submission, why a change of the whole class does not apply to it."""
    known = any(asked.what in names for names in most.values())
    skipped = {}
    for name in (result.submission.id for result in results):
        if known and asked.what not in most[name]:
            skipped[name] = f"its work has no check {asked.what}"
        elif asked.value == BACK and asked.what not in overrides.standing(facts.changes, name):
            skipped[name] = f"{asked.what} is not overridden"
    return skipped


def _change(facts: Facts, result: Result, asked: Asked, most: Mapping[str, int]) -> Change:
    name = result.submission.id
    before = value_before(facts.grades()[name], result, asked.what)
    value = overrides.value_of(asked.what, asked.value, most, before)
    work = (result.submission.sha256, most[asked.what])
    return Change(now(), asked.who, name, asked.what, value, before, asked.why, *work)


def choices_of(facts: Facts, results: Sequence[Result], file: str, why: str, who: str) -> list[Choice]:
    """Return the choice of `file` for each of `results`, or the undoing of the one that stands.

    Raises UsageError for a student with one file, or without a choice to undo.
    """
    for info in (result.submission for result in results):
        if not info.candidates:
            raise UsageError(
                f"{info.id}: expected several files to choose from, got one; choose only for students "
                "whom `grade` lists with several files"
            )
        if file == BACK and choices.standing(facts.choices, info.id, info.candidates) is None:
            raise UsageError(
                f"{info.id}: expected a choice to undo, got none; `{BACK}` undoes an earlier one"
            )
    name, when = "" if file == BACK else file, now()
    infos = [result.submission for result in results]
    return [Choice(when, who, info.id, name, dict(info.candidates), why) for info in infos]


def now() -> str:
    """Return the time of a change, to the second, in ISO 8601 in UTC."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def value_before(grade: Grade, result: Result, what: str) -> float | None:
    """Return the value of `what` that counts: points of a question or check, the grade, or the days late."""
    marks = {mark.id: mark.points for mark in grade.marks}
    checks = {check.id: check.points for check in result.checks}
    standing = {change.what: change.value for change in grade.changes if change.what in checks}
    known = {**checks, **marks, "grade": grade.points, "late_days": grade.days_late, **standing}
    return known.get(what)
