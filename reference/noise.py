"""Every reconstruction loss is a noise model: which one, what it pulls towards, and how outliers move it.

Think of the decoder's output x̂ as the centre of a distribution for the pixel x. The loss of a pixel is then
its negative log-likelihood, up to a scale and a constant that do not depend on x̂:

    loss   noise model of a pixel            -log p(x | x̂)                             best single value
    MSE    Gaussian, standard deviation σ    (x - x̂)² / 2σ²  + log σ√(2π)               the mean
    BCE    Bernoulli, P(x = 1) = x̂           -x log x̂ - (1 - x) log(1 - x̂)              the mean
    L1     Laplacian, scale b                |x - x̂| / b     + log 2b                   the median

So the scale that explains the errors best is σ² = MSE and b = L1. For grey pixels 0 < x < 1 the Bernoulli
formula is still a good loss (x̂ = x is best), but no longer a density: its integral over x is not 1, and its
minimum is the entropy of x, not 0 (Loaiza-Ganem & Cunningham, "The continuous Bernoulli", 2019).

References: Bishop, "Pattern Recognition and Machine Learning" (2006), sections 1.2.5 and 4.3.2; Huber,
"Robust Estimation of a Location Parameter", Annals of Mathematical Statistics 35 (1964), for mean, median
and outliers.
"""

import math

import torch
from torch import Tensor

from reference.losses import bce_loss, mae_loss, mse_loss

__all__ = [
    "NOISE",
    "bernoulli_nll",
    "best_single_image",
    "gaussian_nll",
    "gradient",
    "invert_some",
    "laplace_nll",
    "logit_gradient",
    "moved_by_outliers",
]

NOISE = {"MSE": "Gaussian", "BCE": "Bernoulli", "L1": "Laplacian"}


# likelihoods, constants included: the sum over all pixels of -log p(x | x̂), in nats


def gaussian_nll(x_hat: Tensor, x: Tensor, sigma: float = 1.0) -> Tensor:
    """-log p(x | x̂) of pixels with Gaussian noise: n MSE / 2σ² + n log σ√(2π)."""
    return x.numel() * (mse_loss(x_hat, x) / (2 * sigma**2) + math.log(sigma * math.sqrt(2 * math.pi)))


def bernoulli_nll(x_hat: Tensor, x: Tensor) -> Tensor:
    """-log P(x | x̂) of black and white pixels, x in {0, 1}: n BCE, with no constant."""
    return x.numel() * bce_loss(x_hat, x)


def laplace_nll(x_hat: Tensor, x: Tensor, b: float = 1.0) -> Tensor:
    """-log p(x | x̂) of pixels with Laplacian noise: n L1 / b + n log 2b."""
    return x.numel() * (mae_loss(x_hat, x) / b + math.log(2 * b))


# gradients of one pixel's loss: at the output x̂, and before the sigmoid, at the logit a with x̂ = sigmoid(a)


def gradient(loss: str, x_hat: Tensor, x: Tensor) -> Tensor:
    """dL/dx̂ of each pixel: MSE in proportion to the error, BCE more where x̂ is sure, L1 only its sign."""
    error = x_hat - x
    return {
        "MSE": 2 * error,
        "BCE": error / (x_hat * (1 - x_hat)),
        "L1": error.sign(),
    }[loss]


def logit_gradient(loss: str, x_hat: Tensor, x: Tensor) -> Tensor:
    """dL/da of each pixel: times the sigmoid's slope x̂(1 - x̂), which BCE's denominator cancels.

    Only BCE pulls hard where the model is sure and wrong; MSE and L1 hardly pull there at all.
    """
    error, slope = x_hat - x, x_hat * (1 - x_hat)
    return {"MSE": 2 * error * slope, "BCE": error, "L1": error.sign() * slope}[loss]


# what one answer to many images looks like, and how outliers move it


def best_single_image(loss: str, images: Tensor) -> Tensor:
    """The one image (d,) with the least mean loss against all of `images` (N, d).

    This is why a loss blurs: an autoencoder that cannot tell these N images apart must answer all of
    them with it. MSE and BCE take the mean of each pixel, and the mean of shifted edges is a ramp; L1
    takes the median, and the median of black and white is black or white.
    """
    return images.median(dim=0).values if loss == "L1" else images.mean(dim=0)


def invert_some(images: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """A copy of the images in which each pixel is inverted, to 1 - x, with probability `share`."""
    hit = torch.rand(images.shape, generator=generator) < share
    return torch.where(hit, 1 - images, images)


def moved_by_outliers(loss: str, images: Tensor, share: float) -> float:
    """How far the best single image moves, mean over pixels, when a share of the images is inverted.

    The first round(share * N) of the images (N, d) are inverted. The mean moves in proportion to the share.
    The median does not move until an outlier is the middle value.
    """
    k = round(share * len(images))
    spoilt = torch.cat([1 - images[:k], images[k:]])                            # (N, d)
    return float((best_single_image(loss, spoilt) - best_single_image(loss, images)).abs().mean())
