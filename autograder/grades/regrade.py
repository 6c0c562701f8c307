"""What a new grading changed: who gains and who loses how much, and in which checks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from autograder.records.results import CheckResult, Result

MOST = 3  # checks that a line names


@dataclass(frozen=True)
class Moved:
    """One submission before and after; `checks` tells those whose outcome or points are others now.

    `questions` are the ones that these checks are of.
    """

    id: str
    before: int | None
    after: int | None
    checks: tuple[str, ...]
    questions: frozenset[str]

    @property
    def gain(self) -> int:
        """Points more, or less; 0 where there is no score on one side."""
        return 0 if self.before is None or self.after is None else self.after - self.before


def compare(before: Mapping[str, Result], after: Iterable[Result]) -> tuple[Moved, ...]:
    """Return what moved, the greatest loss first; what has no result before is new, and left out."""
    pairs = [(before[r.submission.id], r) for r in after if r.submission.id in before]
    moved = [_moved(old, new) for old, new in pairs]
    return tuple(sorted((m for m in moved if m.before != m.after or m.checks), key=lambda m: (m.gain, m.id)))


def _moved(old: Result, new: Result) -> Moved:
    was = {check.id: check for check in old.checks}
    now = {check.id: check for check in new.checks}
    names = [*now, *(name for name in was if name not in now)]
    other = [name for name in names if _worth(was.get(name)) != _worth(now.get(name))]
    checks = tuple(_told(name, was.get(name), now.get(name)) for name in other)
    questions = frozenset({**was, **now}[name].question for name in other)
    return Moved(new.submission.id, old.score, new.score, checks, questions)


def _told(name: str, was: CheckResult | None, now: CheckResult | None) -> str:
    """Return `losses.x: failed → passed (+2)` for a check that is in one of them only, or differs."""
    gain = (now.points if now else 0) - (was.points if was else 0)
    return f"{name}: {was.outcome if was else 'new'} → {now.outcome if now else 'gone'} ({gain:+d})"


def _worth(check: CheckResult | None) -> tuple[str, int, int] | None:
    return (check.outcome, check.points, check.max_points) if check else None


def told(moved: Iterable[Moved], overridden: Mapping[str, Collection[str]]) -> list[str]:
    """Return what moved as lines: `-4  ada  86 → 82  losses.x: passed → failed (-4)`.

    `overridden` are, by submission, the questions, or the grade, that staff have set: those stay.
    """
    lines = []
    for one in moved:
        stays = sorted(({"grade"} | one.questions) & set(overridden.get(one.id, ())))
        kept = f"; overridden, and stays: {', '.join(stays)}" if stays else ""
        more = [f"and {len(one.checks) - MOST} more"] if len(one.checks) > MOST else []
        checks = ", ".join([*one.checks[:MOST], *more])
        score = f"{_score(one.before)} → {_score(one.after)}"
        lines.append(f"{one.gain:+4d}  {one.id}  {score}{kept}  {checks}".rstrip())
    return lines


def _score(score: int | None) -> str:
    return "none" if score is None else str(score)
