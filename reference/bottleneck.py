"""The information bottleneck: where the error curve bends, and how sure that is.

`sweep.find_elbow` finds the elbow in a few lines, for learning. This module uses Kneedle (Satopaa, Albrecht,
Irwin & Raghavan, "Finding a 'Kneedle' in a Haystack", 2011) from the library kneed, on several axes and
ranges and for many resampled sets of seeds: report an elbow only where these agree.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from reference.sweep import find_elbow

__all__ = ["ELBOWS", "elbow_votes", "kneedle"]


def kneedle(dims: Sequence[int], errors: Sequence[float], logarithmic: bool = True) -> int | None:
    """The elbow of a falling, convex error curve by Kneedle (sensitivity 1): an entry of `dims`, or None.

    `dims` must be ascending. With `logarithmic`, they are put on a logarithmic axis, as in the figures.
    Returns None where the curve is straight or has no clear bend.
    """
    import warnings

    from kneed import KneeLocator

    x = np.log2(dims) if logarithmic else np.asarray(dims, dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")     # kneed warns where it finds no knee; None says the same
        knee = KneeLocator(x, np.asarray(errors), curve="convex", direction="decreasing").knee
    return None if knee is None else int(dims[int(np.argmin(np.abs(x - knee)))])


ELBOWS: dict[str, Callable[[Sequence[int], Sequence[float]], int | None]] = {
    "Kneedle, logarithmic axis": kneedle,
    "Kneedle, linear axis": lambda dims, errors: kneedle(dims, errors, logarithmic=False),
    "Kneedle, logarithmic error too": lambda dims, errors: kneedle(dims, np.log(errors)),
    "Kneedle, without the largest k": lambda dims, errors: kneedle(dims[:-1], errors[:-1]),
    "Kneedle, without the smallest k": lambda dims, errors: kneedle(dims[1:], errors[1:]),
    "farthest below the chord (find_elbow)": find_elbow,
}


def elbow_votes(
    dims: Sequence[int], curves: ArrayLike, draws: int = 200, seed: int = 0
) -> dict[str, dict[str, float]]:
    """How stable the elbow is: for each method in ELBOWS, how often it picks each k on resampled curves.

    `curves` (seeds, len(dims)) has one error curve per seed. `draws` times, as many curves as there are seeds
    are drawn with replacement and averaged (Efron's bootstrap, 1979). Returns, for each method, the share of
    the averages by elbow, the commonest first; an elbow is named by its k, or "none".
    """
    e = np.asarray(curves)                                              # (seeds, dims)
    picks = np.random.default_rng(seed).integers(len(e), size=(draws, len(e)))
    means = e[picks].mean(axis=1)                                       # (draws, dims)
    votes = {}
    for name, find in ELBOWS.items():
        count = Counter(find(dims, mean) for mean in means)
        ranked = sorted(count.items(), key=lambda item: (-item[1], item[0] or 0))
        votes[name] = {"none" if k is None else str(k): n / draws for k, n in ranked}
    return votes
