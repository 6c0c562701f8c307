"""Assignment 2."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

import torch
from torch import Tensor, nn, optim
from torch.utils.data import DataLoader


class PrincipalComponents:
    """Fits mean and directions; float64 inside."""

    def __init__(self, k: int) -> None:
        self.k = k

    def fit(self, images: Tensor) -> PrincipalComponents:
        images = images.to(torch.float64)
        self.mean = images.mean(dim=0)
        centred = images - self.mean
        values, vectors = torch.linalg.eigh(centred.mT @ centred)
        self.directions = vectors.flip(1)[:, : self.k]
        return self

    def encode(self, images: Tensor) -> Tensor:
        return (images.to(torch.float64) - self.mean) @ self.directions

    def decode(self, codes: Tensor) -> Tensor:
        return codes @ self.directions.mT + self.mean


def pca_reconstruction(train: Tensor, x: Tensor, k: int) -> Tensor:
    pca = PrincipalComponents(k).fit(train)
    return pca.decode(pca.encode(x)).to(x.dtype)


class SparseLoss(nn.Module):
    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, x_hat: Tensor, x: Tensor, z: Tensor) -> Tensor:
        return (x_hat - x).square().mean() + self.weight * z.abs().mean()


def sparse_loss(x_hat: Tensor, x: Tensor, z: Tensor, weight: float = 1e-3) -> Tensor:
    return SparseLoss(weight)(x_hat, x, z)


def active_units(z: Tensor, threshold: float = 0.01) -> int:
    variance, _ = torch.var_mean(z, dim=0)
    return variance.gt(threshold * variance.max()).sum().item()


@dataclass
class Mean:
    total: float = 0.0
    count: int = 0

    def add(self, value: float, n: int) -> None:
        self.total += value * n
        self.count += n

    @property
    def value(self) -> float:
        return self.total / self.count


@dataclass
class Trainer:
    model: nn.Module
    loss_fn: Callable[..., Tensor]
    corrupt: Callable[[Tensor], Tensor]
    optimizer: optim.Optimizer
    history: list[float] = field(default_factory=list)

    def step(self, x: Tensor) -> float:
        reconstruction, latent = self.model(self.corrupt(x))
        loss = self.loss_fn(reconstruction, x, latent)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def epoch(self, loader: DataLoader) -> None:
        self.model.train()
        mean = Mean()
        for images, _ in loader:
            x = images.flatten(start_dim=1)
            mean.add(self.step(x), x.size(0))
        self.history.append(mean.value)


def train_denoising(model, loader, loss_fn, corrupt, epochs=10, lr=1e-3) -> list[float]:
    trainer = Trainer(model, loss_fn, corrupt, optim.Adam(model.parameters(), lr=lr))
    for _ in range(epochs):
        trainer.epoch(loader)
    return trainer.history
