"""The stand-in of one weight per pixel in NumPy, and training runs of it that no shortcut imitates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from autograder.judge import drawn
from autograder.suites.latent_space.oracle import LOSSES, Array, Tiny, flat

LONG = drawn.of(__file__)["long"]
# contrasts: with the strong one gradients are longer than 5, and clipping shows
STRONG, WEAK = LONG["strong"], LONG["weak"]
SIZES, EPOCHS, LR = tuple(LONG["sizes"]), LONG["epochs"], LONG["lr"]
MIDDLE = 50.0  # with the weak one, a few small steps lead where a single large one does
DIMS = [2**i for i in range(1, 9)]  # of a sweep by default
EARLY = "training ends early, or the weights of an earlier epoch are put back"
STILL = "the weights are still the first ones: `backward` or `step` is missing, or another model is used"
FEWER = "not every batch of an epoch is trained on"
LIMITS = (1, 2, 3, 4, 5, 8, 10, 15, 16, 20, 25, 30, 32, 40, 50, 60, 64, 75, 80, 90, 96, 99, 100, 101)
RATES: list[Callable[[int, int], float]] = [  # epoch, epochs → the share of the learning rate
    *(lambda e, n, g=g, s=s: g ** (e // s) for s in (2, 3, 5, 10) for g in (0.5, 0.1)),
    *(lambda e, n, g=g: g**e for g in (0.99, 0.95, 0.9, 0.5)),
    lambda e, n: (1 + math.cos(math.pi * e / n)) / 2,
    lambda e, n: 1 - e / n,
    lambda e, n: min(1.0, (e + 1) / 5),
]


class Shade(Tiny):
    """The stand-in of one weight per pixel, float64, with Adam; `clip` and `decay` are mistakes."""

    def __init__(self, weights: Array, contrast: float, clip: float = math.inf, decay: float = 0.0) -> None:
        super().__init__([weights])
        self.contrast, self.clip, self.decay = contrast, clip, decay

    def encode(self, x: Array, gain: float = 1.0) -> Array:
        """(B, d) -> (B, d)"""
        return gain * self.contrast * x * self.w[0]

    def decode(self, z: Array) -> Array:
        """(B, d) -> (B, d)"""
        return 1 / (1 + np.exp(-z))

    def gradients(self, x: Array, z: Array, da: Array) -> list[Array]:
        """Return the gradient of the weights, clipped and with weight decay if those mistakes are made."""
        pull = self.contrast * (da * x).sum(0)
        pull = pull * min(1.0, self.clip / (np.linalg.norm(pull) + 1e-6))
        return [pull + self.decay * self.w[0]]


def restless(
    seed: int, ks: Sequence[int], sizes: Sequence[int] = SIZES, strong: float = STRONG
) -> tuple[dict[int, Array], Array, Array]:
    """Return first weights (4,) by latent size, and images (sum(sizes), 1, 2, 2) and (12, 1, 2, 2), float32.

    The first pixel of all training images is black, so only weight decay moves its weight. A seed of a long
    run must be one whose losses do not fall for several epochs: early stopping, the best weights and
    schedules of the learning rate lead to other weights (see draw.py).
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.05, 0.95, (sum(sizes), 4))
    x[-sizes[-1] :] *= 0.3
    x[:, 0] = 0
    test = rng.uniform(0.05, 0.95, (12, 4))
    weights = {k: (rng.normal(size=4) / strong).astype(np.float32) for k in ks}
    images, others = (a.reshape(-1, 1, 2, 2).astype(np.float32) for a in (x, test))
    return weights, images, others


def brightness(fetched: int) -> float:
    """Return the factor of the stand-in `Flickering` on an image that is fetched for the n-th time."""
    return 0.3 + 0.618 * fetched % 0.7


def many(seed: int, n: int, n_test: int) -> tuple[Array, Array]:
    """Return n training images and n_test test images (N, 1, 2, 2), float32."""
    images = np.random.default_rng(seed).uniform(0.05, 0.95, (n + n_test, 1, 2, 2)).astype(np.float32)
    return images[:n], images[n:]


@dataclass(frozen=True)
class Course:
    """One training run: first weights (d,), images (N, 1, 2, 2), the batches' sizes, loss and settings.

    `contrast` is the stand-in's: a factor on its weights.
    """

    first: Array
    x: Array
    sizes: tuple[int, ...] = SIZES
    loss: str = "MSE"
    epochs: int = EPOCHS
    lr: float = LR
    contrast: float = STRONG

    @cached_property
    def path(self) -> Array:
        """The weights (steps, d) after each step of right training."""
        return self.steps()

    @property
    def last(self) -> Array:
        """The weights (d,) after right training."""
        return self.path[-1]

    def steps(
        self,
        rate: Callable[[int, int], float] | None = None,
        clip: float = math.inf,
        decay: float = 0.0,
    ) -> Array:
        """Return the weights (steps, d) after each step, with the mistakes given."""
        model, kept = Shade(self.first, self.contrast, clip, decay), []
        batches = np.split(flat(self.x)[: sum(self.sizes)], np.cumsum(self.sizes)[:-1])
        for epoch in range(self.epochs):
            for batch in batches:
                model.step(batch, self.loss, self.lr * (rate(epoch, self.epochs) if rate else 1.0))
                kept.append(model.w[0].copy())
        return np.array(kept)

    def shortcuts(self) -> dict[str, list[Array]]:
        """Return the last weights that common shortcuts lead to, by cause."""
        causes = {
            EARLY: [*self.path[:-1]],
            STILL: [self.first],
            "the learning rate changes during training; `lr` was asked for in every epoch": [
                self.steps(rate)[-1] for rate in RATES
            ],
            "gradients are clipped, which was not asked for": [
                self.steps(clip=norm)[-1] for norm in (0.5, 1.0, 5.0)
            ],
            "the weights decay: `weight_decay` was not asked for": [
                self.steps(decay=decay)[-1] for decay in (1e-6, 1e-5, 1e-4, 5e-4, 1e-3, 1e-2)
            ],
        }
        if self.epochs == 1:  # any number of batches fits something by accident, so only usual limits
            causes = {FEWER: [self.path[n - 1] for n in LIMITS if n < len(self.sizes)]}
        if self.sizes[-1] < self.sizes[0]:
            causes["the short last batch is not trained on"] = [replace(self, sizes=self.sizes[:-1]).last]
        return causes

    def reconstructions(self, weights: Array, images: Array) -> Array:
        """Return what the model makes of images with the given weights: (N, d)."""
        model = Shade(weights, self.contrast)
        return model.decode(model.encode(flat(images)))

    def error(self, weights: Array, images: Array) -> float:
        """Return the mean squared error on images with the given weights."""
        return LOSSES["MSE"](self.reconstructions(weights, images), flat(images))


def nearest(got: Array, likely: Mapping[str, Sequence[Array]], rtol: float) -> str | None:
    """Return the cause whose values are nearest to `got` if they are within `rtol` of it, or None."""
    scale = float(np.abs(got).max(initial=1e-9))
    off = {
        cause: min(float(np.nan_to_num(np.abs(got - value).max(), nan=np.inf)) for value in values)
        for cause, values in likely.items()
        if values
    }
    best = min(off, key=off.__getitem__, default=None)
    return best if best is not None and off[best] <= rtol * scale else None
