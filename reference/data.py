"""Loaders of (images, labels): scikit-learn's digits, MNIST, and synthetic images of known intrinsic
dimension.

Images are float32 in [0, 1] of shape (B, 1, H, W), labels int64 of shape (B,). Everything stays in memory as
tensors, which is many times faster than decoding one image after the other; `Batches`, which indexes a batch
at a time, is the fastest loader, for many runs in a row. Every loader has its own random generator: the same
seed gives the same batches, and torch's global generator does not change.

Reference: LeCun, Bottou, Bengio & Haffner, "Gradient-Based Learning Applied to Document Recognition" (1998).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

__all__ = ["Batches", "all_images", "digits", "make_loader", "mnist", "synthetic", "unilin"]


def make_loader(
    images: Tensor, labels: Tensor, batch_size: int = 32, shuffle: bool = False, seed: int = 0
) -> DataLoader:
    """A DataLoader over tensors held in memory, yielding (images, labels); the last batch may be short."""
    generator = torch.Generator().manual_seed(seed)
    data = TensorDataset(images, labels)
    return DataLoader(data, batch_size, shuffle, generator=generator)


class Batches:
    """The plainest loader over tensors: each batch (images, labels) is one indexing operation.

    It can replace a DataLoader that is only iterated over. With `shuffle`, each pass takes the images in a
    new order, which depends on the seed and on how many passes came before. The last batch may be short.
    """

    def __init__(
        self, images: Tensor, labels: Tensor, batch_size: int = 32, shuffle: bool = False, seed: int = 0
    ) -> None:
        self.tensors, self.batch_size, self.shuffle = (images, labels), batch_size, shuffle
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return -(-len(self.tensors[0]) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        images, labels = self.tensors
        if not self.shuffle:
            yield from zip(images.split(self.batch_size), labels.split(self.batch_size), strict=True)
            return
        order = torch.randperm(len(images), generator=self.generator).to(images.device)
        for some in order.split(self.batch_size):
            yield images.index_select(0, some), labels.index_select(0, some)


def all_images(loader: DataLoader) -> Tensor:
    """Every image of the loader, flat and in float64: (N, d)."""
    return torch.cat([images.flatten(1) for images, _ in loader]).double()


def digits(batch_size: int = 32, seed: int = 0) -> tuple[DataLoader, DataLoader]:
    """(train_loader, test_loader) of scikit-learn's 8x8 digits: 1,437 and 360 images (B, 1, 8, 8), ten
    classes.

    The split keeps the classes' proportions; it and the order of the training batches depend on `seed`.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pixels, labels = load_digits(return_X_y=True)                       # (1797, 64) in 0 ... 16, (1797,)
    images = torch.tensor(pixels / 16, dtype=torch.float32).view(-1, 1, 8, 8)
    targets = torch.tensor(labels, dtype=torch.int64)
    train, test = train_test_split(np.arange(len(labels)), test_size=360, stratify=labels, random_state=seed)
    return (
        make_loader(images[train], targets[train], batch_size, shuffle=True, seed=seed),
        make_loader(images[test], targets[test], batch_size),
    )


def mnist(
    root: str | Path, batch_size: int = 128, seed: int = 0, download: bool = False
) -> tuple[DataLoader, DataLoader]:
    """(train_loader, test_loader) of MNIST: 60,000 and 10,000 images (B, 1, 28, 28), ten classes.

    Reads the files that torchvision keeps in `root`/MNIST/raw; with `download`, fetches them there first.
    Raises FileNotFoundError, which says what to do, where they are missing.
    """
    from torchvision import datasets

    raw, loaders = Path(root) / "MNIST" / "raw", []
    for train in (True, False):
        try:
            data = datasets.MNIST(root, train=train, download=download)
        except RuntimeError as exc:
            raise FileNotFoundError(
                f"mnist: expected MNIST's four files in {raw}, but not all are there; "
                "give the folder that holds 'MNIST', or fetch them once with download=True"
            ) from exc
        images = data.data[:, None].float() / 255                       # (N, 1, 28, 28)
        loaders.append(make_loader(images, data.targets, batch_size, shuffle=train, seed=seed))
    return loaders[0], loaders[1]


def unilin(r: int, d: int = 64, n: int = 1024, seed: int = 0) -> tuple[Tensor, Tensor]:
    """n flat images of d pixels, made from r independent factors of equal strength: (images, factors).

    u is uniform on [-sqrt(3), sqrt(3)]^r, W has r orthonormal rows times 1.5 sqrt(d/r), b is uniform on
    [-.5, .5]^d, and the images are sigmoid(uW + b). Each latent fewer than r costs error; with r the error
    can vanish. Returns tensors of shape (n, d) in (0, 1) and (n, r). Raises ValueError for r outside 1 ... d.
    """
    if not 1 <= r <= d:
        raise ValueError(f"unilin: expected r from 1 to d = {d}, got {r}; choose one within")
    generator = torch.Generator().manual_seed(seed)
    rows, _ = torch.linalg.qr(torch.randn(d, r, generator=generator))   # (d, r), orthonormal columns
    w = rows.T * (1.5 * (d / r) ** 0.5)                                 # (r, d)
    b = torch.rand(d, generator=generator) - 0.5                        # (d,)
    u = (2 * torch.rand(n, r, generator=generator) - 1) * 3**0.5        # (n, r)
    return torch.sigmoid(u @ w + b), u


def synthetic(
    r: int, d: int = 64, n: int = 1024, batch_size: int = 32, seed: int = 0
) -> tuple[DataLoader, DataLoader]:
    """(train_loader, test_loader) of `unilin` images of intrinsic dimension r: n to train, n // 4 to test on.

    Images are (B, 1, s, s) when d is a square s*s, else (B, 1, 1, d); the label is the factor that is
    largest.
    """
    images, factors = unilin(r, d, n + n // 4, seed)                    # (N, d), (N, r)
    side = round(d**0.5)
    images = images.view(-1, 1, side, side) if side * side == d else images.view(-1, 1, 1, d)
    labels = factors.argmax(dim=1)
    return (
        make_loader(images[:n], labels[:n], batch_size, shuffle=True, seed=seed),
        make_loader(images[n:], labels[n:], batch_size),
    )
