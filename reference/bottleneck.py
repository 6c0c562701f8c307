"""The information bottleneck: where the error curve bends, how sure that is, and what the latents use of k.

`sweep.find_elbow` is the elbow in three lines, for learning. Here it is found by Kneedle (Satopaa, Albrecht,
Irwin & Raghavan, "Finding a 'Kneedle' in a Haystack", 2011) as the library kneed has it, on several axes and
ranges, for many resampled sets of seeds: an elbow is worth telling only where these agree.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from reference.sweep import find_elbow

__all__ = ["ELBOWS", "elbow_votes", "kneedle"]


def kneedle(dims: Sequence[int], errors: Sequence[float], logarithmic: bool = True) -> int | None:
    """The elbow of a falling, convex error curve by Kneedle (sensitivity 1): an entry of `dims`, or None.

    `dims` rise. With `logarithmic`, they stand on a logarithmic axis, as they are drawn. None: the curve
    is straight, or bends nowhere clearly enough.
    """
    import warnings

    from kneed import KneeLocator

    x = np.log2(dims) if logarithmic else np.asarray(dims, dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")     # kneed warns where it finds none; None says so
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
    """How stable the elbow is: for each way in ELBOWS, the share of resampled mean curves by elbow.

    `curves` (seeds, len(dims)) holds one error curve per seed. They are drawn with replacement, as many
    as there are, and averaged, `draws` times (Efron's bootstrap, 1979). An elbow is named by its k, or
    "none".
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
