"""What a class's results say of the checks: pass rates, discrimination, and what fails together."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from autograder.records.results import CheckResult, Result

FEWEST = 10  # graded submissions under which a correlation says nothing
MOST_PAIRS = 12


@dataclass(frozen=True)
class Item:
    """How a class did in one check.

    `discrimination` is the point-biserial correlation of passing with the points in all other checks; None
    where there are too few submissions, or all did alike.
    """

    check: CheckResult
    passed: int
    seen: int
    discrimination: float | None
    outcomes: tuple[tuple[str, int], ...]

    @property
    def rate(self) -> float:
        """The part of the submissions that passed."""
        return self.passed / self.seen

    @property
    def doubt(self) -> str:
        """What makes a look at the check itself worth while, in words; empty where nothing does."""
        if self.discrimination is not None and self.discrimination < 0:
            return "those who do well elsewhere fail it more often"
        return "nobody passed" if self.passed == 0 and self.seen >= FEWEST else ""


@dataclass(frozen=True)
class Together:
    """Two checks that are failed together: by how many both, by how many each, and the correlation phi."""

    first: str
    second: str
    both: int
    first_failed: int
    second_failed: int
    phi: float


def items(results: Sequence[Result]) -> list[Item]:
    """Return how the graded did in each check that awards points, in the order of the suite."""
    graded = [r for r in results if r.status == "graded"]
    found: dict[str, list[tuple[CheckResult, int]]] = {}
    for result in graded:
        for check in result.checks:
            if check.max_points:
                found.setdefault(check.id, []).append((check, (result.score or 0) - check.points))
    return [_item(seen) for seen in found.values()]


def _item(seen: list[tuple[CheckResult, int]]) -> Item:
    passed = [int(check.outcome == "passed") for check, _ in seen]
    outcomes = Counter(check.outcome for check, _ in seen if check.outcome != "passed")
    discrimination = correlation(passed, [rest for _, rest in seen]) if len(seen) >= FEWEST else None
    return Item(seen[0][0], sum(passed), len(seen), discrimination, tuple(sorted(outcomes.items())))


def correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return Pearson's correlation, None where one of the two does not vary."""
    try:
        return statistics.correlation(first, second)
    except statistics.StatisticsError:
        return None


def together(results: Sequence[Result]) -> list[Together]:
    """Return the pairs of checks that fail together most, by phi; those of a few submissions left out."""
    graded = [r for r in results if r.status == "graded"]
    lost = [[c.id for c in r.checks if c.max_points and c.outcome != "passed"] for r in graded]
    single, both = (
        Counter(i for ids in lost for i in ids),
        Counter(p for ids in lost for p in combinations(ids, 2)),
    )
    fewest, n = max(3, len(graded) // 50), len(graded)
    found = [_together(a, b, m, single, n) for (a, b), m in both.items() if m >= fewest]
    return sorted(found, key=lambda t: (-t.phi, -t.both, t.first, t.second))[:MOST_PAIRS]


def _together(a: str, b: str, both: int, single: Counter[str], n: int) -> Together:
    x, y = single[a], single[b]
    spread = (x * (n - x) * y * (n - y)) ** 0.5
    return Together(a, b, both, x, y, (n * both - x * y) / spread if spread else 0.0)
