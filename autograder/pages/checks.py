"""The page, for staff, on who lost each check, grouped by the cause and by what came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.grades.policy import Grade
from autograder.pages import items, page
from autograder.pages.items import Item
from autograder.records.assignment import Assignment
from autograder.records.results import CheckResult, Result
from autograder.records.submission import SubmissionInfo

DETAILS = 3  # different values shown of a group


@dataclass(frozen=True)
class Group:
    """Submissions that lost a check for the same reason: the reason, and the commonest details of it."""

    why: str
    students: tuple[SubmissionInfo, ...]
    details: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Lost:
    """One check across the class: how it did, and who lost it, the largest group first."""

    item: Item
    groups: tuple[Group, ...]


def page_of(
    results: Sequence[Result], assignment: Assignment, grades: Mapping[str, Grade] | None = None
) -> str:
    """Return the page as HTML: a section for each check that somebody lost, in the order of the suite."""
    rulings = {ruling.check: ruling for grade in (grades or {}).values() for ruling in grade.rulings}
    return page.render("checks", assignment=assignment, checks=lost(results), rulings=rulings)


def lost(results: Sequence[Result]) -> list[Lost]:
    """Return each check that awards points and that somebody lost, with the groups of those who did."""
    found: dict[str, list[tuple[SubmissionInfo, CheckResult]]] = {}
    for result in sorted(results, key=lambda r: (r.submission.student.casefold(), r.submission.id)):
        for check in result.checks if result.status == "graded" else ():
            if check.max_points and check.outcome != "passed":
                found.setdefault(check.id, []).append((result.submission, check))
    return [Lost(i, _groups(found[i.check.id])) for i in items.items(results) if i.check.id in found]


def _groups(seen: Sequence[tuple[SubmissionInfo, CheckResult]]) -> tuple[Group, ...]:
    by_why: dict[str, list[tuple[SubmissionInfo, CheckResult]]] = {}
    for info, check in seen:
        by_why.setdefault(_why(check), []).append((info, check))
    groups = [_group(why, members) for why, members in by_why.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.students), group.why)))


def _group(why: str, members: Sequence[tuple[SubmissionInfo, CheckResult]]) -> Group:
    details = Counter(c.fault.detail.partition("\n")[0] for _, c in members if c.fault and c.fault.detail)
    return Group(why, tuple(info for info, _ in members), tuple(details.most_common(DETAILS)))


def _why(check: CheckResult) -> str:
    """Return why a check was lost, without values: its cause, what happened, or what stopped it."""
    if check.because:
        return f"not tried, because `{check.because}` failed"
    if check.fault is None:
        return check.outcome
    return check.fault.cause or check.fault.what
