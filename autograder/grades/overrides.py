"""The ledger of overrides by staff: one JSON line for each change, appended and never rewritten.

Results contain what grading found; changes are stored beside them, so a regrade never loses one.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.errors import UsageError
from autograder.records.assignment import Assignment, Question, Written
from autograder.records.files import append_line

LEDGER = "overrides.jsonl"
BACK = "back"
MOST_DAYS = 1000


@dataclass(frozen=True)
class Change:
    """One change: `what` is a question's id, `grade` or `late_days`; `value` None undoes the override.

    `was` is the value that counted before, for people who read the ledger; nothing is computed from it.
    """

    when: str
    who: str
    submission: str
    what: str
    value: float | None
    was: float | None
    why: str


def most_of(assignment: Assignment) -> dict[str, int]:
    """Return the maximum for each thing that may be changed; the minimum is 0."""
    items: list[Question | Written] = [*assignment.questions, *assignment.written]
    points = {item.id: item.points for item in items}
    return {**points, "grade": sum(points.values()), "late_days": MOST_DAYS}


def value_of(what: str, text: str, assignment: Assignment) -> float | None:
    """Return `text` as a number, or None for `back`. Raises UsageError if `what` cannot have that value."""
    try:
        value = None if text == BACK else float(text)
    except ValueError:
        value = math.nan  # outside every range
    _check(what, value, text, assignment)
    return value


def _check(what: str, value: float | None, shown: object, assignment: Assignment) -> None:
    """Raise UsageError unless `what` may be set to `value`; the message shows `shown` instead of it."""
    most = most_of(assignment)
    if what not in most:
        near = difflib.get_close_matches(what, most, 1)
        hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(most)}"
        raise UsageError(f"nothing called {what!r} can be changed; {hint}")
    if value is not None and not _fits(what, value, most[what]):
        kind = "a whole number" if what == "late_days" else "a number"
        raise UsageError(f"{what}: expected {kind} from 0 to {most[what]}, or `{BACK}`, got {shown!r}")


def _fits(what: str, value: float, most: int) -> bool:
    return 0 <= value <= most and (what != "late_days" or value == int(value))


def append(change: Change, assignment: Assignment, out: Path) -> None:
    """Add `change` to the ledger in `out`; it is on the disk when this returns.

    Raises UsageError if the assignment has nothing of that name, if the value is out of range, or if there is
    no reason.
    """
    _check(change.what, change.value, change.value, assignment)
    if not change.why.strip():
        raise UsageError("--reason: expected a sentence, got nothing; say why, the student may ask")
    append_line(out / LEDGER, json.dumps(asdict(change), ensure_ascii=False))


def read(out: Path) -> tuple[Change, ...]:
    """Return every change in `out`, oldest first. Raises UsageError that names a malformed line."""
    path = out / LEDGER
    lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else []
    return tuple(_change(path, n, line) for n, line in enumerate(lines, start=1) if line.strip())


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
