"""The ledger of rulings about checks: one is dropped for the whole class, or everybody gets its points.

A ruling counts for work that is graded later, too, and stays over regrades. What staff decided about one
student (an override of the check or its question, a mark by hand) beats it.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from autograder.errors import UsageError
from autograder.records.ledger import BACK, append_lines, numbered_lines, require_reason
from autograder.records.results import CheckResult, Result

LEDGER = "rulings.jsonl"
What = Literal["drop", "give", "back"]
SAID = {"drop": "dropped for everyone", "give": "given to everyone"}


@dataclass(frozen=True)
class Ruling:
    """One decision about a check: `drop` it, `give` its points, or take the ruling before it `back`."""

    when: str
    who: str
    check: str
    what: What
    why: str

    def __str__(self) -> str:
        said = SAID.get(self.what, "counts again")
        return f"{self.check} {said} by {self.who} on {self.when[:10]}: {self.why}"


def append(ruling: Ruling, earlier: Sequence[Ruling], results: Sequence[Result], out: Path) -> None:
    """Add a ruling to the ledger in `out`, after the `earlier` ones; it is on the disk when this returns.

    Raises UsageError if no result has the check, if there is nothing to take back or no reason, or if a
    question would be left without points.
    """
    if ruling.what not in get_args(What):
        raise UsageError(f"expected {', '.join(get_args(What))}, got {ruling.what!r}; say one of these")
    require_reason(ruling.why)
    now = standing(earlier)
    if ruling.what == BACK and ruling.check not in now:
        raise UsageError(f"{ruling.check}: expected a ruling to take back, got none; nothing was changed")
    if ruling.what != BACK:
        _require_check(ruling.check, results)
    if ruling.what == "drop":
        _require_others(ruling.check, {**now, ruling.check: ruling}, results)
    append_lines(out / LEDGER, [json.dumps(asdict(ruling), ensure_ascii=False)])


def _require_check(name: str, results: Sequence[Result]) -> None:
    known = list(dict.fromkeys(check.id for r in results for check in r.checks if check.max_points))
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else "the report lists every check"
        raise UsageError(f"no result has a check {name!r} that awards points; {hint}")


def _require_others(name: str, rulings: Mapping[str, Ruling], results: Sequence[Result]) -> None:
    for result in results:
        question = next((check.question for check in result.checks if check.id == name), None)
        left = [c for c in result.checks if c.question == question and not _is(rulings, c, "drop")]
        if question is not None and not any(check.max_points for check in left):
            raise UsageError(
                f"{name}: expected a check beside others, got the last one of {question} that counts; "
                "give its points instead"
            )


def read(out: Path) -> tuple[Ruling, ...]:
    """Return every ruling in `out`, oldest first. Raises UsageError that names a malformed line."""
    path = out / LEDGER
    return tuple(_ruling(path, n, line) for n, line in numbered_lines(path))


def _ruling(path: Path, number: int, line: str) -> Ruling:
    try:
        ruling = Ruling(**json.loads(line))
        if ruling.what in get_args(What):
            return ruling
    except (ValueError, TypeError):
        pass
    raise UsageError(f"{path}, line {number}: expected a ruling, got {line[:60]!r}; delete that line")


def standing(rulings: Iterable[Ruling]) -> dict[str, Ruling]:
    """Return the rulings in force, by check: the last one about each, unless it was taken back."""
    last = {ruling.check: ruling for ruling in rulings}
    return {check: ruling for check, ruling in last.items() if ruling.what != BACK}


def scores(result: Result, rulings: Mapping[str, Ruling], own: Mapping[str, float]) -> dict[str, float]:
    """Return the points of each question of `result` under the rulings in force.

    `own` has the points that staff set for single checks of this submission. A dropped check awards nothing
    and asks for nothing: what the others of its question award is scaled to the question's points.
    """
    return {
        question.id: _score(question.id, question.score, question.max_score, result, rulings, own)
        for question in result.questions
    }


def _score(
    question: str,
    score: float,
    most: int,
    result: Result,
    rulings: Mapping[str, Ruling],
    own: Mapping[str, float],
) -> float:
    left = most
    for check in (check for check in result.checks if check.question == question):
        if check.id in own:
            score += own[check.id] - check.points
        elif _is(rulings, check, "give"):
            score += check.max_points - check.points
        elif _is(rulings, check, "drop"):
            score, left = score - check.points, left - check.max_points
    return round(score * most / left, 2) if 0 < left < most else score


def _is(rulings: Mapping[str, Ruling], check: CheckResult, what: What) -> bool:
    return check.id in rulings and rulings[check.id].what == what
