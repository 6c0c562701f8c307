"""The training loop, the same for the comparison of losses and for the sweep over latent dimensions.

Reference: Kingma & Ba, "Adam: A Method for Stochastic Optimization" (2015).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

__all__ = ["Loss", "evaluate", "first_images", "train", "train_epoch"]

Loss = Callable[[Tensor, Tensor], Tensor]


def train_epoch(
    model: nn.Module,
    loader: DataLoader,
    optimizer: torch.optim.Optimizer,
    loss_fn: Loss,
    device: torch.device | str,
) -> float:
    """Train for one pass over the loader; returns the mean loss over its samples. Changes the model in
    place."""
    model.train()
    total, count = 0.0, 0
    for images, _ in loader:
        x = images.flatten(1).to(device)        # (B, d)
        reconstruction, _ = model(x)            # (B, d)
        loss = loss_fn(reconstruction, x)       # ()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        count += len(x)
    return total / count


def train(
    model: nn.Module, loader: DataLoader, loss_fn: Loss, device: torch.device | str, epochs: int, lr: float
) -> list[float]:
    """Train with Adam for some epochs; returns the mean loss of each. Moves the model and changes it in
    place."""
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    return [train_epoch(model, loader, optimizer, loss_fn, device) for _ in range(epochs)]


@torch.no_grad()
def evaluate(model: nn.Module, loader: DataLoader, loss_fn: Loss, device: torch.device | str) -> float:
    """Mean over the loader's samples of an averaging loss, in eval mode; a short last batch counts by
    its size."""
    model.to(device).eval()
    total, count = 0.0, 0
    for images, _ in loader:
        x = images.flatten(1).to(device)        # (B, d)
        reconstruction, _ = model(x)            # (B, d)
        total += loss_fn(reconstruction, x).item() * len(x)
        count += len(x)
    return total / count


def first_images(loader: DataLoader, n: int = 10) -> Tensor:
    """The first n images of a loader, flat: (n, d), or fewer when the loader holds fewer."""
    batches: list[Tensor] = []
    for images, _ in loader:
        batches.append(images.flatten(1))       # (B, d)
        if sum(map(len, batches)) >= n:
            break
    return torch.cat(batches)[:n]               # (n, d)
