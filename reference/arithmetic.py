"""Arithmetic with latent vectors: what is a 3 plus the difference between an 8 and a 0?

References: Mikolov, Yih & Zweig, "Linguistic Regularities in Continuous Space Word Representations"
(2013), for vector arithmetic with learned codes; Radford, Metz & Chintala, "Unsupervised Representation
Learning with Deep Convolutional GANs" (2016), for averaging the codes of several images first.
"""

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

__all__ = ["class_centroids", "decode_arithmetic", "latent_arithmetic"]


@torch.no_grad()
def class_centroids(
    model: nn.Module, loader: DataLoader, device: torch.device | str, n_classes: int = 10
) -> Tensor:
    """The mean latent vector of each class, over all samples of the loader.

    The loader yields (images, labels): images of any shape (B, ...), flattened here, and labels (B,), int64
    in 0 ... n_classes - 1, in any order and any proportion; `model.encode` maps flat images (B, d) to
    latents (B, k). Any batch may be as short as one image. Encoding is done on `device`, in eval mode and
    without a graph; the model's weights and their dtype do not change.

    Returns a float tensor of shape (n_classes, k), which requires no gradient, and nothing else; an array,
    a list of rows or a dict by label is accepted too. Row c is the mean over *all samples with label c* of
    their latents, each sample counting the same whatever batch it came in; a class without samples has
    a row of NaN. Nothing is kept from one call to the next.
    """
    model.to(device).eval()
    latents, labels = [], []
    for images, targets in loader:
        latents.append(model.encode(images.flatten(1).to(device)))          # (B, k)
        labels.append(targets.to(device))                                   # (B,)
    z, y = torch.cat(latents), torch.cat(labels)                            # (N, k), (N,)
    return torch.stack([z[y == c].mean(dim=0) for c in range(n_classes)])   # (n_classes, k)


def latent_arithmetic(centroids: Tensor, a: int = 3, b: int = 8, c: int = 0) -> Tensor:
    """The latent vector z_a + (z_b - z_c), where z_i is row i of `centroids`.

    Takes centroids of shape (n_classes, k), and any three of their rows, equal ones too. Returns a new
    tensor of shape (k,), never a part of `centroids`, which is not modified.
    """
    return centroids[a] + (centroids[b] - centroids[c])


@torch.no_grad()
def decode_arithmetic(
    model: nn.Module, centroids: Tensor, device: torch.device | str, a: int = 3, b: int = 8, c: int = 0
) -> Tensor:
    """The image that `model.decode` makes of z_a + (z_b - z_c).

    `model.decode` maps latents (B, k) to flat images (B, d). Decoding is done on `device`, in eval mode
    and without a graph. Returns the one image, flat, as a tensor of shape (d,), which requires no
    gradient; (1, d) or a square are accepted too. Neither the weights, their dtype nor `centroids` change.
    """
    model.to(device).eval()
    z = latent_arithmetic(centroids, a, b, c).to(device)    # (k,)
    return model.decode(z[None])[0]                         # (d,)
