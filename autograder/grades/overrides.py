"""The ledger of overrides by staff: one JSON line for each change, appended and never rewritten.

Results contain what grading found; changes are stored beside them, so a regrade never loses one.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.errors import UsageError
from autograder.records.assignment import Assignment, Question, Written
from autograder.records.ledger import BACK, append_lines, numbered_lines, require_reason
from autograder.records.results import Result

LEDGER = "overrides.jsonl"
MOST_DAYS = 1000
SIGNED = re.compile(r"[+\-\N{MINUS SIGN}]")


@dataclass(frozen=True)
class Change:
    """One change: `what` is the id of a question or a check, `grade` or `late_days`; None undoes it.

    `was` is the value that counted before, for people who read the ledger; nothing is computed from it.
    `sha256` is the work that the change was made for, and `most` the points that `value` was out of; older
    kits recorded neither.
    """

    when: str
    who: str
    submission: str
    what: str
    value: float | None
    was: float | None
    why: str
    sha256: str = ""
    most: int | None = None


def most_of(assignment: Assignment, result: Result | None = None) -> dict[str, int]:
    """Return the maximum of each thing that may be changed, checks of `result` included; the least is 0."""
    items: list[Question | Written] = [*assignment.questions, *assignment.written]
    points = {item.id: item.points for item in items}
    checks = {check.id: check.max_points for check in (result.checks if result else ())}
    return {**points, "grade": sum(points.values()), "late_days": MOST_DAYS, **checks}


def value_of(what: str, text: str, most: Mapping[str, int], before: float | None = None) -> float | None:
    """Return `text` as a number, or None for `back`; `+2` and `-2` mean more and less than `before`.

    Raises UsageError if `what`, which has the maximum `most[what]`, cannot have that value.
    """
    number = text.strip()
    sign, known = SIGNED.match(number), math.nan if before is None else before
    try:
        value = None if text == BACK else float(number.replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        value = math.nan  # outside every range
    if sign is None or value is None or what not in most:
        _check(what, value, repr(text), most)
        return value
    if before is None:
        raise UsageError(
            f"{what}: expected a number, got {text!r}, but there is none yet to add to; give one"
        )
    _check(what, known + value, f"{text!r}: {before:g} → {known + value:g}", most)
    return round(known + value, 2)


def _check(what: str, value: float | None, shown: str, most: Mapping[str, int]) -> None:
    """Raise UsageError unless `what` may be set to `value`; the message shows `shown` instead of it."""
    if what not in most:
        near = difflib.get_close_matches(what, most, 1)
        hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(most)}"
        raise UsageError(f"nothing called {what!r} can be changed; {hint}")
    if value is not None and not _fits(what, value, most[what]):
        kind = "a whole number" if what == "late_days" else "a number"
        raise UsageError(f"{what}: expected {kind} from 0 to {most[what]}, or `{BACK}`, got {shown}")


def _fits(what: str, value: float, most: int) -> bool:
    return 0 <= value <= most and (what != "late_days" or value == int(value))


def append(changes: Sequence[tuple[Change, Mapping[str, int]]], out: Path) -> None:
    """Add changes to the ledger in `out`, all or none; they are on the disk when this returns.

    Beside each change stand the maxima of its submission, see most_of. Raises UsageError if one of them has
    nothing of that name, if a value is out of range, or if there is no reason.
    """
    for change, most in changes:
        _check(change.what, change.value, repr(change.value), most)
        require_reason(change.why)
    lines = [json.dumps(asdict(change), ensure_ascii=False) for change, _ in changes]
    append_lines(out / LEDGER, lines)


def read(out: Path) -> tuple[Change, ...]:
    """Return every change in `out`, oldest first. Raises UsageError that names a malformed line."""
    path = out / LEDGER
    return tuple(_change(path, n, line) for n, line in numbered_lines(path))


def _change(path: Path, number: int, line: str) -> Change:
    try:
        return Change(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"{path}, line {number}: expected a change, got {line[:60]!r}; delete that line"
        ) from error


def standing(changes: Iterable[Change], submission: str) -> dict[str, Change]:
    """Return the overrides in force for one submission: the last change of each thing, unless undone."""
    last = {change.what: change for change in changes if change.submission == submission}
    return {what: change for what, change in last.items() if change.value is not None}


def for_other_work(change: Change, sha256: str, most: int | None) -> bool:
    """Whether a change was made for work that is not `sha256`, or out of other points than `most`."""
    return change.sha256 not in ("", sha256) or change.most not in (None, most)
