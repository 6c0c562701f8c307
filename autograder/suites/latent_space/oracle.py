"""What the judge computes by itself, in NumPy: losses, networks, training runs, data with known answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

Array = np.ndarray
ADAM = (0.9, 0.999, 1e-8)


def mse(x_hat: Array, x: Array) -> float:
    """Mean over all elements of the squared difference."""
    return float(np.mean((x_hat.astype(float) - x) ** 2))


def bce(x_hat: Array, x: Array) -> float:
    """Mean over all elements of the binary cross entropy, natural logarithm."""
    p = x_hat.astype(float)
    return float(np.mean(-(x * np.log(p) + (1 - x) * np.log1p(-p))))


def mae(x_hat: Array, x: Array) -> float:
    """Mean over all elements of the absolute difference."""
    return float(np.mean(np.abs(x_hat.astype(float) - x)))


def gradient(name: str, x_hat: Array, x: Array) -> Array:
    """Gradient of a loss with respect to x_hat."""
    p, n = x_hat.astype(float), x_hat.size
    if name == "MSE":
        return 2 * (p - x) / n
    if name == "BCE":
        return (p - x) / (p * (1 - p)) / n
    return np.sign(p - x) / n


LOSSES: dict[str, Callable[[Array, Array], float]] = {"MSE": mse, "BCE": bce, "L1": mae}


def images(seed: int, n: int, side: int = 4) -> tuple[Array, Array]:
    """Return smooth random images (n, 1, side, side) in (0, 1) as float32, and labels (n,)."""
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(n, 3)) @ rng.normal(size=(3, side * side))
    x = 1 / (1 + np.exp(-codes + 0.3 * rng.normal(size=codes.shape)))
    return x.reshape(n, 1, side, side).astype(np.float32), rng.integers(0, 10, n)


def tiny_weights(seed: int, d: int, dims: Sequence[int]) -> dict[int, list[Array]]:
    """Return initial weights (down, bias_z, up, bias_x) of the tiny stand-in, by latent size."""
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> Array:
        return (rng.normal(size=shape) * 0.4).astype(np.float32)

    return {k: [draw(d, k), draw(k), draw(k, d), draw(d)] for k in dims}


class Tiny:
    """The tiny stand-in in NumPy, float64, with Adam."""

    def __init__(self, weights: list[Array], gain: float = 1.0) -> None:
        self.w = [w.astype(float) for w in weights]
        self.gain = gain
        self.forget()

    def forget(self) -> None:
        """Begin with a new optimiser."""
        self.m = [np.zeros_like(w) for w in self.w]
        self.v = [np.zeros_like(w) for w in self.w]
        self.t = 0

    def encode(self, x: Array, gain: float = 1.0) -> Array:
        """(B, d) -> (B, k)"""
        return gain * (x @ self.w[0] + self.w[1])

    def decode(self, z: Array) -> Array:
        """(B, k) -> (B, d)"""
        return 1 / (1 + np.exp(-(z @ self.w[2] + self.w[3])))

    def step(self, x: Array, loss: str, lr: float) -> float:
        """One step of Adam on one batch; returns the loss before it."""
        z = self.encode(x, self.gain)
        p = self.decode(z)
        value = LOSSES[loss](p, x)
        da = gradient(loss, p, x) * p * (1 - p)
        dz = self.gain * (da @ self.w[2].T)
        self._adam([x.T @ dz, dz.sum(0), z.T @ da, da.sum(0)], lr)
        return value

    def _adam(self, grads: list[Array], lr: float) -> None:
        b1, b2, eps = ADAM
        self.t += 1
        for i, g in enumerate(grads):
            self.m[i] = b1 * self.m[i] + (1 - b1) * g
            self.v[i] = b2 * self.v[i] + (1 - b2) * g * g
            denominator = np.sqrt(self.v[i]) / math.sqrt(1 - b2**self.t) + eps
            self.w[i] -= lr / (1 - b1**self.t) * self.m[i] / denominator

    def train(self, x: Array, sizes: Sequence[int], loss: str, epochs: int, lr: float) -> list[float]:
        """Train on flat x in batches of the given sizes; returns the mean batch loss of each epoch."""
        cuts = np.cumsum(sizes)[:-1]
        return [float(np.mean([self.step(b, loss, lr) for b in np.split(x, cuts)])) for _ in range(epochs)]

    def errors(self, x: Array) -> Array:
        """Mean squared error of each sample, in eval mode."""
        return np.mean((self.decode(self.encode(x)) - x) ** 2, axis=1)


def flat(x: Array) -> Array:
    """(B, …) -> (B, d) as float64."""
    return x.reshape(len(x), -1).astype(float)


def manifold(seed: int, r: int, d: int = 32, n: int = 1024) -> Array:
    """Return n points (n, d) on a manifold of r dimensions in which all count the same."""
    rng = np.random.default_rng(seed)
    u = rng.uniform(-math.sqrt(3), math.sqrt(3), (n, r))
    w = np.linalg.qr(rng.normal(size=(d, r)))[0].T * math.sqrt(d / r) * 1.5
    return (1 / (1 + np.exp(-(u @ w + rng.uniform(-0.5, 0.5, d))))).astype(np.float32)


def pca_error(train: Array, test: Array, k: int) -> float:
    """Mean squared error of the best linear reconstruction from k numbers."""
    mean = train.mean(0)
    axes = np.linalg.svd(train - mean, full_matrices=False)[2][:k]
    return float(np.mean((test - mean - (test - mean) @ axes.T @ axes) ** 2))


# --- the autoencoder of question 1, by its layers -------------------------------------------------------


def layers(seed: int, d: int, k: int) -> list[tuple[Array, Array]]:
    """Return (weight, bias) of the six layers, decoder weights being the encoder's transposed.

    So neither names nor order of the layers, nor whether a weight is stored transposed, can matter.
    """
    rng = np.random.default_rng(seed)
    sizes = [d, 256, 128, k]
    down = [(rng.normal(size=(b, a)) * 1.6 / math.sqrt(a)).astype(np.float32) for a, b in pairwise(sizes)]
    bias = {n: (rng.normal(size=n) * 0.3).astype(np.float32) for n in sizes}
    encoder = [(w, bias[len(w)]) for w in down]
    decoder = [(w.T.copy(), bias[w.shape[1]]) for w in reversed(down)]
    return encoder + decoder


def relu(x: Array) -> Array:
    """max(x, 0)"""
    return np.maximum(x, 0)


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x)"""
    return 1 / (1 + np.exp(-x))


def run(
    stack: list[tuple[Array, Array]], x: Array, activations: Sequence[Callable[[Array], Array] | None]
) -> Array:
    """Apply linear layers, each followed by its activation."""
    h = x.astype(float)
    for (w, b), activation in zip(stack, activations, strict=True):
        h = h @ w.astype(float).T + b
        h = h if activation is None else activation(h)
    return h


def transplant(state: dict[str, Array], stack: list[tuple[Array, Array]]) -> dict[str, Array] | None:
    """Return `state` filled with the layers' numbers by shape; None when a shape belongs to no layer.

    What cannot be a weight, a counter or an empty buffer, stays out of it.
    """
    by_shape: dict[tuple[int, ...], Array] = {}
    for w, b in stack:
        by_shape.setdefault(w.shape, w)
        by_shape.setdefault(b.shape, b)
    filled = {}
    for name, array in state.items():
        if array.size == 0 or (array.size == 1 and array.dtype.kind != "f"):
            continue
        source = by_shape.get(array.shape)
        if source is None:
            source = by_shape.get(tuple(n for n in array.shape if n != 1))
        if source is None:
            return None
        filled[name] = source.reshape(array.shape)
    return filled
