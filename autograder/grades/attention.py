"""What of a class needs a human, as headings with the names below them; empty where nothing does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from autograder.grades.inventory import Inventory
from autograder.grades.policy import Grade, number
from autograder.records.results import SCHEMA, Result


@dataclass(frozen=True)
class Need:
    """One thing to look at: what it is, the submissions, students or files, and what can be done.

    `own` where the submission's own line in the report tells it too; `urgent` where a score is missing or
    out of date by our fault.
    """

    what: str
    names: tuple[str, ...]
    next: str = ""
    own: bool = False
    urgent: bool = False


def needs(
    results: Sequence[Result],
    grades: Mapping[str, Grade],
    inventory: Inventory,
    before: Mapping[str, Result],
    failures: Sequence[Result] = (),
    suite: str = "",
) -> tuple[Need, ...]:
    """Return what a human must see to, the most urgent first.

    `before` holds the results as they were before this run; `failures` are ours, to grade anew what keeps its
    score; `suite` is the hash that results should have.
    """
    ungraded, failed = _reasons(results, "ungraded"), _reasons(failures, "ungraded")
    absent = tuple(member.name or member.id for member in inventory.missing(results))
    found = [
        Need("ungraded, by our fault", ungraded, "mend that and grade again", own=True, urgent=True),
        Need("not graded anew, the score before stands", failed, "grade again", urgent=True),
        Need("rejected", _reasons(results, "rejected"), "the students must hand in again, or appeal", True),
        Need("flagged", tuple(f"{_id(r)}: {'; '.join(r.flags)}" for r in results if r.flags), own=True),
        Need("score changed since the last run", tuple(changed(results, before))),
        Need("late by an unknown time", _late(grades, "unknown"), "override … late_days, or a roster", True),
        Need("handed in at an unknown time, taken as on time", _late(grades, "assumed")),
        Need("written answers without a mark", tuple(_waiting(grades)), "formgrader, or override"),
        Need(
            "marked by hand before the work or its score changed", _again(grades), "look again in formgrader"
        ),
        Need("graded by an older kit", _outdated(results), "regrade"),
        Need("of another suite", _older(results, suite), "regrade"),
        Need("files that are nobody's", tuple(_nobodys(inventory))),
        Need("not on the roster", inventory.strangers(results)),
        Need("on the roster, handed in nothing", absent),
        Need("handed in more than once", tuple(_twice(results)), "look which one counts"),
    ]
    return tuple(need for need in found if need.names)


def _id(result: Result) -> str:
    return result.submission.id


def _reasons(results: Iterable[Result], status: str) -> tuple[str, ...]:
    found = (r for r in results if r.status == status)
    return tuple(f"{_id(r)}: {(r.reason or '').partition(chr(10))[0]}" for r in found)


def changed(results: Iterable[Result], before: Mapping[str, Result]) -> Iterable[str]:
    """Yield `ada 70 → 75` for every score that is another than before; a first score is no change."""
    for result in results:
        old = before.get(_id(result))
        if old is not None and old.score is not None and old.score != result.score:
            yield f"{_id(result)} {number(old.score)} → {number(result.score) or 'none'}"


def _late(grades: Mapping[str, Grade], lateness: str) -> tuple[str, ...]:
    return tuple(name for name, grade in grades.items() if grade.lateness == lateness)


def _again(grades: Mapping[str, Grade]) -> tuple[str, ...]:
    return tuple(f"{name}: {', '.join(grade.again)}" for name, grade in grades.items() if grade.again)


def _waiting(grades: Mapping[str, Grade]) -> Iterable[str]:
    counts: dict[str, int] = {}
    for grade in grades.values():
        for question in grade.waiting:
            counts[question] = counts.get(question, 0) + 1
    return (f"{question}: {count} to mark" for question, count in counts.items())


def _older(results: Iterable[Result], suite: str) -> tuple[str, ...]:
    """Return what another suite graded; what an older kit graded is listed by itself, see _outdated."""
    found = (r for r in results if suite and r.schema == SCHEMA)
    return tuple(_id(r) for r in found if r.provenance.get("suite", suite) != suite)


def _outdated(results: Iterable[Result]) -> tuple[str, ...]:
    return tuple(_id(r) for r in results if r.schema != SCHEMA)


def _nobodys(inventory: Inventory) -> Iterable[str]:
    return (f"{name} ({why})" for source in inventory.sources for name, why in source.unmatched)


def _twice(results: Iterable[Result]) -> Iterable[str]:
    """Yield the submissions of one student, told by id or email, where there are several."""
    own: dict[str, list[str]] = {}
    for result in results:
        for key in dict.fromkeys(key for m in result.submission.members if (key := m.id or m.email)):
            own.setdefault(key, []).append(_id(result))
    return (f"{key}: {', '.join(names)}" for key, names in own.items() if len(names) > 1)
