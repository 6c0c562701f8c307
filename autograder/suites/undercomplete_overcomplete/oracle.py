"""The judge's own computations, in NumPy: PCA, the penalised loss, the number of used units.

Beside each right value stand those that known mistakes lead to, each with its cause in words.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray
Wrong = list[tuple[str, Any]]  # causes in words, each with the value that it leads to


# --- linear ---------------------------------------------------------------------------------------------


def axes(images: Array) -> Array:
    """Return the right singular vectors (d, d) of `images` as they are, largest singular value first."""
    return np.linalg.svd(images, full_matrices=False)[2]


def rebuilt(train: Array, x: Array, k: int) -> Array:
    """Return x (M, d) from k numbers each, by the mean and the directions of `train` (N, d)."""
    mean = train.astype(float).mean(0)
    v = axes(train - mean)[:k]
    return mean + (x - mean) @ v.T @ v


def wrong_rebuilt(train: Array, x: Array, k: int) -> Wrong:
    """Return the reconstructions that known mistakes lead to, with their causes in words."""
    train, x = train.astype(float), x.astype(float)
    mean, own = train.mean(0), x.mean(0)
    whole = axes(train - mean)
    v, raw = whole[:k], axes(train)[:k]
    of_x = axes(x - own)[:k]
    together, both = "directions and mean are those of `train` and x together", np.concatenate([train, x])
    theirs = "directions and mean are those of x; those of `train` were asked for"
    return [
        ("the mean is not subtracted before the directions are computed", onto(raw, x)),
        ("the mean is not subtracted before the directions are computed", onto(raw, x, mean)),
        ("the mean of `train` is not added again", onto(v, x, mean) - mean),
        ("the mean of `train` is not subtracted from x", onto(v, x)),
        ("the mean of `train` is added, but was not subtracted from x", mean + onto(v, x)),
        ("the mean is that of x; that of `train` was asked for", onto(v, x, own)),
        ("the mean subtracted is that of x, the mean added that of `train`", onto(v, x, own) - own + mean),
        (theirs, onto(of_x, x, own)),
        (theirs, onto(axes(x)[:k], x)),
        (together, rebuilt(both, x, k)),
        (
            "the directions of the smallest variance are kept; keep the largest",
            onto(whole[::-1][:k], x, mean),
        ),
        ("one direction too many is kept", rebuilt(train, x, k + 1)),
        ("one direction too few is kept", rebuilt(train, x, max(k - 1, 0))),
        ("k = 0 keeps all directions, as v[-k:] does", onto(whole[::-1][-k:], x, mean)),
        ("k = 0 gives zeros; the mean of `train` was asked for", rebuilt(train, x, k) if k else x * 0),
        ("the images come back as they are", x),
        ("this is what PCA leaves out, not what it keeps", x - rebuilt(train, x, k)),
        (
            "the result is cut off at 0 and 1; nothing of the kind was asked for",
            rebuilt(train, x, k).clip(0, 1),
        ),
        *_scaled(train, x, k),
    ]


def onto(v: Array, x: Array, mean: Array | float = 0.0) -> Array:
    """Return x as rebuilt from its coordinates along the rows of v, relative to `mean`."""
    return mean + (x - mean) @ v.T @ v


def _scaled(train: Array, x: Array, k: int) -> Wrong:
    """Return the reconstructions in which pixels are scaled or other means are subtracted."""
    mean, deviation = train.mean(0), train.std(0)
    scaled = axes((train - mean) / deviation)[:k]
    divided = "the pixels are divided by their standard deviation; only the mean is subtracted"
    rows, own_rows = train.mean(1, keepdims=True), x.mean(1, keepdims=True)
    per_image = (
        "the mean of each image over its pixels is subtracted; each pixel has its mean over the images"
    )
    return [
        (divided, mean + onto(scaled, (x - mean) / deviation) * deviation),
        (divided, onto(scaled, (x - mean) / deviation)),
        (divided, onto(scaled, x, mean)),
        (per_image, own_rows + onto(axes(train - rows)[:k], x - own_rows)),
        (
            "one number is subtracted from all pixels; each pixel has its own mean",
            onto(axes(train - train.mean())[:k], x, float(train.mean())),
        ),
    ]


# --- sparsity -------------------------------------------------------------------------------------------


def loss(x_hat: Array, x: Array, z: Array, weight: float = 1e-3) -> float:
    """Mean squared error over all elements, plus `weight` times the mean absolute latent."""
    d = x_hat.astype(float) - x
    return float(np.mean(d * d) + weight * np.mean(np.abs(z.astype(float))))


def wrong_losses(x_hat: Array, x: Array, z: Array, weight: float = 1e-3) -> Wrong:
    """Return the losses that known mistakes lead to, with their causes in words."""
    error, penalty = loss(x_hat, x, z, 0), loss(x, x, z, 1)
    (n, d), k = x.shape, z.shape[1]
    return [
        *_wrong_errors(x_hat, x, z, weight * penalty),
        *[(cause, error + weight * wrong) for cause, wrong in _wrong_penalties(x_hat, x, z)],
        ("the penalty is missing", error),
        ("only the penalty is returned; the error is missing", weight * penalty),
        ("the argument `weight` is ignored", error + 1e-3 * penalty),
        ("the argument `weight` is ignored", error + penalty),
        ("the default is used for a `weight` of 0", error + (weight or 1e-3) * penalty),
        ("the penalty is subtracted", error - weight * penalty),
        ("`weight` multiplies the error, too", weight * (error + penalty)),
        ("`weight` multiplies the error, not the penalty", weight * error + penalty),
        ("the error is multiplied by 1 - weight", (1 - weight) * error + weight * penalty),
        ("`weight` is squared", error + weight**2 * penalty),
        ("`weight` is divided by 2", error + weight / 2 * penalty),
        ("a `weight` above 1 is cut off", error + min(weight, 1.0) * penalty),
        (
            "both terms are added up over all elements; take both means",
            error * x.size + weight * penalty * z.size,
        ),
        ("both terms are added up within an image; take both means", error * d + weight * penalty * k),
        ("the loss is divided by the number of images once more", (error + weight * penalty) / n),
    ]


def _wrong_errors(x_hat: Array, x: Array, z: Array, penalty: float) -> Wrong:
    """Return the losses whose first term is wrong."""
    d = x_hat.astype(float) - x
    a, square = np.abs(d), float(np.mean(d * d))
    huber = float(np.mean(np.where(a < 1, d * d / 2, a - 0.5)))
    wrong = [
        ("you sum over the pixels of an image; the mean is over all elements", square * d.shape[1]),
        ("the squared errors are added up; the mean is over all elements", square * d.size),
        ("the squared errors are added up over the images; the mean is over all elements", square * len(d)),
        ("the squared errors are divided by the number of latents, not of pixels", square * d.size / z.size),
        ("the absolute error is taken, not its square", float(np.mean(a))),
        ("the root of the error is taken (RMSE)", square**0.5),
        (
            "the length of each image's error is taken, not its square",
            float(np.mean(np.linalg.norm(d, axis=1))),
        ),
        ("the length of the whole error is taken, not a mean square", float(np.linalg.norm(d))),
        ("there is a factor ½ before the error", square / 2),
        ("this is Huber's loss (smooth L1), not the squared error", huber),
        ("the difference is averaged first and then squared", float(np.mean(d)) ** 2),
        ("x_hat is compared with 0, not with x", float(np.mean(x_hat.astype(float) ** 2))),
    ]
    return [(cause, value + penalty) for cause, value in wrong]


def _wrong_penalties(x_hat: Array, x: Array, z: Array) -> Wrong:
    """Return the wrong values of the second term, without its weight."""
    z = z.astype(float)
    size, square = np.abs(z), float(np.mean(z * z))
    total, nonzero = float(size.sum()), max(int(np.count_nonzero(z)), 1)
    each = np.linalg.norm(z, axis=1)
    return [
        ("the latents are added up; the mean over all of them was asked for", total),
        ("the latents are added up for each image; the mean is over all of them", total / len(z)),
        ("the latents are added up over the images; the mean is over all of them", total / z.shape[1]),
        ("the latents' sum is divided by the number of pixels, not of latents", total / x.size),
        ("the latents' sum is divided by the number of those that are not 0; all count", total / nonzero),
        ("the latents are squared; their absolute values were asked for", square),
        ("the latents are squared, with a factor ½; their absolute values were asked for", square / 2),
        ("the latents' root mean square is taken; their absolute values were asked for", square**0.5),
        (
            "the length of the latents is taken; their mean absolute value was asked for",
            float(np.linalg.norm(z)),
        ),
        ("the length of each image's latent is taken, not the absolute values", float(np.mean(each))),
        ("the absolute value of the latents is missing", float(np.mean(z))),
        ("the latents are averaged first, then the absolute value is taken", abs(float(np.mean(z)))),
        ("each unit is averaged first, then the absolute value is taken", float(np.mean(np.abs(z.mean(0))))),
        ("only latents above 0 are penalised", float(np.mean(np.maximum(z, 0)))),
        ("the largest latent is penalised, not the mean", float(size.max())),
        ("log(1 + z²) is penalised, not the absolute value", float(np.mean(np.log1p(z * z)))),
        ("the penalty is on x_hat; the latents were asked for", float(np.mean(np.abs(x_hat)))),
        ("the penalty is on x; the latents were asked for", float(np.mean(np.abs(x)))),
    ]


def gradients(x_hat: Array, x: Array, z: Array, weight: float) -> tuple[Array, Array]:
    """Return the gradients of the loss with respect to x_hat and z."""
    return 2 * (x_hat.astype(float) - x) / x.size, weight * np.sign(z) / z.size


# --- capacity -------------------------------------------------------------------------------------------


EPS = (1e-5, 1e-6, 1e-7, 1e-8, 1e-10, 1e-12)  # what people add
ROUND = (16, 20, 32, 50, 64, 100, 128, 200, 256, 500, 512, 1000, 1024, 2000, 2048)  # where people cut


def used(z: Array, threshold: float = 0.01) -> int:
    """Return the number of columns whose variance exceeds `threshold` times the largest variance."""
    return _over(z.astype(float).var(0), threshold)


def wrong_counts(z: Array, threshold: float = 0.01) -> Wrong:
    """Return the counts that known mistakes lead to, with their causes in words."""
    z = z.astype(float)
    variance = z.var(0)
    right, largest = _over(variance, threshold), float(variance.max())
    return [
        ("all units are counted", len(variance)),
        ("the unused units are counted", len(variance) - right),
        ("one unit too many is counted", right + 1),
        ("one unit too few is counted", right - 1),
        ("a unit that only reaches the threshold is counted", int((variance >= threshold * largest).sum())),
        ("the argument `threshold` is ignored", _over(variance, 0.01)),
        ("the default is used for a `threshold` of 0", _over(variance, threshold or 0.01)),
        *_other_measures(z, threshold),
        *_other_references(variance, len(z), threshold),
        *_parts(z, threshold),
    ]


def _other_measures(z: Array, threshold: float) -> Wrong:
    """Return the counts by something other than the variance over the images."""
    size, deviation = np.abs(z), z.std(0)
    above = "every unit with a latent above the threshold is counted; compare variances"
    return [
        ("the standard deviation is compared; the variance was asked for", _over(deviation, threshold)),
        ("the mean square is compared; subtract the mean for the variance", _over((z**2).mean(0), threshold)),
        ("the size of the latents is compared, not how much they vary", _over(size.mean(0), threshold)),
        ("the largest latents are compared, not the variances", _over(size.max(0), threshold)),
        ("the range of the latents is compared, not the variances", _over(np.ptp(z, 0), threshold)),
        ("the variance is taken within each image; take it over the images", _over(z.var(1), threshold)),
        (above, int((size > threshold).any(0).sum())),
        (above, int((size.mean(0) > threshold).sum())),
        ("every unit with a latent that is not 0 is counted", int((z != 0).any(0).sum())),
        ("every unit that varies at all is counted", int((np.ptp(z, 0) > 0).sum())),
        ("the units are ranked; this is a position, not a number", int(np.argmax(z.var(0)))),
    ]


def _other_references(variance: Array, n: int, threshold: float) -> Wrong:
    """Return the counts by the right variances, compared with something other than the largest of them."""
    share = np.cumsum(np.sort(variance)[::-1]) / max(float(variance.sum()), 1e-300)
    largest, unbiased = float(variance.max()), variance * n / (n - 1)
    constant = "a small constant (eps) in the comparison makes the count depend on the latents' scale"
    absolute = "`threshold` is used as it is, not as a fraction of the largest variance"
    median = "units are compared with the median variance, not the largest"
    references = [
        (absolute, 1.0),
        ("units are compared with the mean variance, not the largest", float(variance.mean())),
        ("units are compared with the sum of the variances, not the largest", float(variance.sum())),
        (median, float(np.median(variance))),
        (median, float(np.sort(variance)[(len(variance) - 1) // 2])),
        ("units are compared with the first unit's variance, not the largest", float(variance[0])),
        ("units are compared with the last unit's variance, not the largest", float(variance[-1])),
        ("units are compared with the largest standard deviation", largest**0.5),
        *[(constant, largest + eps) for eps in EPS],
    ]
    return [
        *[(cause, int((variance > threshold * value).sum())) for cause, value in references],
        *[(absolute, int((v > threshold).sum())) for v in (unbiased, np.sqrt(variance), np.sqrt(unbiased))],
        *[(constant, int((variance > threshold * largest + eps).sum())) for eps in EPS],
        (
            "the units that hold 1 - threshold of the variance are counted",
            int((share < 1 - threshold).sum()) + 1,
        ),
    ]


def _parts(z: Array, threshold: float) -> Wrong:
    """Return the counts from a part of the images or of the units; -1 where it has no variance."""
    rows = "only a part of the images is looked at; all of them count"
    units = "only a part of the units is looked at; all of them count"
    n = len(z)
    images = [z[:cut] for cut in ROUND] + [z[:-1], z[1:], z[::2], z[::10], z[-32:], z[: n // 32 * 32]]
    columns = [z[:, :cut] for cut in ROUND] + [z[:, 1:], z[:, :-1]]
    batches = np.mean([z[i : i + 32].var(0) for i in range(0, n, 32)], 0)
    return [
        *[(rows, _over(some.var(0), threshold) if len(some) > 1 else -1) for some in images],
        *[(units, _over(some.var(0), threshold) if some.size else -1) for some in columns],
        (
            "the variances of batches are averaged; take the variance over all images",
            _over(batches, threshold),
        ),
    ]


def _over(values: Array, threshold: float) -> int:
    return int((values > threshold * values.max()).sum())
