"""What a loss does to pictures, in numbers: how sharp they are, how black and white, how uncertain.

Images are flat tensors (N, d) in [0, 1], with d = side². Every measure is one number for all of them; compare
it with that of the originals, since it depends on the data and on the size of a pixel.

References: Subbarao, Choi & Nikzad, "Focusing Techniques", Optical Engineering 32 (1993), for the energy of
the gradient; Pertuz, Puig & Garcia, "Analysis of Focus Measure Operators for Shape-from-Focus", Pattern
Recognition 46 (2013), for how it compares with 35 others.
"""

import torch
from torch import Tensor

__all__ = ["entropy", "gradient_energy", "saturation"]


def gradient_energy(images: Tensor) -> float:
    """Sharpness: the squared differences of neighbouring pixels, down and right, mean over all pixels.

    Blur lowers it. Noise raises it too, so it measures sharpness only in pictures without noise.
    """
    side = round(images.shape[1] ** 0.5)
    x = images.view(-1, side, side)                                 # (N, s, s)
    down, right = x.diff(dim=1).square().sum(), x.diff(dim=2).square().sum()
    return float((down + right) / images.numel())


def saturation(images: Tensor, margin: float = 0.05) -> float:
    """Share of the pixels that are black or white: within `margin` of 0 or of 1."""
    return float(((images < margin) | (images > 1 - margin)).double().mean())


def entropy(images: Tensor) -> float:
    """Mean entropy of the pixels in nats, each taken as the probability of white: 0 when all are certain.

    That of the originals is the minimum of the binary cross entropy against them.
    """
    p = images.double()
    return float(-(torch.xlogy(p, p) + torch.xlogy(1 - p, 1 - p)).mean())
