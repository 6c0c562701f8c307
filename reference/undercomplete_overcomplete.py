"""Beyond the bottleneck: a sparse penalty for overcomplete autoencoders, and the number of units in use.

An undercomplete autoencoder has fewer latent values than the data has degrees of freedom, and must choose. An
overcomplete one could copy its input; a penalty on the latent keeps it from that (Ng, "Sparse Autoencoder",
CS294A lecture notes, 2011; Goodfellow, Bengio & Courville, "Deep Learning", 2016, sections 14.1 and 14.2.1).
The capacity in use shows in which latent values vary at all (Burda, Grosse & Salakhutdinov, "Importance
Weighted Autoencoders", 2016, section 5, measure activity by variance).
"""

from torch import Tensor

__all__ = ["active_units", "sparse_loss"]


def sparse_loss(x_hat: Tensor, x: Tensor, z: Tensor, weight: float = 1e-3) -> Tensor:
    """Mean squared error of reconstructions x_hat against images x, plus `weight` times the mean absolute
    latent value.

    x_hat and x have one shape (B, d), z has shape (B, k). Both means are over *all elements*: of the images
    in the first term, of the latents in the second. Returns a differentiable scalar (shape ()) whose gradient
    reaches x_hat and z; no argument is modified.
    """
    return ((x_hat - x) ** 2).mean() + weight * z.abs().mean()


def active_units(z: Tensor, threshold: float = 0.01) -> int:
    """The number of latent units that an autoencoder uses, from the latents z of many images, shape (B, k).

    A unit is used when its variance over the images is larger than `threshold` times the largest variance
    of any unit. Multiplying all latents by one number changes nothing. Where no unit varies at all, none is
    used. The variance may be divided by B or by B - 1. Returns a plain int, from 0 to k.
    """
    variance = z.var(0, unbiased=False)          # (k,)
    return int((variance > threshold * variance.max()).sum())
