"""How well a ranking of pairs agrees with the truth."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from likeness.pupils import Pair


def average_precision(ranked: Sequence[Pair], true: Collection[Pair]) -> float:
    """The mean, over all true pairs, of the precision down to it; a true pair that is not ranked adds 0."""
    hits, total = 0, 0.0
    for place, pair in enumerate(ranked, start=1):
        if pair in true:
            hits += 1
            total += hits / place
    return total / len(true) if true else 1.0
