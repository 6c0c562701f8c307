"""The judge's own computations, in NumPy: losses, networks, training runs, data with known answers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import partial
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
        """Start with a new optimiser."""
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
        """Take one step of Adam on one batch; return the loss before it."""
        z = self.encode(x, self.gain)
        p = self.decode(z)
        value = LOSSES[loss](p, x)
        self._adam(self.gradients(x, z, gradient(loss, p, x) * p * (1 - p)), lr)
        return value

    def gradients(self, x: Array, z: Array, da: Array) -> list[Array]:
        """Return the gradients of the weights, from the gradient `da` (B, d) before the sigmoid."""
        dz = self.gain * (da @ self.w[2].T)
        return [x.T @ dz, dz.sum(0), z.T @ da, da.sum(0)]

    def _adam(self, grads: list[Array], lr: float) -> None:
        b1, b2, eps = ADAM
        self.t += 1
        for i, g in enumerate(grads):
            self.m[i] = b1 * self.m[i] + (1 - b1) * g
            self.v[i] = b2 * self.v[i] + (1 - b2) * g * g
            denominator = np.sqrt(self.v[i]) / math.sqrt(1 - b2**self.t) + eps
            self.w[i] -= lr / (1 - b1**self.t) * self.m[i] / denominator

    def train(self, x: Array, sizes: Sequence[int], loss: str, epochs: int, lr: float) -> list[float]:
        """Train on flat x in batches of the given sizes; return the mean batch loss of each epoch."""
        cuts = np.cumsum(sizes)[:-1]
        return [float(np.mean([self.step(b, loss, lr) for b in np.split(x, cuts)])) for _ in range(epochs)]

    def errors(self, x: Array) -> Array:
        """Return the mean squared error of each image (B,), in eval mode."""
        return np.mean((self.decode(self.encode(x)) - x) ** 2, axis=1)


def flat(x: Array) -> Array:
    """(B, …) -> (B, d) as float64."""
    return x.reshape(len(x), -1).astype(float)


# --- the autoencoder of question 1, by its layers -------------------------------------------------------


def layers(seed: int, d: int, k: int) -> list[tuple[Array, Array]]:
    """Return (weight, bias) of the six layers; decoder weights are the encoder's, transposed.

    So the names and order of the layers do not matter, nor whether a weight is stored transposed.
    """
    rng = np.random.default_rng(seed)
    sizes = [d, 256, 128, k]
    down = [(rng.normal(size=(b, a)) * 1.6 / math.sqrt(a)).astype(np.float32) for a, b in pairwise(sizes)]
    bias = {n: (rng.normal(size=n) * 0.3).astype(np.float32) for n in sizes}
    encoder = [(w, bias[len(w)]) for w in down]
    decoder = [(w.T.copy(), bias[w.shape[1]]) for w in reversed(down)]
    return encoder + decoder


def scaled(stack: list[tuple[Array, Array]], factors: Sequence[float]) -> list[tuple[Array, Array]]:
    """Return the layers with their weights times one factor each."""
    return [((f * w).astype(np.float32), b) for (w, b), f in zip(stack, factors, strict=True)]


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


def weights_in(state: dict[str, Array]) -> dict[str, Array]:
    """Return the entries of a state that can be weights: no empty buffers, no counters."""
    return {n: a for n, a in state.items() if a.size > 1 or (a.size == 1 and a.dtype.kind == "f")}


def transplant(state: dict[str, Array], stack: list[tuple[Array, Array]]) -> dict[str, Array] | None:
    """Return the weights in `state` filled from the layers of the same shape; None if a shape fits no layer.

    Counters, empty buffers and single numbers, which cannot be a layer's weights, are left out.
    """
    by_shape: dict[tuple[int, ...], Array] = {}
    for w, b in stack:
        by_shape.setdefault(w.shape, w)
        by_shape.setdefault(b.shape, b)
    filled = {}
    for name, array in weights_in(state).items():
        source = by_shape.get(array.shape)
        if source is None:
            source = by_shape.get(tuple(n for n in array.shape if n != 1))
        if source is not None:
            filled[name] = source.reshape(array.shape)
        elif array.size > 1:
            return None
    return filled


def filled_half(state: dict[str, Array], stack: list[tuple[Array, Array]]) -> dict[str, Array]:
    """Return the weights in `state` that fit a layer of one half (encoder or decoder), filled from `stack`.

    A layer is known by its two sizes, whichever way round its weight is stored. The other half, whose layers
    have the same sizes, is filled too, to no purpose; whatever fits no layer is left out.
    """
    sources = {tuple(sorted(w.shape)): w for w, _ in stack} | {b.shape: b for _, b in stack}
    filled = {}
    for name, array in weights_in(state).items():
        sizes = tuple(n for n in array.shape if n != 1)
        source = sources.get(tuple(sorted(sizes)))
        if source is not None:
            filled[name] = (source if source.shape == sizes else source.T).reshape(array.shape)
    return filled


def spreads(state: dict[str, Array]) -> dict[str, tuple[float, float]]:
    """Return the spread and the largest value of each weight, in units of PyTorch's default initialisation.

    By default a layer of n inputs draws its weights and biases evenly from -1/√n to 1/√n. Both figures are 1
    then, the first nearly. Of a weight's two sizes, or the layers that a bias may belong to, the one that
    fits better is taken; what fits no layer is left out.
    """
    sizes = {name: tuple(n for n in array.shape if n != 1) for name, array in weights_in(state).items()}
    pairs = {pair for s in sizes.values() if len(s) == 2 for pair in (s, s[::-1])}
    found = {}
    for name, size in sizes.items():
        inputs = set(size) if len(size) == 2 else {b for a, b in pairs if size == (a,)}
        deviation, largest = float(state[name].std()), float(np.abs(state[name]).max())
        units = [(deviation * math.sqrt(3 * n), largest * math.sqrt(n)) for n in inputs]
        if units:
            found[name] = min(units, key=lambda unit: abs(unit[0] - 1))
    return found


# --- known mistakes, made on purpose to name them ---------------------------------------------------------


def gelu(x: Array) -> Array:
    """x times the normal distribution's mass below x"""
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def softplus(x: Array) -> Array:
    """log(1 + e^x)"""
    return np.logaddexp(x, 0)


OTHER_ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "LeakyReLU": lambda x: np.where(x > 0, x, 0.01 * x),
    "LeakyReLU of slope 0.2": lambda x: np.where(x > 0, x, 0.2 * x),
    "PReLU, whose slope is learned,": lambda x: np.where(x > 0, x, 0.25 * x),
    "ReLU6": lambda x: np.clip(x, 0, 6),
    "clamp to [0, 1]": lambda x: np.clip(x, 0, 1),
    "Hardtanh": lambda x: np.clip(x, -1, 1),
    "softplus": softplus,
    "Mish": lambda x: x * np.tanh(softplus(x)),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "ELU": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "GELU": gelu,
    "SiLU": lambda x: x * sigmoid(x),
}


def shape(value: object) -> tuple[int, ...] | None:
    """Return the shape of an array, None for anything else."""
    return value.shape if isinstance(value, np.ndarray) else None


def hard_coded(described: object) -> int | None:
    """Return the default size, 784 or 32, that a model's printed form shows in a layer, or None."""
    sizes = re.findall(r"features=(\d+)", described) if isinstance(described, str) else []
    return next((size for size in (784, 32) if str(size) in sizes), None)


HALVES = {
    "encoder": "the encoder's layers are not input→256→128→latent",
    "decoder": "the decoder is not the encoder's mirror image, latent→128→256→input",
}


def shapes_wrong(state: dict[str, Array], d: int, k: int, half: str = "decoder") -> str | None:
    """Return in words how a model's layers differ from the six asked for; None if they do not.

    Where only some layers have other sizes than asked for, they are those of `half`.
    """
    squeezed = [tuple(n for n in array.shape if n != 1) for array in weights_in(state).values()]
    matrices = sorted(tuple(sorted(s)) for s in squeezed if len(s) == 2)
    wanted = sorted(tuple(sorted(pair)) for pair in pairwise([d, 256, 128, k])) * 2
    vectors = sorted(s[0] for s in squeezed if len(s) == 1)
    biases = sorted([256, 128, k, 128, 256, d])
    if not matrices:
        return "torch sees no layer: use nn.Sequential or nn.ModuleList, not a plain list"
    if matrices == sorted(wanted):
        if len(vectors) < len(biases):
            return "a layer has no bias; each of the six needs one"
        if len(vectors) > len(biases):
            return "a normalisation layer was added; remove it"
        return None
    three = sorted(wanted[:3])
    if matrices == three and len(vectors) >= len(biases):
        return "the decoder reuses the encoder's weights; it needs its own three layers"
    if len(matrices) == 6 and all(pair in matrices for pair in three):
        return HALVES[half]
    if len(matrices) > 6:
        return "the model has more than six linear layers; six were asked for"
    if len(matrices) < 6:
        return "torch sees fewer than six layers: the others are missing or in a plain list"
    return "the hidden layers do not have the sizes 256 and 128"


Update = Callable[["Slip", list[Array], float], None]


class Slip(Tiny):
    """The tiny stand-in, trained with one mistake: a wrong update or a wrong loss."""

    def __init__(
        self,
        weights: list[Array],
        update: Update | None = None,
        slope: Callable[[Array, Array], Array] | None = None,
        value: Callable[[Array, Array], float] | None = None,
        gain: float = 1.0,
    ) -> None:
        super().__init__(weights, gain)
        self.update, self.slope, self.value = update, slope, value
        self.sum: list[Array] = [np.zeros(())] * 4

    def step(self, x: Array, loss: str, lr: float) -> float:
        """Take one step with the mistake; return the loss that the student would have recorded."""
        z = self.encode(x, self.gain)
        p = self.decode(z)
        slope = self.slope(p, x) if self.slope else gradient(loss, p, x)
        grads = self.gradients(x, z, slope * p * (1 - p))
        if self.update:
            self.update(self, grads, lr)
        else:
            self._adam(grads, lr)
        return (self.value or LOSSES[loss])(p, x)


def accumulate(model: Slip, grads: list[Array], lr: float) -> None:
    """Step with Adam on the sum of all gradients so far: `zero_grad` is missing."""
    model.sum = [g + s for g, s in zip(grads, model.sum, strict=True)]
    model._adam(model.sum, lr)


def fresh_adam(model: Slip, grads: list[Array], lr: float) -> None:
    """Step with a new Adam every time."""
    model.forget()
    model._adam(grads, lr)


def sgd(model: Slip, grads: list[Array], lr: float, momentum: float = 0.0) -> None:
    """Step with plain gradient descent, or with momentum if it is given."""
    model.m = [momentum * m + g for m, g in zip(model.m, grads, strict=True)]
    for w, m in zip(model.w, model.m, strict=True):
        w -= lr * m


def adamw(model: Slip, grads: list[Array], lr: float) -> None:
    """Step with Adam and torch's decoupled weight decay of 0.01."""
    for w in model.w:
        w *= 1 - lr * 0.01
    model._adam(grads, lr)


def rmsprop(model: Slip, grads: list[Array], lr: float) -> None:
    """Step with RMSprop and torch's defaults."""
    model.v = [0.99 * v + 0.01 * g * g for v, g in zip(model.v, grads, strict=True)]
    for w, v, g in zip(model.w, model.v, grads, strict=True):
        w -= lr * g / (np.sqrt(v) + 1e-8)


UPDATES: dict[str, Update] = {
    "`zero_grad` is missing, so the gradients of all batches add up": accumulate,
    "a new optimiser is made for every batch": fresh_adam,
    "the optimiser is SGD; Adam was asked for": sgd,
    "the optimiser is SGD with momentum; Adam was asked for": partial(sgd, momentum=0.9),
    "the optimiser is AdamW, which shrinks the weights; Adam was asked for": adamw,
    "the optimiser is RMSprop; Adam was asked for": rmsprop,
}


def wrong_values(name: str, x_hat: Array, x: Array) -> dict[str, float]:
    """Return the losses that known mistakes lead to, by cause in words."""
    right, n, rows = LOSSES[name](x_hat, x), x.size, len(x)
    second = x.shape[1] if x.ndim > 1 else 1
    over_pixels = "you sum over the pixels and average over the images only; the mean is over all elements"
    wrong = {
        over_pixels: right * n / rows,
        "you add up instead of averaging": right * n,
        "you sum over the images and average over the pixels only": right * rows,
        "the minus sign is missing, or there is one too many": -right,
    }
    if x.ndim > 2:  # with two axes, these are the sum over the pixels
        wrong |= {
            "you sum over axis 1 only and average the rest; the mean is over all elements": right * second,
            "you sum over the last axis only and average the rest; the mean is over all elements": right
            * x.shape[-1],
            "you divide by the sizes of the first two axes only": right * n / (rows * second),
        }
    return wrong | {"MSE": _wrong_mse, "BCE": _wrong_bce, "L1": _wrong_mae}[name](x_hat.astype(float), x)


def _wrong_mse(p: Array, x: Array) -> dict[str, float]:
    d = p - x
    return {
        "there is a factor ½ that was not asked for": mse(p, x) / 2,
        "the square root is taken": mse(p, x) ** 0.5,
        "this is the length of the whole difference, not a mean": float(np.sqrt(np.sum(d * d))),
        "the difference is not squared": float(np.mean(d)),
        "the absolute difference is taken, not its square": mae(p, x),
        "you average the differences first and then square": float(np.mean(d)) ** 2,
    }


def _wrong_mae(p: Array, x: Array) -> dict[str, float]:
    d = p - x
    huber = np.where(np.abs(d) < 1, d * d / 2, np.abs(d) - 0.5)
    return {
        "the absolute value is missing": float(np.mean(d)),
        "you average the differences first and then take the absolute value": abs(float(np.mean(d))),
        "the difference is squared; its absolute value was asked for": mse(p, x),
        "the root of the mean square is taken": mse(p, x) ** 0.5,
        "this is Huber's loss (smooth L1), which is quadratic near 0": float(np.mean(huber)),
        "the median is taken, not the mean": float(np.sort(np.abs(d), axis=None)[(d.size - 1) // 2]),
        "the median is taken, not the mean, halfway between two": float(np.median(np.abs(d))),
        "there is a factor ½ that was not asked for": mae(p, x) / 2,
    }


def _wrong_bce(p: Array, x: Array) -> dict[str, float]:
    log_p, log_q = np.log(p), np.log1p(-p)
    wrong = {
        "only the term x·log(x_hat) is there; the term with 1 - x is missing": -float(np.mean(x * log_p)),
        "only the term with 1 - x is there; x·log(x_hat) is missing": -float(np.mean((1 - x) * log_q)),
        "the two terms are exchanged": -float(np.mean((1 - x) * log_p + x * log_q)),
        "the second term is subtracted, not added": -float(np.mean(x * log_p - (1 - x) * log_q)),
        "the logarithm has base 2; the natural one was asked for": bce(p, x) / math.log(2),
        "the logarithm has base 10; the natural one was asked for": bce(p, x) / math.log(10),
        "this is the version for logits: it applies a sigmoid once more": bce(sigmoid(p), x),
        "this is the squared error": mse(p, x),
    }
    if x.min() > 0 and x.max() < 1:
        wrong["the arguments are swapped: x_hat comes first and goes into the logarithm"] = bce(x, p)
    return wrong


def swapped_slope(p: Array, x: Array) -> Array:
    """Gradient with respect to p of a BCE whose arguments are swapped."""
    return (np.log1p(-x) - np.log(x)) / x.size


def swapped_bce(p: Array, x: Array) -> float:
    """The BCE whose arguments are swapped."""
    return bce(x, p)


def steps(model: Tiny, x: Array, sizes: Sequence[int], loss: str, epochs: int, lr: float) -> Array:
    """Train; return the loss of every batch (epochs, batches)."""
    batches = np.split(x, np.cumsum(sizes)[:-1])
    return np.array([[model.step(b, loss, lr) for b in batches] for _ in range(epochs)])
