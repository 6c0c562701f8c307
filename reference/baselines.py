"""What the autoencoder is measured against: PCA, the best linear autoencoder, and the mean image.

References: Baldi & Hornik, "Neural Networks and Principal Component Analysis" (1989); Pearson (1901).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from reference.data import all_images

__all__ = ["PCA", "mean_predictor_error", "pca_errors"]


class PCA(nn.Module):
    """The best linear autoencoder of a loader's images, in closed form, with the autoencoder's methods.

    Its latents are the images' coordinates along the k directions of largest variance. Unlike an
    autoencoder's, its reconstructions may leave [0, 1].
    """

    def __init__(self, loader: DataLoader, latent_dim: int) -> None:
        super().__init__()
        x = all_images(loader)                                          # (N, d)
        mean = x.mean(dim=0)                                            # (d,)
        _, axes = torch.linalg.eigh((x - mean).T @ (x - mean))          # (d, d), weakest component first
        self.latent_dim = latent_dim
        self.register_buffer("mean", mean.float())
        self.register_buffer("axes", axes.flip(1)[:, :latent_dim].float())

    def encode(self, x: Tensor) -> Tensor:
        return (x - self.mean) @ self.axes      # (B, d) -> (B, k)

    def decode(self, z: Tensor) -> Tensor:
        return z @ self.axes.T + self.mean      # (B, k) -> (B, d)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = self.encode(x)                      # (B, k)
        return self.decode(z), z                # (B, d), (B, k)


def pca_errors(train_loader: DataLoader, test_loader: DataLoader, dims: Sequence[int]) -> list[float]:
    """Mean squared error per element on the test images of PCA with k components, for each k in dims.

    Mean and components are those of the training images. k = 0 predicts the mean; k >= d reproduces
    every image.
    """
    train, test = all_images(train_loader), all_images(test_loader)     # (N, d), (M, d)
    mean = train.mean(dim=0)                                            # (d,)
    _, axes = torch.linalg.eigh((train - mean).T @ (train - mean))      # (d, d), weakest component first
    energy = ((test - mean) @ axes.flip(1)).square().mean(dim=0)        # (d,), strongest first
    return [float(energy[k:].sum() / len(energy)) for k in dims]


def mean_predictor_error(train_loader: DataLoader, test_loader: DataLoader) -> float:
    """Mean squared error per element on the test images of always predicting the mean training image."""
    return pca_errors(train_loader, test_loader, [0])[0]
