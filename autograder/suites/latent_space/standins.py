"""Stand-ins that the worker builds in the student's process: known-good parts that answer no question.

The judge sends this file's text over the wire. The models have other shapes than question 1 asks for.
"""

import functools
import os
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, default_collate


def device():
    """Return the device for student code."""
    return torch.device("cpu")


class Samples(Sequence):
    """The samples of a batch as PyTorch's default collation takes them, made from the batch's tensors."""

    def __init__(self, tensors):
        self.tensors = tensors

    def __len__(self):
        return len(self.tensors[0])

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)


class Rows(TensorDataset):
    """A dataset of tensors that takes a batch in one indexing operation; otherwise like any other."""

    def __getitems__(self, indices):
        start, end = indices[0], indices[-1] + 1
        if indices == list(range(start, end)):  # a copied slice: a third of the time that indices take
            return Samples(tuple(tensor[start:end].clone() for tensor in self.tensors))
        return Samples(self[indices])


def collate(samples):
    """Return the batch of these samples, as PyTorch does; that of `Rows` is there already."""
    return list(samples.tensors) if isinstance(samples, Samples) else default_collate(samples)


def loader(images, labels, sizes):
    """Return a loader of (images, labels) in the given order, in batches of the given sizes.

    Only the last size may differ from the others, and only by being smaller: the data ends there.
    """
    batches = quick_loader(images, labels, sizes[0])
    ends = [min(sizes[0], len(images) - start) for start in range(0, len(images), sizes[0])]
    if ends != list(sizes):
        raise ValueError(f"a loader of {len(images)} images in batches of {sizes[0]} has {ends}, not {sizes}")
    return batches


class TinyAutoencoder(nn.Module):
    """One linear layer in, one out, with known weights; in train mode, `train_gain` scales the latent.

    A layer of its own holds the mode, as dropout does, so only train() and eval() change it.
    """

    def __init__(self, weights, latent_dim, train_gain=1.0):
        super().__init__()
        self.latent_dim, self.train_gain = latent_dim, train_gain
        self.mode = nn.Identity()
        self.down, self.bias_z, self.up, self.bias_x = (nn.Parameter(w.clone()) for w in weights[latent_dim])

    def encode(self, x):
        """(B, d) -> (B, k)"""
        z = flat_images(x, self.down) @ self.down + self.bias_z
        return z * self.train_gain if self.mode.training else z

    def decode(self, z):
        """(B, k) -> (B, d)"""
        return torch.sigmoid(z @ self.up + self.bias_x)

    def forward(self, x):
        """(B, d) -> (reconstruction, latent)"""
        z = self.encode(x)
        return self.decode(z), z


class Factory:
    """Calls what this module calls `name`. Unlike the models' classes, all of one name, it can be pickled."""

    def __init__(self, name):
        self.name = name

    def __call__(self, *args, **kwargs):
        return globals()[self.name](*args, **kwargs)


def tiny_class(weights, train_gain=1.0, latent_dim=None):
    """Return a class-like factory of TinyAutoencoder; with `latent_dim` it needs no argument."""
    fixed = {} if latent_dim is None else {"latent_dim": latent_dim}
    return functools.partial(Factory("TinyAutoencoder"), weights, train_gain=train_gain, **fixed)


class ShadeAutoencoder(nn.Module):
    """One known weight per pixel and no bottleneck: training in many steps costs little.

    A pixel that is black in all training images has no gradient: only weight decay moves its weight.
    """

    def __init__(self, weights, latent_dim, contrast):
        super().__init__()
        self.latent_dim, self.contrast = latent_dim, contrast
        self.shade = nn.Parameter(weights[latent_dim].clone())

    def encode(self, x):
        """(B, d) -> (B, d)"""
        return self.contrast * flat_images(x, self.shade) * self.shade

    def decode(self, z):
        """(B, d) -> (B, d)"""
        return torch.sigmoid(z)

    def forward(self, x):
        """(B, d) -> (reconstruction, latent)"""
        z = self.encode(x)
        return self.decode(z), z


def shade_class(weights, contrast, **fixed):
    """Return a class-like factory of ShadeAutoencoder; with `latent_dim` it needs no argument."""
    return functools.partial(Factory("ShadeAutoencoder"), weights, contrast=contrast, **fixed)


class Flickering(TensorDataset):
    """A dataset whose images change their brightness each time they are fetched, as augmented images do."""

    def __init__(self, images, labels):
        super().__init__(images, labels)
        self.fetched = [0] * len(images)

    def __getitem__(self, index):
        self.fetched[index] += 1
        image, label = super().__getitem__(index)
        return image * (0.3 + 0.618 * self.fetched[index] % 0.7), label


def flickering_loader(images, labels, size):
    """Return a loader whose batches differ from pass to pass."""
    return DataLoader(Flickering(images, labels.long()), batch_size=size)


class SmallAutoencoder(nn.Module):
    """A small autoencoder for sweeps over latent dimensions, with one hidden layer each way."""

    def __init__(self, input_dim=32, latent_dim=32):
        super().__init__()
        self.latent_dim = latent_dim
        self.inner = nn.Sequential(nn.Linear(input_dim, 128), nn.ReLU(), nn.Linear(128, latent_dim))
        self.outer = nn.Sequential(nn.Linear(latent_dim, 128), nn.ReLU(), nn.Linear(128, input_dim))

    def encode(self, x):
        """(B, d) -> (B, k)"""
        return self.inner(x)

    def decode(self, z):
        """(B, k) -> (B, d)"""
        return torch.sigmoid(self.outer(z))

    def forward(self, x):
        """(B, d) -> (reconstruction, latent)"""
        z = self.encode(x)
        return self.decode(z), z


class Loss(nn.Module):
    """One of torch's losses, for two tensors of one shape; a student's own options are not its business."""

    def __init__(self, function):
        super().__init__()
        self.function, self.__name__ = function, function.__name__

    def forward(self, x_hat, x, *, reduction="mean"):
        """() of two tensors of one shape; NotImplemented for a reduction that torch does not have."""
        known = reduction in ("mean", "sum", "none")
        return self.function(x_hat, x, reduction=reduction) if known else NotImplemented


mse_loss = Loss(nn.functional.mse_loss)
bce_loss = Loss(nn.functional.binary_cross_entropy)
mae_loss = Loss(nn.functional.l1_loss)


class Models:
    """A model class that builds known autoencoders and records them for the checks.

    A size without known weights gets zeros.
    """

    def __init__(self, weights, train_gain=1.0, contrast=None):
        self.weights, self.train_gain, self.contrast = weights, train_gain, contrast
        self.home, self.here = os.getpid(), []
        self.elsewhere = Path(tempfile.gettempdir(), uuid.uuid4().hex)  # what other processes ask for

    def __call__(self, *sizes, latent_dim=None):
        if latent_dim is None and not sizes:
            raise TypeError("model_class() needs a latent_dim; write model_class(latent_dim=k)")
        k = int(sizes[-1] if latent_dim is None else latent_dim)
        model = self.build(k)
        if os.getpid() == self.home:
            self.here.append((model, bool(sizes)))
        else:
            with self.elsewhere.open("a") as file:
                file.write(f"{k} {int(bool(sizes))}\n")
        return model

    def asked(self):
        """Return (model, whether its size was given by position) of each call, in whatever process it was."""
        lines = self.elsewhere.read_text().splitlines() if self.elsewhere.exists() else []
        calls = [map(int, line.split()) for line in lines]
        return self.here + [(self.build(k), bool(by_position)) for k, by_position in calls]

    @property
    def made(self):
        """The models that were built; one that another process built and kept has its first weights."""
        return [model for model, _ in self.asked()]

    @property
    def positional(self):
        """Whether any size was given by position."""
        return any(by_position for _, by_position in self.asked())

    def build(self, k):
        """Return a model with k latents: of one weight per pixel if there is a contrast."""
        if self.contrast is not None:
            d = max(len(weights) for weights in self.weights.values())
            return ShadeAutoencoder({k: self.weights.get(k, torch.zeros(d))}, k, self.contrast)
        d = max(len(weights[3]) for weights in self.weights.values())
        zeros = [torch.zeros(d, k), torch.zeros(k), torch.zeros(k, d), torch.zeros(d)]
        return TinyAutoencoder({k: self.weights.get(k, zeros)}, k, self.train_gain)


class CurvedAutoencoder(TinyAutoencoder):
    """A tiny autoencoder with a tanh latent, which `train_gain` scales both ways in train mode."""

    def encode(self, x):
        """(B, d) -> (B, k)"""
        z = torch.tanh(flat_images(x, self.down) @ self.down + self.bias_z)
        return z * self.train_gain if self.mode.training else z

    def decode(self, z):
        """(B, k) -> (B, d)"""
        return torch.sigmoid((z * self.train_gain if self.mode.training else z) @ self.up + self.bias_x)


def flat_images(x, weight):
    """Return x, (B, d) or (d,), unchanged; raise ValueError if it does not fit `weight` (d, k)."""
    if x.dim() > 2 or x.shape[-1] != len(weight):
        wanted, hint = f"flat images (B, {len(weight)})", ": flatten them first" if x.dim() > 2 else ""
        raise ValueError(f"the model takes {wanted}, got {tuple(x.shape)}{hint}")
    return x


def quick_loader(images, labels, size):
    """Return a loader of (images, labels) in the given order, in batches of `size`; the last may be short."""
    return DataLoader(Rows(images, labels.long()), batch_size=size, collate_fn=collate)


class SpyAutoencoder(TinyAutoencoder):
    """The tiny autoencoder, with errors that say in words what is wrong with its input."""

    def encode(self, x):
        """(B, d) -> (B, k)"""
        d = len(self.down)
        if x.dim() > 2:
            raise ValueError(f"the model got shape {tuple(x.shape)}; flatten the images: images.flatten(1)")
        if x.shape[-1] != d:
            raise ValueError(f"the model got rows of {x.shape[-1]} pixels, but an image has {d}")
        return super().encode(x)


def spy_class(weights, latent_dim):
    """Return a factory of SpyAutoencoder that takes no argument, as `model_class()` is called."""
    return functools.partial(Factory("spied"), weights, latent_dim)  # as tiny_class and shade_class do


def spied(weights, latent_dim, *args, **kwargs):
    """Return a SpyAutoencoder; raise TypeError for the arguments that `model_class()` was called with."""
    if args or kwargs:
        raise TypeError("model_class takes no arguments; write model_class()")
    return SpyAutoencoder(weights, latent_dim)


class HeldAutoencoder(nn.Module):
    """The curved autoencoder inside another module, so that its weights have other names."""

    def __init__(self, weights, latent_dim, train_gain=1.0):
        super().__init__()
        self.latent_dim = latent_dim
        self.held = CurvedAutoencoder(weights, latent_dim, train_gain)

    def encode(self, x):
        """(B, d) -> (B, k)"""
        return self.held.encode(x)

    def decode(self, z):
        """(B, k) -> (B, d)"""
        return self.held.decode(z)

    def forward(self, x):
        """(B, d) -> (reconstruction, latent)"""
        return self.held(x)


def after_calls(model, x, calls):
    """Call `model` on `x` that many times, without a graph; return what the last call returned."""
    with torch.no_grad():
        for _ in range(calls):
            result = model(x)
    return result


def numbers_to_train(model):
    """Return how many numbers an optimiser gets from `model.parameters()`."""
    return sum(parameter.numel() for parameter in model.parameters())


# One name for all models, and one for all data sets: a name would tell which check is running.
for kind in (TinyAutoencoder, ShadeAutoencoder, CurvedAutoencoder, HeldAutoencoder, SpyAutoencoder):
    kind.__name__ = kind.__qualname__ = "Autoencoder"
for data in (Rows, Flickering):
    data.__name__ = data.__qualname__ = "Images"
