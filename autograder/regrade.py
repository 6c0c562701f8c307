"""What a new grading changed: who gains and who loses how much, and in which checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.results import CheckResult, Result

MOST = 3  # checks that a line names


@dataclass(frozen=True)
class Moved:
    """One submission before and after; `checks` names those whose outcome or points are others now."""

    id: str
    before: int | None
    after: int | None
    checks: tuple[str, ...]

    @property
    def gain(self) -> int:
        """Points more, or less; 0 where there is no score on one side."""
        return 0 if self.before is None or self.after is None else self.after - self.before


def compare(before: Mapping[str, Result], after: Iterable[Result]) -> tuple[Moved, ...]:
    """Return what moved, the greatest loss first; what has no result before is new, and left out."""
    pairs = [(before[r.submission.id], r) for r in after if r.submission.id in before]
    moved = [Moved(new.submission.id, old.score, new.score, tuple(_checks(old, new))) for old, new in pairs]
    return tuple(sorted((m for m in moved if m.before != m.after or m.checks), key=lambda m: (m.gain, m.id)))


def _checks(old: Result, new: Result) -> Iterable[str]:
    """Yield `losses.x: failed → passed (+2)` for each check that is in one of them only, or differs."""
    was = {check.id: check for check in old.checks}
    now = {check.id: check for check in new.checks}
    for name in [*now, *(name for name in was if name not in now)]:
        one, other = was.get(name), now.get(name)
        if _worth(one) != _worth(other):
            gain = (other.points if other else 0) - (one.points if one else 0)
            was_, is_ = (one.outcome if one else "new", other.outcome if other else "gone")
            yield f"{name}: {was_} → {is_} ({gain:+d})"


def _worth(check: CheckResult | None) -> tuple[str, int, int] | None:
    return (check.outcome, check.points, check.max_points) if check else None


def told(moved: Iterable[Moved], overridden: Iterable[str] = ()) -> list[str]:
    """Return what moved as lines: `-4  ada  86 → 82  losses.x: passed → failed (-4)`."""
    fixed = set(overridden)
    lines = []
    for one in moved:
        score = f"{_score(one.before)} → {_score(one.after)}"
        kept = "; the grade is overridden and stays" if one.id in fixed else ""
        checks = list(one.checks[:MOST])
        more = [f"and {len(one.checks) - MOST} more"] if len(one.checks) > MOST else []
        lines.append(f"{one.gain:+4d}  {one.id}  {score}{kept}  {', '.join([*checks, *more])}".rstrip())
    return lines


def _score(score: int | None) -> str:
    return "none" if score is None else str(score)
