"""Statistics of checks in a class's results: pass rates, discrimination, checks that fail together."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from autograder.records.results import CheckResult, Result

FEWEST = 10  # graded submissions; with fewer, a correlation means nothing
MOST_PAIRS = 12


@dataclass(frozen=True)
class Item:
    """How a class did in one check.

    `discrimination` is the point-biserial correlation of passing with the points in all other checks; None
    if there are too few submissions, or all did equally well.
    """

    check: CheckResult
    passed: int
    seen: int
    discrimination: float | None
    outcomes: tuple[tuple[str, int], ...]

    @property
    def rate(self) -> float:
        """The fraction of submissions that passed."""
        return self.passed / self.seen

    @property
    def doubt(self) -> str:
        """Why staff should look at the check itself, or ""."""
        if self.discrimination is not None and self.discrimination < 0:
            return "students who do well elsewhere fail it more often; look at the check"
        return "nobody passed; look at the check" if self.passed == 0 and self.seen >= FEWEST else ""


@dataclass(frozen=True)
class Together:
    """Two checks that fail together: submissions that failed both, and each, and the correlation phi."""

    first: str
    second: str
    both: int
    first_failed: int
    second_failed: int
    phi: float


def items(results: Sequence[Result]) -> list[Item]:
    """Return how graded submissions did in each check that awards points, in the order of the suite."""
    graded = [r for r in results if r.status == "graded"]
    by_check: dict[str, list[tuple[CheckResult, int]]] = {}
    for result in graded:
        for check in result.checks:
            if check.max_points:
                by_check.setdefault(check.id, []).append((check, (result.score or 0) - check.points))
    return [_item(seen) for seen in by_check.values()]


def _item(seen: list[tuple[CheckResult, int]]) -> Item:
    passed = [int(check.outcome == "passed") for check, _ in seen]
    outcomes = Counter(check.outcome for check, _ in seen if check.outcome != "passed")
    discrimination = correlation(passed, [rest for _, rest in seen]) if len(seen) >= FEWEST else None
    return Item(seen[0][0], sum(passed), len(seen), discrimination, tuple(sorted(outcomes.items())))


def correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return Pearson's correlation, or None if either sequence is constant."""
    try:
        return statistics.correlation(first, second)
    except statistics.StatisticsError:
        return None


def together(results: Sequence[Result]) -> list[Together]:
    """Return the pairs of checks that fail together most, by phi; pairs in few submissions are left out."""
    graded = [r for r in results if r.status == "graded"]
    lost = [[c.id for c in r.checks if c.max_points and c.outcome != "passed"] for r in graded]
    single, both = (
        Counter(i for ids in lost for i in ids),
        Counter(p for ids in lost for p in combinations(ids, 2)),
    )
    fewest, n = max(3, len(graded) // 50), len(graded)
    pairs = [_together(a, b, m, single, n) for (a, b), m in both.items() if m >= fewest]
    return sorted(pairs, key=lambda t: (-t.phi, -t.both, t.first, t.second))[:MOST_PAIRS]


def _together(a: str, b: str, both: int, single: Counter[str], n: int) -> Together:
    x, y = single[a], single[b]
    spread = (x * (n - x) * y * (n - y)) ** 0.5
    return Together(a, b, both, x, y, (n * both - x * y) / spread if spread else 0.0)
