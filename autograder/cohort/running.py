"""How far another command is that grades a class at this moment, as its folder shows it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from autograder.cohort.facts import Facts
from autograder.grades import lock

COMMANDS = ("grade", "regrade")
LATEST = 5  # results shown


@dataclass(frozen=True)
class Running:
    """A command at work: who runs it, results so far of how many, how many a minute, and which ended last.

    `minutes` is how long the rest will take at this rate, None before the first result.
    """

    holder: str
    done: int
    expected: int
    rate: float
    minutes: float | None
    latest: tuple[str, ...]


def running(facts: Facts) -> Running | None:
    """Return how far `grade` or `regrade` is in the folder, or None if neither is at work there."""
    holder = lock.holder(facts.out)
    if not holder.startswith(tuple(f"{command} by " for command in COMMANDS)):
        return None
    began = (facts.out / lock.FILE).stat().st_mtime
    times = {path: path.stat().st_mtime for path in (facts.out / "results").glob("*.json")}
    new = sorted((path for path, at in times.items() if at >= began), key=lambda path: (-times[path], path))
    expected = max(sum(source.count for source in facts.inventory.sources), len(times))
    rate = len(new) / max(time.time() - began, 1.0) * 60
    left = expected - len(times)
    minutes = left / rate if new else None
    return Running(holder, len(times), expected, rate, minutes, tuple(path.stem for path in new[:LATEST]))
