"""Stand-ins that the worker builds in the student's process: what `train_denoising` is given.

The judge sends this file's text over the wire. None of them answers a question.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def loader(images, labels, batch_size):
    """Return a loader of (images, labels) in the given order; the last batch may be short."""
    return DataLoader(TensorDataset(images, labels), batch_size=batch_size)


class TinyAutoencoder(nn.Module):
    """One linear layer in, one out, with known weights; in train mode, `train_gain` scales the latent."""

    def __init__(self, down, bias_z, up, bias_x, train_gain=1.0, training=True):
        super().__init__()
        self.train_gain = train_gain
        self.down, self.bias_z, self.up, self.bias_x = map(nn.Parameter, (down, bias_z, up, bias_x))
        self.train(training)

    def forward(self, x):
        """(B, d) -> (reconstruction, latent)"""
        z = (x @ self.down + self.bias_z) * (self.train_gain if self.training else 1.0)
        return torch.sigmoid(z @ self.up + self.bias_x), z


class HeldAutoencoder(nn.Module):
    """The tiny autoencoder inside another module: its parameters and its mode are those of the inner one."""

    def __init__(self, *weights_and_settings):
        super().__init__()
        self.held = TinyAutoencoder(*weights_and_settings)
        self.training = self.held.training

    def forward(self, x):
        """(B, d) -> (reconstruction, latent)"""
        return self.held(x)


class Masks:
    """A corruption: each call multiplies the images by the next mask; it keeps what it was given."""

    def __init__(self, masks):
        self.masks, self.calls = masks, []

    def __call__(self, x):
        d = self.masks.shape[1]
        if x.dim() != 2 or x.shape[1] != d:
            raise ValueError(f"corrupt got shape {tuple(x.shape)}; expected flat images (B, {d})")
        self.calls.append(x.detach().clone())
        return x * self.masks[(len(self.calls) - 1) % len(self.masks)]


def bright_loss():
    """Return a loss of (reconstruction, x, latent) in which bright pixels and large latents count more."""

    def loss_fn(reconstruction, x, latent):
        return ((reconstruction - x) ** 2 * (1 + 2 * x)).mean() + 0.05 * (latent**2).mean()

    return loss_fn


for kind in (TinyAutoencoder, HeldAutoencoder):  # so that no check can be told by a name
    kind.__name__ = kind.__qualname__ = "Autoencoder"
