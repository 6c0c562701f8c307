"""Fewer latents than needed, and more: PCA as the linear bottleneck, sparsity, units in use, and denoising.

An undercomplete autoencoder has fewer latent values than the data has degrees of freedom, and must choose
what to keep; a linear one can do no better than PCA (Baldi & Hornik, "Neural Networks and Principal Component
Analysis", 1989). An overcomplete one could copy its input. Two things keep it from that: a penalty on the
latent (Ng, "Sparse Autoencoder", CS294A lecture notes, 2011), and noise on the input that it must remove
(Vincent, Larochelle, Bengio & Manzagol, "Extracting and Composing Robust Features with Denoising
Autoencoders", 2008); Goodfellow, Bengio & Courville, "Deep Learning" (2016), sections 14.1, 14.2 and 14.5.
The capacity in use shows in which latent values vary at all (Burda, Grosse & Salakhutdinov, "Importance
Weighted Autoencoders", 2016, section 5, measure activity by variance).
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from reference.data import digits

__all__ = [
    "Autoencoder",
    "Noise",
    "active_units",
    "experiment",
    "measure",
    "pca_reconstruction",
    "sparse_loss",
    "train_denoising",
]


def pca_reconstruction(train: Tensor, x: Tensor, k: int) -> Tensor:
    """The images x, each rebuilt from k numbers: its coordinates along the k directions in which the images
    `train` vary most.

    train has shape (N, d), x has shape (M, d); N is larger than d, and k is from 0 to d. The mean that is
    subtracted first and the directions are those of `train`; no pixel is scaled. Returns a tensor (M, d): for
    k = 0 every row is the mean of `train`, for k = d the rows are those of x up to rounding. No argument is
    modified.
    """
    mean = train.mean(dim=0)                                            # (d,)
    axes = torch.linalg.svd(train - mean, full_matrices=False).Vh[:k]   # (k, d), largest variance first
    return mean + (x - mean) @ axes.T @ axes                            # (M, d)


def sparse_loss(x_hat: Tensor, x: Tensor, z: Tensor, weight: float = 1e-3) -> Tensor:
    """Mean squared error of reconstructions x_hat against images x, plus `weight` times the mean absolute
    latent value.

    x_hat and x have one shape (B, d), z has shape (B, k). Both means are over *all elements*: of the images
    in the first term, of the latents in the second. `weight` is 0 or larger. Returns a differentiable scalar
    (shape ()) whose gradient reaches x_hat and z, and is finite where a latent is 0; no argument is modified.
    """
    return ((x_hat - x) ** 2).mean() + weight * z.abs().mean()


def active_units(z: Tensor, threshold: float = 0.01) -> int:
    """The number of latent units that an autoencoder uses, from the latents z of many images, shape (B, k).

    A unit is used when its variance over the images is larger than `threshold` times the largest variance
    of any unit. Multiplying all latents by one number changes nothing. Where no unit varies at all, none is
    used. The variance may be divided by B or by B - 1. `threshold` is from 0 to 1. Returns a plain int, from
    0 to k: no float, tensor or NumPy number. z is not modified.
    """
    variance = z.var(0, unbiased=False)          # (k,)
    return int((variance > threshold * variance.max()).sum())


def train_denoising(
    model: nn.Module,
    loader: DataLoader,
    loss_fn: Callable[[Tensor, Tensor, Tensor], Tensor],
    corrupt: Callable[[Tensor], Tensor],
    epochs: int = 10,
    lr: float = 1e-3,
) -> list[float]:
    """Train an autoencoder, in place, to give back clean images when it gets corrupted ones.

    `loader` yields (images, labels); images may be of any shape (B, ...) and are flattened here to x, (B, d).
    For every batch of every epoch, `corrupt(x)` is called once and returns a new tensor of x's shape;
    `model(corrupt(x))` gives (reconstruction, latent); and one step of Adam with learning rate `lr`, in train
    mode, lowers `loss_fn(reconstruction, x, latent)`. One optimizer serves all `epochs` passes over `loader`.
    The last batch may be short.

    Returns a list of `epochs` floats: the mean over each epoch's samples of the losses that were computed for
    its steps. The mean of the batches' losses is accepted too.
    """
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for images, _ in loader:
            x = images.flatten(1)                                       # (B, d)
            reconstruction, latent = model(corrupt(x))                  # (B, d), (B, k)
            loss = loss_fn(reconstruction, x, latent)                   # ()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        history.append(total / count)
    return history


# the experiments of the assignment


class Autoencoder(nn.Module):
    """64 -> 128 -> k -> 128 -> 64, with a ReLU in each hidden layer and a sigmoid at the end.

    With `linear`, just 64 -> k -> 64: matrices and biases, no activation.
    """

    def __init__(self, latent_dim: int, linear: bool = False) -> None:
        super().__init__()
        if linear:
            self.encoder, self.decoder = nn.Linear(64, latent_dim), nn.Linear(latent_dim, 64)
            return
        self.encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, latent_dim))
        self.decoder = nn.Sequential(nn.Linear(latent_dim, 128), nn.ReLU(), nn.Linear(128, 64), nn.Sigmoid())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = self.encoder(x)                     # (B, k)
        return self.decoder(z), z               # (B, 64), (B, k)


class Noise:
    """A corruption: Gaussian noise of standard deviation `sigma`, redrawn at each call, from `seed` on."""

    def __init__(self, sigma: float, seed: int = 0) -> None:
        self.sigma, self.generator = sigma, torch.Generator().manual_seed(seed)

    def __call__(self, x: Tensor) -> Tensor:
        return x + self.sigma * torch.randn(x.shape, generator=self.generator)


@torch.no_grad()
def measure(model: nn.Module, loader: DataLoader, sigma: float = 0.3) -> dict[str, float]:
    """What a trained model does with a loader's images, by name.

    "error": mean squared error; "noisy": the error against the clean images when it gets them with noise of
    standard deviation `sigma`; "used": its active units; "size": the mean absolute latent value.
    """
    model.eval()
    x = torch.cat([images.flatten(1) for images, _ in loader])          # (N, d)
    reconstruction, z = model(x)
    restored, _ = model(Noise(sigma, seed=99)(x))
    error, noisy = (float(((y - x) ** 2).mean()) for y in (reconstruction, restored))
    return {"error": error, "noisy": noisy, "used": active_units(z), "size": float(z.abs().mean())}


def experiment(
    k: int, weight: float = 0.0, sigma: float = 0.0, linear: bool = False, seed: int = 0
) -> tuple[nn.Module, dict[str, float]]:
    """Train an autoencoder with k latent units on the digits; returns it, and what `measure` finds on the
    test images.

    `weight` is that of the penalty, `sigma` that of the noise on the training images, and `seed` decides the
    split, the first weights, the batches and the noise. 10 epochs, learning rate 1e-3 (linear: 1e-2).
    """
    torch.manual_seed(seed)
    train_loader, test_loader = digits(seed=seed)
    model = Autoencoder(k, linear)
    loss_fn = partial(sparse_loss, weight=weight)
    train_denoising(model, train_loader, loss_fn, Noise(sigma, seed), lr=1e-2 if linear else 1e-3)
    return model, measure(model, test_loader)
