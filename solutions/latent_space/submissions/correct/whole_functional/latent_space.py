from __future__ import annotations

from functools import partial, reduce
from itertools import chain, groupby, islice
from math import log
from operator import itemgetter

import torch
import torch.nn.functional as F
from torch import nn


def stack(sizes, *end):
    pairs = list(zip(sizes, sizes[1:]))
    body = chain.from_iterable((nn.Linear(*pair), nn.ReLU()) for pair in pairs[:-1])
    return nn.Sequential(*body, nn.Linear(*pairs[-1]), *end)


class AutoencoderWithAnalysis(nn.Module):
    def __init__(self, input_dim=784, latent_dim=32):
        super().__init__()
        self.latent_dim = latent_dim
        self.encode = stack((input_dim, 256, 128, latent_dim))
        self.decode = stack((latent_dim, 128, 256, input_dim), nn.Sigmoid())

    def forward(self, x):
        return self.decode(z := self.encode(x)), z


def mean_of(per_element):
    def loss(x_hat, x):
        return per_element(x_hat, x).mean()

    return loss


mse_loss = mean_of(lambda p, x: (p - x) ** 2)
mae_loss = mean_of(lambda p, x: (p - x).abs())
bce_loss = partial(F.binary_cross_entropy, reduction="mean")


def flat(loader, device):
    return (images.flatten(1).to(device) for images, _ in loader)


def fitted(model, loader, loss_fn, device, epochs, lr):
    optimizer = torch.optim.Adam(model.to(device).train().parameters(), lr)

    def update(x):
        loss = loss_fn(model(x)[0], x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss) * len(x), len(x)

    def epoch(_):
        total, count = map(sum, zip(*map(update, flat(loader, device))))
        return total / count

    return model, list(map(epoch, range(epochs)))


def compare_loss_functions(model_class, train_loader, test_loader, device, epochs=10, lr=1e-3):
    images = torch.stack(list(islice(chain.from_iterable(flat(test_loader, device)), 10)))

    def entry(loss_fn):
        model, losses = fitted(model_class(), train_loader, loss_fn, device, epochs, lr)
        with torch.no_grad():
            return {"model": model, "train_losses": losses, "reconstructions": model.eval()(images)[0].cpu()}

    return {name: entry(f) for name, f in {"MSE": mse_loss, "BCE": bce_loss, "L1": mae_loss}.items()}


@torch.no_grad()
def error_of(model, loader, device):
    squares = ((F.mse_loss(model.eval()(x)[0], x, reduction="sum"), x.numel()) for x in flat(loader, device))
    return (lambda pair: (pair[0] / pair[1]).item())(reduce(lambda s, t: (s[0] + t[0], s[1] + t[1]), squares))


def find_optimal_latent_dim(train_loader, test_loader, device, dims=(2, 4, 8, 16, 32, 64, 128, 256),
                            epochs=15, lr=1e-3, model_class=AutoencoderWithAnalysis):
    def row(k):
        model, _ = fitted(model_class(latent_dim=k), train_loader, mse_loss, device, epochs, lr)
        return {"dim": k, "error": error_of(model, test_loader, device)}

    return list(map(row, dims))


def find_elbow(dims, errors):
    logs = list(map(log, dims))
    slope = (errors[-1] - errors[0]) / (logs[-1] - logs[0])
    below = (errors[0] + slope * (x - logs[0]) - error for x, error in zip(logs, errors))
    return max(zip(below, dims))[1]


@torch.no_grad()
def class_centroids(model, loader, device, n_classes=10):
    model.to(device).eval()
    pairs = ((int(y), z) for images, labels in loader
             for y, z in zip(labels, model.encode(images.flatten(1).to(device))))
    groups = {label: torch.stack([z for _, z in own]).mean(0)
              for label, own in groupby(sorted(pairs, key=itemgetter(0)), key=itemgetter(0))}
    nothing = torch.full_like(next(iter(groups.values())), float("nan"))
    return torch.stack([groups.get(label, nothing) for label in range(n_classes)])


def latent_arithmetic(centroids, a=3, b=8, c=0):
    return sum(sign * centroids[i] for sign, i in ((1, a), (1, b), (-1, c)))


@torch.no_grad()
def decode_arithmetic(model, centroids, device, a=3, b=8, c=0):
    return model.to(device).eval().decode(latent_arithmetic(centroids, a, b, c)[None].to(device)).flatten()
