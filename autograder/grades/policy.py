"""The grade: a result's points after marks by hand, lateness and overrides. Computed, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from autograder.grades import overrides, rulings, version
from autograder.grades.overrides import Change
from autograder.grades.rulings import Ruling
from autograder.records.assignment import Assignment, LatePolicy, Question, Written
from autograder.records.due import in_zones
from autograder.records.results import Result
from autograder.records.submission import SubmissionInfo

By = Literal["checks", "ruling", "hand", "override"]
Lateness = Literal["known", "assumed", "unknown"]
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LATENESS: Mapping[Lateness, str] = {
    "assumed": "hand-in time unknown: treated as on time",
    "unknown": "late, but the download does not say by how much: override late_days",
}


@dataclass(frozen=True)
class HandMark:
    """A mark by hand for one question: points (None if there is only a comment) and a comment.

    `again` is set if the work or its score has changed since: the mark counts, but needs another look.
    """

    points: float | None
    comment: str = ""
    again: bool = False


@dataclass(frozen=True)
class Mark:
    """The points of one question that count, and who gave them; None if there are none yet."""

    id: str
    title: str
    points: float | None
    max_points: int
    by: By
    comment: str = ""


@dataclass(frozen=True)
class Grade:
    """The grade of one submission. `points` is None, never 0, while something it depends on is unknown.

    `sum` is the sum of the marks, `loss` the points that lateness takes off. `days_late` is None if the LMS
    marked the submission late without saying by how much. `lateness` is `unknown` if that affects the grade,
    `assumed` if the hand-in time is unknown and it counts as on time. `waiting` lists the written answers
    without a mark, `again` the questions marked by hand before the work or its score changed. `why` explains
    in sentences how the grade was computed and what is missing. `look` lists the overrides that were made for
    other work or other points, or whose check is gone; `dispute` says how the hand-in time contradicts the
    LMS's late mark; `clock` how the days late would differ in a zone whose clocks changed; `stale` is set if
    the result's points are those of another version of the assignment; `rulings` lists what staff ruled for
    the whole class about checks of this result, where nothing else decides their question.
    """

    id: str
    points: float | None
    max_points: int
    marks: tuple[Mark, ...]
    sum: float | None
    days_late: int | None
    lateness: Lateness
    loss: float
    waiting: tuple[str, ...]
    again: tuple[str, ...]
    why: tuple[str, ...]
    changes: tuple[Change, ...]
    look: tuple[str, ...] = ()
    dispute: str = ""
    clock: str = ""
    stale: bool = False
    rulings: tuple[Ruling, ...] = ()

    @property
    def to_look_at(self) -> tuple[str, ...]:
        """The marks that wait for a look, because the work or its points changed after they were given."""
        asked = {mark.id for mark in self.marks}
        by_hand = (f"{question}, marked in formgrader" for question in self.again if question in asked)
        return (*self.look, *by_hand)


def grade_of(
    result: Result,
    assignment: Assignment,
    changes: Iterable[Change] = (),
    by_hand: Mapping[str, HandMark] | None = None,
    written: bool = True,
    ruled: Mapping[str, Ruling] | None = None,
) -> Grade:
    """Return the grade of `result`: its points, `by_hand` (question → mark), the late policy, the ledgers.

    An override of a question beats a mark by hand, which beats the checks. An override of a single check
    beats a ruling about it (`ruled`, by check), which beats what grading found; an override of the grade
    beats all. Without `written`, answers graded by hand and their points are left out, and an override of the
    grade, which includes them, leaves the grade unknown.
    """
    standing = overrides.standing(changes, result.submission.id)
    marks = _marks(result, assignment, standing, by_hand or {}, written, ruled or {})
    most = sum(mark.max_points for mark in marks)
    known = [mark.points for mark in marks if mark.points is not None]
    total = round(sum(known), 2) if len(known) == len(marks) else None
    days = days_late(result.submission, assignment.late, standing)
    percent = 0 if days is None else min(days * assignment.late.per_day, assignment.late.cap)
    questions = {question.id for question in assignment.questions}
    settled = "grade" in standing
    grade = Grade(
        id=result.submission.id,
        points=None,
        max_points=most,
        marks=marks,
        sum=total,
        days_late=days,
        lateness=lateness(result.submission, assignment.late, standing),
        loss=0.0 if settled else min(round(most * percent / 100, 2), most if total is None else total),
        waiting=() if settled else tuple(m.id for m in marks if m.points is None and m.id not in questions),
        again=tuple(name for name, hand in (by_hand or {}).items() if hand.again),
        why=(),
        changes=tuple(standing.values()),
        look=tuple(_to_look_at(result, assignment, standing)),
        dispute=_dispute(result.submission, assignment.late, standing),
        clock=_clock(result.submission, assignment.late, standing),
        stale=not version.fits(result, assignment),
        rulings=() if settled else tuple(_ruled(result, marks, standing, ruled or {})),
    )
    mixed = settled and not written and bool(assignment.written)
    why = tuple(_why(result, grade, assignment.late, standing, mixed))
    return replace(grade, points=None if mixed else _points(grade, standing), why=why)


def _points(grade: Grade, standing: Mapping[str, Change]) -> float | None:
    if "grade" in standing:
        return standing["grade"].value
    unknown = grade.sum is None or grade.lateness == "unknown"
    return None if unknown else round((grade.sum or 0) - grade.loss, 2)


def grades_of(
    results: Iterable[Result],
    assignment: Assignment,
    changes: Sequence[Change] = (),
    by_hand: Mapping[str, Mapping[str, HandMark]] | None = None,
    written: bool = True,
    ruled: Mapping[str, Ruling] | None = None,
) -> dict[str, Grade]:
    """Return the grades of many results by id; `by_hand` maps a submission to its marks. See grade_of."""
    marks = by_hand or {}
    return {
        r.submission.id: grade_of(r, assignment, changes, marks.get(r.submission.id), written, ruled)
        for r in results
    }


def _marks(
    result: Result,
    assignment: Assignment,
    standing: Mapping[str, Change],
    by_hand: Mapping[str, HandMark],
    written: bool,
    ruled: Mapping[str, Ruling],
) -> tuple[Mark, ...]:
    scores = _scores(result, assignment, standing, ruled)
    checked = {check.question for check in result.checks if check.id in standing}
    under = {check.question for check in result.checks if check.id in ruled}
    items: list[Question | Written] = [*assignment.questions, *(assignment.written if written else ())]
    marks = []
    for item in items:
        points = scores.get(item.id)
        by: By = "hand" if isinstance(item, Written) else "ruling" if item.id in under else "checks"
        by = "override" if item.id in checked else by
        hand = by_hand.get(item.id, HandMark(None))
        if hand.points is not None:
            points, by = hand.points, "hand"
        if item.id in standing:
            points, by = standing[item.id].value, "override"
        marks.append(Mark(item.id, item.title, points, item.points, by, hand.comment))
    return tuple(marks)


def _scores(
    result: Result, assignment: Assignment, standing: Mapping[str, Change], ruled: Mapping[str, Ruling]
) -> dict[str, float]:
    """Return the points of each question with what staff decided on checks; none of another version's."""
    if not version.fits(result, assignment):
        return {}
    return rulings.scores(result, ruled, {what: change.value or 0 for what, change in standing.items()})


def _ruled(
    result: Result, marks: Iterable[Mark], standing: Mapping[str, Change], ruled: Mapping[str, Ruling]
) -> Iterable[Ruling]:
    """Yield the rulings that count for a result: nobody set the check or its question by hand."""
    by_checks = {mark.id for mark in marks if mark.by != "hand" and mark.id not in standing}
    for check in result.checks:
        if check.id in ruled and check.id not in standing and check.question in by_checks:
            yield ruled[check.id]


def _to_look_at(result: Result, assignment: Assignment, standing: Mapping[str, Change]) -> Iterable[str]:
    """Yield the overrides that a person must look at again: `losses, set to 22 by Tara for other work`."""
    most = overrides.most_of(assignment, result)
    for what, change in standing.items():
        shown = f"{what}, set to {number(change.value)} by {change.who}"
        if what not in most:
            yield f"{shown}: there is no such check or question any more"
        elif overrides.for_other_work(change, result.submission.sha256, most[what]):
            points = change.most not in (None, most[what])
            yield f"{shown} {f'out of {change.most}' if points else 'for other work'}"


def _dispute(info: SubmissionInfo, late: LatePolicy, standing: Mapping[str, Change]) -> str:
    """Return how the hand-in time contradicts the LMS's late mark, or "" if it does not or staff decided."""
    if None in (late.due, info.submitted, info.late) or "late_days" in standing:
        return ""
    due, _ = due_of(info, late)
    submitted = datetime.fromisoformat(info.submitted or "")
    if info.late and submitted <= due:
        return f"late according to the LMS, but handed in {info.submitted}, before {due.isoformat()}"
    if info.late is False and submitted > _deadline(*due_of(info, late)) + late.grace * MINUTE:
        return f"on time according to the LMS, but handed in {info.submitted}, after {due.isoformat()}"
    return ""


def days_late(info: SubmissionInfo, late: LatePolicy, standing: Mapping[str, Change]) -> int | None:
    """Return the days late, each begun day counted in full, or None if it is late by an unknown amount."""
    if "late_days" in standing:
        return int(standing["late_days"].value or 0)
    if late.due is None or info.submitted is None:
        return None if info.late else 0
    submitted, (due, more) = datetime.fromisoformat(info.submitted), due_of(info, late)
    past = submitted - _deadline(due, more)
    if past <= late.grace * MINUTE:
        return 0
    days = max(1, past // DAY)
    while submitted > _deadline(due, more + days):
        days += 1
    return days


def due_of(info: SubmissionInfo, late: LatePolicy) -> tuple[datetime, int]:
    """Return a submission's due date and the days that extend it: the LMS's extension, if it is later.

    The policy must have a due date.
    """
    due, more = late.due or datetime.max, extension(info, late)
    if info.extended is None or datetime.fromisoformat(info.extended) <= _deadline(due, more):
        return due, more
    return datetime.fromisoformat(info.extended).astimezone(due.tzinfo), 0


def _clock(info: SubmissionInfo, late: LatePolicy, standing: Mapping[str, Change]) -> str:
    """Return how the days late differ between the offset of the due date and a zone's clock, or ""."""
    if late.due is None or not late.per_day or "late_days" in standing or info.submitted is None:
        return ""
    days = days_late(info, late, standing) or 0
    for zone, due in in_zones(late.due):
        by_clock = days_late(info, replace(late, due=due), standing)
        if by_clock != days:
            return f"{_days(days)} late by the offset of the due date, {by_clock} by the clock in {zone}"
    return ""


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _deadline(due: datetime, days: int) -> datetime:
    """Return the time `days` days after `due` on the clock of its zone, in UTC."""
    return (due + days * DAY).astimezone(UTC)


def opened(assignment: Assignment, infos: Iterable[SubmissionInfo], now: datetime) -> bool:
    """True if feedback may show everything at `now`: the assignment asks for it, and no deadline is left."""
    late = assignment.late
    if assignment.feedback != "open" or late.due is None:
        return False
    extended = [(late.due, days) for days in late.extensions.values()]
    deadlines = [_deadline(*each) for each in ((late.due, 0), *extended, *(due_of(i, late) for i in infos))]
    return now > max(deadlines) + late.grace * MINUTE


def lateness(info: SubmissionInfo, late: LatePolicy, standing: Mapping[str, Change]) -> Lateness:
    """Return how certain the days late are: `assumed` if the hand-in time is unknown and would matter."""
    if late.per_day == 0 or "late_days" in standing or info.submitted is not None:
        return "known"
    return "assumed" if info.late is None else "unknown" if info.late else "known"


def extension(info: SubmissionInfo, late: LatePolicy) -> int:
    """Return the extension of a submission in days: a group gets the longest of its students' extensions."""
    return max([late.extensions[name] for name in names_of(info) if name in late.extensions], default=0)


def names_of(info: SubmissionInfo) -> list[str]:
    """Return the names by which an extension may mention a submission or one of its students."""
    return [info.id, info.student, *(name for m in info.members for name in (m.id, m.email, m.name))]


def _why(
    result: Result, grade: Grade, late: LatePolicy, standing: Mapping[str, Change], mixed: bool
) -> Iterable[str]:
    if result.status != "graded":
        yield f"{result.status}: {(result.reason or '').partition(chr(10))[0]}"
    if grade.stale:
        yield "graded for other questions or points than the others: regrade"
    if grade.waiting:
        yield f"not marked by hand yet: {', '.join(grade.waiting)}"
    if grade.again:
        yield f"marked by hand before the work or its score changed: {', '.join(grade.again)}; look again"
    if grade.look:
        names = ", ".join(text.partition(",")[0] for text in grade.look)
        yield f"overridden before the work or its points changed: {names}; look again"
    if grade.lateness in LATENESS:
        yield LATENESS[grade.lateness]
    info = result.submission
    if late.due and info.extended and due_of(info, late)[0] != late.due:
        yield f"extended in the LMS until {info.extended}"
    if grade.dispute:
        yield grade.dispute
    if grade.days_late:
        lost = "no" if "grade" in standing else number(grade.loss)
        yield f"{_days(grade.days_late)} late: {lost} points lost"
    yield from map(str, grade.rulings)
    for what, change in standing.items():
        yield f"{what} set to {_whole(what, change, extension(result.submission, late))}"
    if mixed:
        yield "the grade that was set includes the written answers, which are left out here"


def _whole(what: str, change: Change, extra: int) -> str:
    """Return an override in force in words; one of the late days says that no extension is added to it."""
    text = f"{number(change.value)} by {change.who} on {change.when[:10]}: {change.why}"
    if what != "late_days" or not extra:
        return text
    return f"{text} (the extension of {_days(extra)} does not count beside it)"


def number(value: float | None) -> str:
    """Return points as people write them: `62`, `61.5`; an empty string for None."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
