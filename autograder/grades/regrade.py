"""Compares results before and after a regrade: who gains or loses how much, in which checks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from autograder.grades.policy import Grade, number
from autograder.records.results import CheckResult, Result

MOST = 3  # checks named in a line


@dataclass(frozen=True)
class Moved:
    """One submission before and after; `checks` lists the checks whose outcome or points changed.

    `questions` are the ids of the questions that these checks belong to.
    """

    id: str
    before: int | None
    after: int | None
    checks: tuple[str, ...]
    questions: frozenset[str]

    @property
    def gain(self) -> int:
        """The change in points; 0 if one of the scores is missing."""
        return 0 if self.before is None or self.after is None else self.after - self.before


def compare(before: Mapping[str, Result], after: Iterable[Result]) -> tuple[Moved, ...]:
    """Return the submissions that changed, the greatest loss first; new submissions are left out."""
    pairs = [(before[r.submission.id], r) for r in after if r.submission.id in before]
    moved = [_moved(old, new) for old, new in pairs]
    return tuple(sorted((m for m in moved if m.before != m.after or m.checks), key=lambda m: (m.gain, m.id)))


def _moved(old: Result, new: Result) -> Moved:
    was = {check.id: check for check in old.checks}
    now = {check.id: check for check in new.checks}
    names = [*now, *(name for name in was if name not in now)]
    changed = [name for name in names if _worth(was.get(name)) != _worth(now.get(name))]
    checks = tuple(_line(name, was.get(name), now.get(name)) for name in changed)
    questions = frozenset({**was, **now}[name].question for name in changed)
    return Moved(new.submission.id, old.score, new.score, checks, questions)


def _line(name: str, was: CheckResult | None, now: CheckResult | None) -> str:
    """Return `losses.x: failed → passed (+2)` for a check that changed, is new, or is gone."""
    gain = (now.points if now else 0) - (was.points if was else 0)
    return f"{name}: {was.outcome if was else 'new'} → {now.outcome if now else 'gone'} ({gain:+d})"


def _worth(check: CheckResult | None) -> tuple[str, int, int] | None:
    return (check.outcome, check.points, check.max_points) if check else None


def changed(before: Mapping[str, Grade], after: Mapping[str, Grade]) -> tuple[str, ...]:
    """Return the grades that differ, as lines: `ada 90 of 100 → 85 of 97`."""
    pairs = [(name, _grade(grade), _grade(after[name])) for name, grade in before.items() if name in after]
    return tuple(f"{name} {was} → {now}" for name, was, now in pairs if was != now)


def _grade(grade: Grade) -> str:
    return f"{number(grade.points) or 'none yet'} of {grade.max_points}"


def lines(moved: Iterable[Moved], overridden: Mapping[str, Collection[str]]) -> list[str]:
    """Return each change as a line: `-4  ada  86 → 82  losses.x: passed → failed (-4)`.

    `overridden` maps a submission to what staff have overridden: questions, checks or `grade`. Those stay.
    """
    rows = []
    for move in moved:
        touched = {"grade"} | move.questions  # a check's id begins with its question
        stays = sorted(w for w in overridden.get(move.id, ()) if w.partition(".")[0] in touched)
        kept = f"; override kept: {', '.join(stays)}" if stays else ""
        more = [f"and {len(move.checks) - MOST} more"] if len(move.checks) > MOST else []
        checks = ", ".join([*move.checks[:MOST], *more])
        score = f"{_score(move.before)} → {_score(move.after)}"
        first = move.before is None  # then every check is new
        gain = "new" if first else f"{move.gain:+d}"
        rows.append(f"{gain:>4}  {move.id}  {score}{kept}  {'' if first else checks}".rstrip())
    return rows


def _score(score: int | None) -> str:
    return "none" if score is None else str(score)
