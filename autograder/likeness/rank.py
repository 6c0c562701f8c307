"""Scores every pair of submissions by the code that they share, weighed by its rarity in the class.

A gram that `d` of `n` submissions contain weighs sqrt(log((n + 1) / d)). So what many wrote weighs little,
what one group shares weighs much whatever its size, and nothing is cut off. The score of a pair is the weight
of what they share, divided by the weight of the smaller one's code: of all code, or of one question if that
says more. Both are lowered if there is little to compare.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.likeness.work import Grams, Work

LITTLE = 0.25  # of the class's median submission: what is added to the smaller one of a pair
SPREADS = 5.5  # spreads above the median pair, measured below it, where no copies are: this stands out
BELOW = 0.16  # of the pairs: one spread below the median
LOWEST, HIGHEST = 0.55, 0.62  # a pair below the first never stands out, one above the second always does
MOST = 5000  # pairs that are kept, where that many stand out
FEWEST = 40  # grams (about four lines): a submission with fewer is not compared
BINS = 20

Square = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """Two submissions, by id, and how much they share, from 0 to 1; `identical` if their files are equal.

    `questions` has the same for each question, without the correction for little code; `where` is the
    question that says more than the whole, or "".
    """

    first: str
    second: str
    share: float
    identical: bool
    where: str
    questions: Mapping[str, float]


@dataclass(frozen=True)
class Ranking:
    """The pairs of a class, most alike first; those from `limit` on stand out.

    `counts` has the number of pairs in each of BINS equal parts of 0 to 1, with all pairs of the class.
    """

    pairs: tuple[Pair, ...]
    limit: float
    counts: tuple[int, ...]

    @property
    def standing_out(self) -> tuple[Pair, ...]:
        """The pairs that are worth reading."""
        return tuple(pair for pair in self.pairs if pair.identical or pair.share >= self.limit)

    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Return the submissions that stand out together, directly or through others, largest group first."""
        groups: list[set[str]] = []
        for pair in self.standing_out:
            joined = [group for group in groups if group & {pair.first, pair.second}]
            groups = [group for group in groups if group not in joined]
            groups.append({pair.first, pair.second}.union(*joined))
        return tuple(sorted((tuple(sorted(group)) for group in groups), key=lambda g: (-len(g), g)))


def rank(
    works: Sequence[Work], questions: Sequence[str], others: Collection[str] = (), most: int = 200
) -> Ranking:
    """Rank the pairs of `works`; keeps those that stand out, and the next up to `most`.

    Pairs of two `others` (ids of another class's submissions) are left out.
    """
    works = sorted((w for w in works if len(w.grams) >= FEWEST), key=lambda work: work.id)
    if len(works) < 2:
        return Ranking((), LOWEST, (0,) * BINS)
    weights = _Weights(works)
    whole = weights.shared([work.grams for work in works])
    parts = {question: weights.shared([work.of(question) for work in works]) for question in questions}
    little = LITTLE * float(np.median(np.diag(whole)))
    scores = [_ratio(shared, little) for shared in (whole, *parts.values())]
    best, place = np.max(scores, axis=0), np.argmax(scores, axis=0)
    rows, columns = _pairs([work.id in others for work in works])
    values = best[rows, columns]
    limit = _limit(values)
    pure = {question: _ratio(shared, 0.0) for question, shared in parts.items()}
    same = np.array([works[i].sha256 == works[j].sha256 for i, j in zip(rows, columns, strict=True)], bool)
    order = np.lexsort((columns, rows, -np.round(values, 4), ~same))
    count = max(most, min(MOST, int(np.sum(same | (values >= limit)))))
    names = ["", *questions]
    made = [
        Pair(
            works[i].id,
            works[j].id,
            round(float(best[i, j]), 4),
            bool(same[k]),
            names[place[i, j]],
            {question: round(float(ratio[i, j]), 4) for question, ratio in pure.items()},
        )
        for k, i, j in ((k, rows[k], columns[k]) for k in order[:count])
    ]
    counts, _ = np.histogram(values, BINS, (0.0, 1.0))
    return Ranking(tuple(made), round(limit, 4), tuple(int(n) for n in counts))


def _pairs(other: Sequence[bool]) -> tuple[Any, Any]:
    """Return the places of every pair but those of two others."""
    rows, columns = np.triu_indices(len(other), 1)
    foreign = np.array(other)
    keep = ~(foreign[rows] & foreign[columns])
    return rows[keep], columns[keep]


def _limit(values: NDArray[np.float64]) -> float:
    """Return the score from which on a pair stands out in its class; most pairs of a class are honest."""
    if not len(values):
        return LOWEST
    median, below = float(np.median(values)), float(np.quantile(values, BELOW))
    spread = median - below
    return min(max(median + SPREADS * spread, LOWEST), HIGHEST)


def _ratio(shared: Square, little: float) -> Square:
    """Return what each pair shares, of the smaller one's whole; `little` is added to that."""
    size = np.diag(shared)
    smaller = np.minimum(size[:, None], size[None, :]) + little
    ratio: Square = np.divide(shared, smaller, out=np.zeros_like(shared), where=smaller > 0)
    return ratio


class _Weights:
    """The weight of every gram in a class."""

    def __init__(self, works: Sequence[Work]) -> None:
        self.grams, counts = np.unique(np.concatenate([work.grams for work in works]), return_counts=True)
        self.weights = np.sqrt(np.log((len(works) + 1) / counts))

    def shared(self, each: Sequence[Grams]) -> Square:
        """Return the weight of what each two share; on the diagonal, of all that each has."""
        from scipy.sparse import csr_matrix

        places = [np.searchsorted(self.grams, mine) for mine in each]
        ends = np.cumsum([0, *map(len, places)])
        columns = np.concatenate([np.empty(0, np.intp), *places])
        matrix = csr_matrix((np.ones(len(columns)), columns, ends), (len(each), len(self.grams)))
        square: Square = (matrix.multiply(self.weights).tocsr() @ matrix.T).toarray()
        return square
