"""My solution to Latent Space and Reconstruction Loss."""
import math
from dataclasses import dataclass, field
from enum import Enum
from typing import Dict, Iterator, List, Optional, Protocol, Tuple

import numpy as np
import torch
import torch.nn as nn


class Half(nn.Module):
    """Encoder or decoder."""

    def __init__(self, sizes: List[int], final: Optional[nn.Module] = None) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])])
        self.activation, self.final = nn.ReLU(), final or nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        return self.final(last(x))


class AutoencoderWithAnalysis(nn.Module):
    HIDDEN = (256, 128)

    def __init__(self, input_dim: int = 784, latent_dim: int = 32) -> None:
        super().__init__()
        sizes = [input_dim, *self.HIDDEN, latent_dim]
        self.encoder = Half(sizes)
        self.decoder = Half(sizes[::-1], nn.Sigmoid())

    @property
    def latent_dim(self) -> int:
        return self.encoder.layers[-1].out_features

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim > 2:
            x = x.flatten(1)
        return self.encoder(x)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return self.decoder(z)

    def forward(self, x: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        latent = self.encode(x)
        return self.decode(latent), latent


class Losses:
    @staticmethod
    def mse(x_hat, x):
        return torch.mean(torch.pow(x_hat - x, 2))

    @staticmethod
    def bce(x_hat, x):
        tiny = torch.finfo(x_hat.dtype).tiny
        log_p = torch.log(x_hat.clamp_min(tiny))
        log_q = torch.log1p(-x_hat.clamp_max(1 - 1e-7))
        return -(x * log_p + (1 - x) * log_q).mean()

    @staticmethod
    def mae(x_hat, x):
        return torch.mean(torch.maximum(x_hat - x, x - x_hat))


mse_loss, bce_loss, mae_loss = Losses.mse, Losses.bce, Losses.mae


class Loss(Enum):
    MSE = "MSE"
    BCE = "BCE"
    L1 = "L1"

    def __call__(self, x_hat, x):
        return {"MSE": mse_loss, "BCE": bce_loss, "L1": mae_loss}[self.value](x_hat, x)


class Criterion(Protocol):
    def __call__(self, x_hat: torch.Tensor, x: torch.Tensor) -> torch.Tensor: ...


@dataclass
class Meter:
    total: float = 0.0
    count: int = 0

    def add(self, value: float, n: int) -> None:
        self.total += value * n
        self.count += n

    @property
    def mean(self) -> float:
        return self.total / self.count


@dataclass
class Experiment:
    model: nn.Module
    criterion: Criterion
    device: torch.device
    lr: float = 1e-3
    history: List[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.model = self.model.to(self.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.lr)

    def batches(self, loader) -> Iterator[torch.Tensor]:
        for images, _ in loader:
            yield images.reshape(images.shape[0], -1).to(self.device)

    def run(self, loader, epochs: int) -> "Experiment":
        for _ in range(epochs):
            self.model.train()
            meter = Meter()
            for x in self.batches(loader):
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(x)[0], x)
                loss.backward()
                self.optimizer.step()
                meter.add(loss.item(), len(x))
            self.history.append(meter.mean)
        return self

    @torch.no_grad()
    def test(self, loader) -> float:
        self.model.eval()
        meter = Meter()
        for x in self.batches(loader):
            meter.add(self.criterion(self.model(x)[0], x).item(), len(x))
        return meter.mean

    @torch.no_grad()
    def pictures(self, loader, n: int = 10) -> torch.Tensor:
        self.model.eval()
        return torch.cat([self.model(x)[0] for x in self.batches(loader)])[:n].cpu()

    def as_dict(self, loader) -> Dict[str, object]:
        return {"model": self.model, "train_losses": self.history, "reconstructions": self.pictures(loader)}


def compare_loss_functions(model_class, train_loader, test_loader, device, epochs=10, lr=1e-3):
    return {
        loss.value: Experiment(model_class(), loss, device, lr).run(train_loader, epochs).as_dict(test_loader)
        for loss in Loss
    }


def find_optimal_latent_dim(
    train_loader, test_loader, device, dims=(2, 4, 8, 16, 32, 64, 128, 256), epochs=15, lr=1e-3,
    model_class=AutoencoderWithAnalysis,
):
    results = []
    for latent_dim in dims:
        experiment = Experiment(model_class(latent_dim=latent_dim), mse_loss, device, lr)
        error = experiment.run(train_loader, epochs).test(test_loader)
        results.append({"dim": latent_dim, "error": error, "rmse": math.sqrt(error)})
    return results


class ElbowFinder:
    def __init__(self, dims, errors):
        self.dims = list(dims)
        self.errors = [float(e) for e in errors]

    def distance(self, i: int) -> float:
        share = (math.log(self.dims[i]) - math.log(self.dims[0])) / (
            math.log(self.dims[-1]) - math.log(self.dims[0])
        )
        return self.errors[0] + share * (self.errors[-1] - self.errors[0]) - self.errors[i]

    def find(self) -> int:
        return self.dims[max(range(len(self.dims)), key=self.distance)]


def find_elbow(dims, errors):
    return ElbowFinder(dims, errors).find()


class Centroids(dict):
    """Centroids by label; a label without images has none."""

    @classmethod
    @torch.no_grad()
    def of(cls, model, loader, device, n_classes):
        model = model.to(device).eval()
        collected = {label: [] for label in range(n_classes)}
        for images, labels in loader:
            z = model.encode(images.flatten(1).to(device)).cpu()
            for label in labels.unique().tolist():
                collected[label].append(z[labels == label])
        return cls({label: torch.cat(parts).mean(dim=0) for label, parts in collected.items() if parts})


def class_centroids(model, loader, device, n_classes=10):
    return Centroids.of(model, loader, device, n_classes)


def latent_arithmetic(centroids, a=3, b=8, c=0):
    return centroids[a] + centroids[b] - centroids[c]


def decode_arithmetic(model, centroids, device, a=3, b=8, c=0):
    model.eval()
    model.to(device)
    with torch.no_grad():
        return model.decode(latent_arithmetic(centroids, a, b, c).to(device).unsqueeze(0)).squeeze()
