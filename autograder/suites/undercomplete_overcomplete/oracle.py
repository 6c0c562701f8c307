"""The judge's own computations, in NumPy: the penalised loss, its gradients, the number of used units."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def loss(x_hat: Array, x: Array, z: Array, weight: float) -> float:
    """Mean squared error over all elements, plus `weight` times the mean absolute latent."""
    d = x_hat.astype(float) - x
    return float(np.mean(d * d) + weight * np.mean(np.abs(z.astype(float))))


def wrong_losses(x_hat: Array, x: Array, z: Array, weight: float) -> dict[str, float]:
    """Return the losses that known mistakes lead to, by cause in words."""
    d, latent = x_hat.astype(float) - x, z.astype(float)
    error, penalty = float(np.mean(d * d)), float(np.mean(np.abs(latent)))
    return {
        "the penalty is missing": error,
        "only the penalty is returned; the error is missing": weight * penalty,
        "the argument `weight` is ignored": error + 1e-3 * penalty,
        "the latents are added up; the mean over all of them was asked for": error
        + weight * penalty * z.size,
        "the latents are added up for each image; the mean over all of them was asked for": error
        + weight * penalty * z.shape[1],
        "the errors are added up; the mean over all elements was asked for": float(np.sum(d * d))
        + weight * penalty,
        "the latents are squared; their absolute values were asked for": error
        + weight * float(np.mean(latent**2)),
        "the absolute value of the latents is missing": error + weight * float(np.mean(latent)),
        "the penalty is subtracted": error - weight * penalty,
        "the absolute error is taken, not its square": float(np.mean(np.abs(d))) + weight * penalty,
    }


def gradients(x_hat: Array, x: Array, z: Array, weight: float) -> tuple[Array, Array]:
    """Return the gradients of the loss with respect to x_hat and z."""
    return 2 * (x_hat.astype(float) - x) / x.size, weight * np.sign(z) / z.size


def used(z: Array, threshold: float) -> int:
    """Return the number of columns whose variance exceeds `threshold` times the largest variance."""
    spread = [float(np.var(column)) for column in z.astype(float).T]
    return sum(variance > threshold * max(spread) for variance in spread)


def wrong_counts(z: Array, threshold: float) -> dict[str, int]:
    """Return the counts that known mistakes lead to, by cause in words."""
    latent = z.astype(float)
    variance, deviation, size = latent.var(0), latent.std(0), np.abs(latent).mean(0)
    rows = latent.var(1)
    return {
        "all units are counted": len(variance),
        "the standard deviation is compared; the variance was asked for": _over(deviation, threshold),
        "`threshold` is used as it is, not as a fraction of the largest variance": int(
            (variance > threshold).sum()
        ),
        "the argument `threshold` is ignored": _over(variance, 0.01),
        "units are compared with the mean variance, not the largest": int(
            (variance > threshold * variance.mean()).sum()
        ),
        "the size of the latents is compared, not how much they vary": _over(size, threshold),
        "the variance is taken within each image; take it over the images": _over(rows, threshold),
        "the unused units are counted": len(variance) - _over(variance, threshold),
    }


def _over(values: Array, threshold: float) -> int:
    return int((values > threshold * values.max()).sum())
