"""What a loss does to pictures, in numbers: how sharp they are, how black and white, how unsure.

Images are flat tensors (N, d) in [0, 1], with d = side². Every measure is one number for all of them; read
it beside that of the originals, since it depends on the data and on the size of a pixel.

References: Subbarao, Choi & Nikzad, "Focusing Techniques", Optical Engineering 32 (1993), for the energy of
the gradient; Pertuz, Puig & Garcia, "Analysis of Focus Measure Operators for Shape-from-Focus", Pattern
Recognition 46 (2013), for how it compares with 35 others.
"""

import torch
from torch import Tensor

__all__ = ["entropy", "gradient_energy", "saturation"]


def gradient_energy(images: Tensor) -> float:
    """Sharpness: the squared differences of neighbouring pixels, down and right, mean over all pixels.

    Blur lowers it. Noise raises it, so it means sharpness only for pictures that are not noisy.
    """
    side = round(images.shape[1] ** 0.5)
    x = images.view(-1, side, side)                                 # (N, s, s)
    down, right = x.diff(dim=1).square().sum(), x.diff(dim=2).square().sum()
    return float((down + right) / images.numel())


def saturation(images: Tensor, margin: float = 0.05) -> float:
    """Share of the pixels that are black or white: within `margin` of 0 or of 1."""
    return float(((images < margin) | (images > 1 - margin)).double().mean())


def entropy(images: Tensor) -> float:
    """Mean entropy of the pixels, each read as the probability of white, in nats: 0 when all are sure.

    Of the originals it is the least value that the binary cross entropy against them can have.
    """
    p = images.double()
    return float(-(torch.xlogy(p, p) + torch.xlogy(1 - p, 1 - p)).mean())
