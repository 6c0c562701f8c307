"""What makes a latent space good, in numbers: compactness, smoothness, disentanglement, dimensions in use.

Latents z are arrays or CPU tensors of shape (N, k), labels of shape (N,), factors of shape (N, r).

- Compactness: silhouette (Rousseeuw 1987), k-nearest-neighbour accuracy (Cover & Hart 1967) and
  nearest-centroid accuracy (Rocchio 1971; Tibshirani et al. 2002). Do the latents of a class lie together?
- Smoothness: path over chord of a decoded straight line (after the path lengths of Chen et al., "Metrics for
  Deep Generative Models", 2018, and of Karras et al., StyleGAN, 2019); the decoder's sensitivity (Novak et
  al. 2018) and its local Lipschitz constant (the Jacobian's spectral norm; Virmaux & Scaman 2018); and the
  distance of interpolated images from the nearest real one (Berthelot et al., "Understanding and Improving
  Interpolation in Autoencoders", 2019). Do small steps in z make small steps in the image, and do they pass
  through plausible ones? An untrained decoder is the smoothest of all, so read these beside the error.
- Disentanglement: mean correlation between latents; and, where the true factors are known, DCI (Eastwood &
  Williams 2018) and the mutual information gap (Chen et al., "Isolating Sources of Disentanglement in VAEs",
  2018). Nothing in a plain autoencoder asks for it (Locatello et al. 2019): compare it with a random rotation
  of the true factors.
- Information bottleneck: participation ratio (Gao et al. 2017). Over how many directions does the variance
  spread?
"""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.utils.data import DataLoader

__all__ = [
    "dci_disentanglement",
    "distance_to_nearest",
    "encode_all",
    "informativeness",
    "knn_accuracy",
    "local_lipschitz",
    "local_sensitivity",
    "mean_correlation",
    "mutual_information_gap",
    "nearest_centroid_accuracy",
    "participation_ratio",
    "path_to_chord",
    "silhouette",
]


@torch.no_grad()
def encode_all(model: nn.Module, loader: DataLoader, device: torch.device | str) -> tuple[Tensor, Tensor]:
    """(latents, labels) of every image of the loader, in eval mode and on the CPU: (N, k) and (N,)."""
    model.to(device).eval()
    batches = [(model.encode(images.flatten(1).to(device)).cpu(), labels) for images, labels in loader]
    return torch.cat([z for z, _ in batches]), torch.cat([y for _, y in batches])


# compactness


def silhouette(z: ArrayLike, labels: ArrayLike) -> float:
    """Mean silhouette of the classes, in [-1, 1]: 1 when each is far smaller than its distance to the
    next."""
    from sklearn.metrics import silhouette_score

    z = np.asarray(z)
    return float(silhouette_score(z, np.asarray(labels), sample_size=min(len(z), 5000), random_state=0))


def knn_accuracy(z: ArrayLike, y: ArrayLike, z_test: ArrayLike, y_test: ArrayLike, k: int = 5) -> float:
    """Share of the test latents whose class is the commonest among their k nearest training latents."""
    from sklearn.neighbors import KNeighborsClassifier

    return float(KNeighborsClassifier(k).fit(np.asarray(z), np.asarray(y)).score(z_test, y_test))


def nearest_centroid_accuracy(z: ArrayLike, y: ArrayLike, z_test: ArrayLike, y_test: ArrayLike) -> float:
    """Share of the test latents whose class is that of the nearest mean training latent."""
    from sklearn.neighbors import NearestCentroid

    return float(NearestCentroid().fit(np.asarray(z), np.asarray(y)).score(z_test, y_test))


# smoothness


@torch.no_grad()
def path_to_chord(model: nn.Module, start: Tensor, end: Tensor, steps: int = 10) -> float:
    """Length of the decoded straight line from start to end over the distance of its ends, mean over
    the pairs.

    `start` and `end` are latents (P, k). It is at least 1, and 1 when the decoder maps each line to a line.
    """
    line = torch.stack([model.decode(torch.lerp(start, end, i / steps)) for i in range(steps + 1)])
    path = line.diff(dim=0).norm(dim=2).sum(dim=0)              # (steps + 1, P, d) -> (P,)
    return float((path / (line[-1] - line[0]).norm(dim=1)).mean())


def local_sensitivity(model: nn.Module, z: Tensor, seed: int = 0) -> float:
    """How fast the image changes with the latent: mean |J v| over random unit directions v, times the
    sd of z.

    J is the decoder's Jacobian at each of the latents z (N, k); the sd, over all entries, removes the units
    of z.
    """
    generator = torch.Generator().manual_seed(seed)
    v = torch.randn(z.shape, generator=generator).to(z)             # (N, k)
    v = v / v.norm(dim=1, keepdim=True)
    _, slope = torch.autograd.functional.jvp(model.decode, z, v)    # (N, d)
    return float(slope.norm(dim=1).mean() * z.std())


@torch.no_grad()
def local_lipschitz(model: nn.Module, z: Tensor) -> float:
    """The decoder's local Lipschitz constant: how fast the image changes in the *worst* direction.

    The largest singular value of the decoder's Jacobian J (d, k), mean over the latents z (N, k), times
    the sd of z. It is at least the local sensitivity, which takes a random direction.
    """
    jacobian = torch.func.vmap(torch.func.jacfwd(lambda one: model.decode(one[None])[0]))(z)    # (N, d, k)
    return float(torch.linalg.matrix_norm(jacobian, ord=2).mean() * z.std())


def distance_to_nearest(images: Tensor, data: Tensor) -> Tensor:
    """Cosine distance of each image (N, d) to the nearest image of the data (M, d): (N,).

    Small for images that resemble the data, whether or not the same image is among them.
    """
    unit = nn.functional.normalize
    return 1 - (unit(images) @ unit(data).T).max(dim=1).values                                  # (N,)


# disentanglement


def mean_correlation(z: ArrayLike) -> float:
    """Mean absolute correlation of two different latents, in [0, 1]. Zero does not prove independence."""
    r = np.atleast_2d(np.corrcoef(np.asarray(z), rowvar=False))                                 # (k, k)
    k = len(r)
    return float((np.abs(r).sum() - k) / max(k * (k - 1), 1))


# disentanglement, where the true factors are known


def informativeness(factors: ArrayLike, z: ArrayLike) -> float:
    """Mean R^2 of the linear regressions of the factors on z: is the information there, however mixed?"""
    from sklearn.linear_model import LinearRegression

    return float(LinearRegression().fit(np.asarray(z), np.asarray(factors)).score(z, factors))


def dci_disentanglement(factors: ArrayLike, z: ArrayLike, seed: int = 0) -> float:
    """DCI's D in [0, 1]: 1 when each latent helps to predict one factor only.

    Importances come from one random forest per factor; each latent is weighted by how much it is used.
    """
    from sklearn.ensemble import RandomForestRegressor

    z, factors = np.asarray(z), np.asarray(factors)
    forest = [RandomForestRegressor(20, max_depth=8, random_state=seed).fit(z, f) for f in factors.T]
    use = np.stack([f.feature_importances_ for f in forest], axis=1)            # (k, r)
    share = use / np.maximum(use.sum(axis=1, keepdims=True), 1e-12)             # (k, r), rows sum to 1
    entropy = -(share * np.log(np.maximum(share, 1e-12))).sum(axis=1) / np.log(use.shape[1])
    return float(((1 - entropy) * use.sum(axis=1)).sum() / use.sum())


def mutual_information_gap(factors: ArrayLike, z: ArrayLike, bins: int = 20) -> float:
    """MIG in [0, 1]: by how much the best latent of a factor beats the second best, mean over the factors.

    Mutual information is that of histograms with equal bins, in units of the factor's entropy. Needs
    two latents.
    """
    from sklearn.metrics import mutual_info_score

    latents, truths = _binned(z, bins), _binned(factors, bins)                  # (k, N), (r, N)
    information = np.array([[mutual_info_score(f, u) for u in latents] for f in truths])   # (r, k)
    entropy = np.array([mutual_info_score(f, f) for f in truths])                          # (r,)
    best = np.sort(information, axis=1)[:, ::-1]
    return float(((best[:, 0] - best[:, 1]) / entropy).mean())


def _binned(values: ArrayLike, bins: int) -> np.ndarray:
    """Each column's values as numbers of equal bins: (columns, N)."""
    columns = np.asarray(values).T
    return np.stack([np.digitize(c, np.histogram_bin_edges(c, bins)[1:-1]) for c in columns])


# information bottleneck


def participation_ratio(z: ArrayLike) -> float:
    """(sum of eigenvalues)^2 / (sum of their squares) of the covariance of z.

    From 1, when all variance lies in one direction, to k, when it is the same in all of them.
    """
    eigenvalues = np.linalg.eigvalsh(np.atleast_2d(np.cov(np.asarray(z), rowvar=False)))
    return float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum())
