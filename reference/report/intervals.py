"""Means over seeds with their confidence intervals, and the intervals of paired differences.

A run depends on its seed: initial weights, order of the batches, and for the digits the split into training
and test images. The values of n seeds give a mean and Student's interval for it (Student, "The Probable Error
of a Mean", Biometrika 6, 1908). Two methods run on the *same* seeds are compared by the interval of their
differences, seed by seed, so that the effect of the seed on both cancels. Each interval is for one statement
at a time: of twenty at 95 %, expect one to miss.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["LEVEL", "Interval", "difference", "interval"]

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean over n seeds, and the range in which the mean over all seeds lies with confidence LEVEL."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def half(self) -> float:
        """Half the interval's width: mean ± half."""
        return (self.high - self.low) / 2

    @property
    def sign(self) -> int:
        """+1 when all of it is above zero, -1 when all of it is below, 0 when it includes zero: undecided."""
        return int(self.low > 0) - int(self.high < 0)


def interval(values: Sequence[float]) -> Interval:
    """Mean of the values of n seeds, and Student's interval for it. Raises ValueError for fewer than two."""
    from scipy.stats import t

    v = np.asarray(values, dtype=float)                     # (n,)
    if len(v) < 2:
        raise ValueError(f"interval: expected the values of two seeds or more, got {len(v)}; run more seeds")
    half = t.ppf((1 + LEVEL) / 2, len(v) - 1) * v.std(ddof=1) / len(v) ** 0.5
    return Interval(float(v.mean()), float(v.mean() - half), float(v.mean() + half), len(v))


def difference(a: Sequence[float], b: Sequence[float]) -> Interval:
    """Interval of a - b, seed by seed. Raises ValueError when a and b differ in length."""
    if len(a) != len(b):
        raise ValueError(f"difference: expected one value of each per seed, got {len(a)} and {len(b)}; "
                         "compare runs of the same seeds")
    return interval(np.subtract(a, b))
