"""Lists what needs a human in a class, as headings with names below them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from autograder.grades.inventory import Inventory
from autograder.grades.policy import Grade, number
from autograder.records import due
from autograder.records.origin import Doubt
from autograder.records.results import SCHEMA, Result
from autograder.records.submission import shown

OLDER = "if it counts: grade … --older"
ZONE = f'name the zone in [late], as in due = "{due.ZONE}", then regrade'
LOOK = "look again, then override … +0 to confirm, or back"


@dataclass(frozen=True)
class Need:
    """One thing to look at: what it is, the submissions, students or files, and what to do next.

    `own` is set if the submission's own line in the report shows it too; `urgent` if a score is missing or
    out of date through no fault of the student.
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
    held: Mapping[str, str] | None = None,
    better: Mapping[str, Result] | None = None,
    lost: Sequence[str] = (),
    gone: Sequence[str] = (),
) -> tuple[Need, ...]:
    """Return what needs a human, the most urgent first; headings without names are left out.

    `before` contains the results that this run replaced; `failures` the failed regrades that left a score in
    place; `suite` is the hash that results should have; `held` says, by id, where older work was left alone;
    `better` contains earlier results, by id, that scored more than a rejected one; `lost` the extensions that
    fit nobody; `gone` the rulings about checks that no result has.
    """
    ungraded, failed = _reasons(results, "ungraded"), _reasons(failures, "ungraded")
    doubts = inventory.unsettled(results)
    told = {doubt.submission for doubt in doubts}
    maybe = [row for doubt in doubts for row in doubt.rows]
    strangers = tuple(name for name in inventory.strangers(results) if name not in told)
    absent = tuple(m.name or m.id for m in inventory.missing(results) if m not in maybe)
    listed = [
        Need("ungraded, the grader failed", ungraded, "fix the cause and grade again", own=True, urgent=True),
        Need("regrade failed; previous score kept", failed, "grade again", urgent=True),
        Need("rejected", _reasons(results, "rejected"), "the students must hand in again, or appeal", True),
        Need(
            "several files could be meant, no score yet",
            tuple(_candidates(results)),
            "autograder choose OUT ID FILE --reason …, then grade again",
            own=True,
            urgent=True,
        ),
        Need(
            "rejected, but work handed in before scored more",
            tuple(
                f"{name}: {number(old.score)} of {old.max_score} before"
                for name, old in (better or {}).items()
            ),
            "decide which one counts: override … grade, or hand in again",
        ),
        Need("flagged", tuple(f"{_id(r)}: {'; '.join(r.flags)}" for r in results if r.flags), own=True),
        Need("score changed since the last run", tuple(changed(results, before))),
        Need(
            "older than what counts, or passed over by staff: not graded", tuple((held or {}).values()), OLDER
        ),
        Need(
            "late, unknown by how much", _late(grades, "unknown"), "override … late_days, or a roster", True
        ),
        Need("hand-in time unknown, treated as on time", _late(grades, "assumed")),
        Need(
            "look at how it was handed in",
            tuple(f"{_id(r)}: {doubt}" for r in results for doubt in r.submission.doubts),
            "ask the student, or override … late_days",
        ),
        Need("extensions that fit nobody", tuple(lost), "correct [late] in assignment.toml"),
        Need("written answers without a mark", tuple(_waiting(grades)), "desk, formgrader, or override"),
        Need(
            "marked by hand before the work or its score changed", _again(grades), "look again in formgrader"
        ),
        Need("overridden before the work or its points changed", _looks(grades), LOOK),
        Need(
            "hand-in time contradicts the LMS's late mark",
            _disputes(grades),
            "override … late_days, or correct the roster",
        ),
        Need("days late depend on a change of clocks", _clocks(grades), ZONE),
        Need("rulings about checks that are gone", tuple(gone), "autograder rule OUT CHECK back"),
        Need("graded for other questions or points", _stale(grades), "regrade", urgent=True),
        Need("graded by an older kit", _outdated(results), "regrade"),
        Need("graded with another suite", _older(results, suite), "regrade"),
        Need("files that match no student", tuple(_unmatched(inventory))),
        Need("perhaps on the roster", tuple(map(_doubt, doubts)), "autograder same OUT SUBMISSION STUDENT"),
        Need("not on the roster", strangers),
        Need("on the roster, handed in nothing", absent),
        Need("handed in more than once", tuple(_twice(results)), "decide which one counts"),
    ]
    return tuple(need for need in listed if need.names)


def _doubt(doubt: Doubt) -> str:
    """Return `jdoe-17 (jdoe) = Doe, Jane (s1)? same number, other name`."""
    return f"{doubt.submission} = {' or '.join(map(shown, doubt.rows))}? {doubt.why}"


def _id(result: Result) -> str:
    return result.submission.id


def _reasons(results: Iterable[Result], status: str) -> tuple[str, ...]:
    matching = (r for r in results if r.status == status)
    return tuple(f"{_id(r)}: {(r.reason or '').partition(chr(10))[0]}" for r in matching)


def _candidates(results: Iterable[Result]) -> Iterable[str]:
    """Yield the id and the candidates, quoted for a shell, of each submission that waits for a choice."""
    for result in results:
        if result.status == "waiting":
            yield f"{_id(result)}: {' or '.join(map(shlex.quote, result.submission.candidates))}"


def changed(results: Iterable[Result], before: Mapping[str, Result]) -> Iterable[str]:
    """Yield `ada 70 → 75` for every score that changed; a first score is not a change."""
    for result in results:
        old = before.get(_id(result))
        if old is not None and old.score is not None and old.score != result.score:
            yield f"{_id(result)} {number(old.score)} → {number(result.score) or 'none'}"


def _late(grades: Mapping[str, Grade], lateness: str) -> tuple[str, ...]:
    return tuple(name for name, grade in grades.items() if grade.lateness == lateness)


def _again(grades: Mapping[str, Grade]) -> tuple[str, ...]:
    return tuple(f"{name}: {', '.join(grade.again)}" for name, grade in grades.items() if grade.again)


def _looks(grades: Mapping[str, Grade]) -> tuple[str, ...]:
    return tuple(f"{name}: {'; '.join(grade.look)}" for name, grade in grades.items() if grade.look)


def _disputes(grades: Mapping[str, Grade]) -> tuple[str, ...]:
    return tuple(f"{name}: {grade.dispute}" for name, grade in grades.items() if grade.dispute)


def _clocks(grades: Mapping[str, Grade]) -> tuple[str, ...]:
    return tuple(f"{name}: {grade.clock}" for name, grade in grades.items() if grade.clock)


def _stale(grades: Mapping[str, Grade]) -> tuple[str, ...]:
    return tuple(name for name, grade in grades.items() if grade.stale)


def _waiting(grades: Mapping[str, Grade]) -> Iterable[str]:
    counts: dict[str, int] = {}
    for grade in grades.values():
        for question in grade.waiting:
            counts[question] = counts.get(question, 0) + 1
    return (f"{question}: {count} to mark" for question, count in counts.items())


def _older(results: Iterable[Result], suite: str) -> tuple[str, ...]:
    """Return what another suite graded; see _outdated for results of an older kit."""
    current = (r for r in results if suite and r.schema == SCHEMA)
    return tuple(_id(r) for r in current if r.provenance.get("suite", suite) != suite)


def _outdated(results: Iterable[Result]) -> tuple[str, ...]:
    return tuple(_id(r) for r in results if r.schema != SCHEMA)


def _unmatched(inventory: Inventory) -> Iterable[str]:
    return (f"{name} ({why})" for source in inventory.sources for name, why in source.unmatched)


def _twice(results: Iterable[Result]) -> Iterable[str]:
    """Yield the students, by id or email, who have several submissions, with the ids of these."""
    handed_in: dict[str, list[str]] = {}
    for result in results:
        for key in dict.fromkeys(key for m in result.submission.members if (key := m.id or m.email)):
            handed_in.setdefault(key, []).append(_id(result))
    return (f"{key}: {', '.join(names)}" for key, names in handed_in.items() if len(names) > 1)
