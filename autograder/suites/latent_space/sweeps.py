"""The errors of a sweep over the tiny stand-in: the right ones, and those of each known mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.suites.latent_space.oracle import Array, Tiny, mae, mse

Kind = Callable[[list[Array], float], Tiny]


class Accumulating(Tiny):
    """Never forgets a gradient."""

    total: Sequence[Array] = ()

    def _adam(self, grads: list[Array], lr: float) -> None:
        self.total = [t + g for t, g in zip(self.total, grads, strict=True)] if self.total else grads
        super()._adam(list(self.total), lr)


class EpochStep(Accumulating):
    """Takes one step at the end of `train`, with the gradients of all batches."""

    def _adam(self, grads: list[Array], lr: float) -> None:
        self.total = [t + g for t, g in zip(self.total, grads, strict=True)] if self.total else grads
        self.rate = lr

    def train(self, x: Array, sizes: Sequence[int], loss: str, epochs: int, lr: float) -> list[float]:
        """Train as Tiny does, with one step per epoch."""
        history = []
        for _ in range(epochs):
            self.total = ()
            history += super().train(x, sizes, loss, 1, lr)
            Tiny._adam(self, list(self.total), lr)
        return history


class GradientDescent(Tiny):
    """Uses plain gradient descent (SGD)."""

    def _adam(self, grads: list[Array], lr: float) -> None:
        self.w = [w - lr * g for w, g in zip(self.w, grads, strict=True)]


class Decaying(Tiny):
    """Uses AdamW: weights decay by 0.01."""

    def _adam(self, grads: list[Array], lr: float) -> None:
        self.w = [w * (1 - 0.01 * lr) for w in self.w]
        super()._adam(grads, lr)


class Amnesic(Tiny):
    """Begins every epoch with a new optimiser."""

    def train(self, x: Array, sizes: Sequence[int], loss: str, epochs: int, lr: float) -> list[float]:
        """Train as Tiny does, forgetting the optimiser's state each epoch."""
        history = []
        for _ in range(epochs):
            self.forget()
            history += super().train(x, sizes, loss, 1, lr)
        return history


class Aimed(Tiny):
    """Is trained to reconstruct a target other than its input; subclasses define the target."""

    def aim(self, x: Array) -> Array:
        """The target for x."""
        raise NotImplementedError

    def step(self, x: Array, loss: str, lr: float) -> float:
        """Take one step of Adam towards the wrong target, MSE only; return the loss before it."""
        z, y = self.encode(x, self.gain), self.aim(x)
        p = self.decode(z)
        self._adam(self.gradients(x, z, 2 * (p - y) / x.size * p * (1 - p)), lr)
        return mse(p, y)


class Binarised(Aimed):
    """Is trained towards black and white images."""

    def aim(self, x: Array) -> Array:
        """1 where a pixel is above one half, otherwise 0."""
        return (x > 0.5).astype(float)


class Zeroed(Aimed):
    """Is trained towards empty images."""

    def aim(self, x: Array) -> Array:
        """Zeros."""
        return np.zeros_like(x)


@dataclass(frozen=True)
class Sweep:
    """A sweep's arguments: weights by latent size, flat train and test images and their batches, settings.

    `weights` has at least the sizes k - 1, k and k + 1 for each k in `dims`. In train mode, `gain` scales the
    tiny model's latent.
    """

    weights: Mapping[int, list[Array]]
    x: Array
    sizes: tuple[int, ...]
    test: Array
    test_sizes: tuple[int, ...]
    dims: tuple[int, ...]
    epochs: int
    lr: float
    gain: float = 1.0

    def models(self, kind: Kind = Tiny, loss: str = "MSE", shift: int = 0) -> list[Tiny]:
        """Return one trained model per dimension."""
        models = [kind(self.weights[k + shift], self.gain) for k in self.dims]
        for model in models:
            model.train(self.x, self.sizes, loss, self.epochs, self.lr)
        return models

    def errors(self, kind: Kind = Tiny, loss: str = "MSE", shift: int = 0) -> Array:
        """Return the mean squared error over all test images, per dimension."""
        return means(self.models(kind, loss, shift), self.test)

    def mistakes(self) -> dict[str, Array]:
        """Return the errors that known mistakes lead to, by cause, without those close to right."""
        right = self.errors()
        wrong = {**self._measured(), **self._trained(), **self._reused()}
        return {cause: e for cause, e in wrong.items() if not np.allclose(e, right, rtol=3e-3, atol=0)}

    def _measured(self) -> dict[str, Array]:
        """Return the errors of right models, measured with mistakes."""
        models, test, right = self.models(), self.test, self.errors()
        images = np.array([m.decode(m.encode(test)) for m in models])  # (dims, n, d)
        squares = (images - test) ** 2
        cuts = np.cumsum(self.test_sizes)[:-1]
        batches = np.array([[b.mean() for b in np.split(s, cuts)] for s in squares])  # (dims, batches)
        counts, n, d = len(self.test_sizes), *test.shape
        noisy = np.array([mse(m.decode(m.encode(test, self.gain)), test) for m in models])
        return {
            "the error is measured on the training images": means(models, self.x),
            "the error is measured in train mode: call eval() before measuring": noisy,
            "the means of the batches are averaged, so images in a short batch count more": batches.mean(1),
            "the means of the batches are added up and never divided": batches.sum(1),
            "the means of the batches are added up and divided by the number of images": batches.sum(1) / n,
            "the sum of squares is divided by the number of batches": squares.sum((1, 2)) / counts,
            "every batch is weighed by the size of the first": batches.sum(1) * self.test_sizes[0] / n,
            "only the last batch is measured": batches[:, -1],
            "only the first batch is measured": batches[:, 0],
            "the last test batch is left out": squares[:, : cuts[-1]].mean((1, 2)),
            "you sum over the pixels; the mean is over all elements": right * d,
            "the sum over all elements is never divided": right * n * d,
            "the squared errors are divided by the pixels only": right * n,
            "the root is taken (RMSE); the mean squared error was asked for": right**0.5,
            "the absolute error is reported; the squared one was asked for": np.array(
                [mae(p, test) for p in images]
            ),
            "BCE is reported; the mean squared error was asked for": np.array(
                [-(test * np.log(p) + (1 - test) * np.log(1 - p)).mean() for p in images]
            ),
            "the median over the images is taken; the mean was asked for": np.median(squares.mean(2), axis=1),
            "the largest error is taken; the mean was asked for": squares.mean(2).max(1),
            "the errors are sorted; they belong in the order of dims": np.sort(right)[::-1],
            "the errors are sorted, smallest first; they belong in the order of dims": np.sort(right),
            "the sum is not set to zero for each dimension: errors add up": np.cumsum(right),
            "sum and count are not set to zero for each dimension": np.cumsum(right)
            / np.arange(1, len(right) + 1),
            "the error is rounded to two decimals": np.round(right, 2),
            "the error is rounded to three decimals": np.round(right, 3),
            "the error is rounded to four decimals": np.round(right, 4),
            "the error is in percent": right * 100,
            "the difference is not squared": np.array([(p - test).mean() for p in images]),
        }

    def _trained(self) -> dict[str, Array]:
        """Return the errors of models trained with mistakes."""
        epochs, losses = self._by_epoch(), self._last_losses()
        still, short = replace(self, lr=0.0), replace(self, x=self.x[: self.sizes[0]], sizes=self.sizes[:1])
        last = slice(sum(self.sizes[:-1]), None)
        final = replace(self, x=self.x[last], sizes=self.sizes[-1:])
        most = replace(self, x=self.x[: last.start], sizes=self.sizes[:-1])
        peeking = replace(self, x=self.test, sizes=self.test_sizes)
        fed = replace(self, x=2 * self.x - 1, test=2 * self.test - 1)
        return {
            "the models are not trained: `backward` or `step` is missing or changes nothing": still.errors(),
            "only one epoch is trained, or each epoch starts with a fresh model": epochs[0],
            "one epoch too few is trained": epochs[-2],
            "one epoch too many is trained": replace(self, epochs=self.epochs + 1).errors(),
            "the best epoch is kept; the error after the last epoch was asked for": epochs.min(0),
            "the errors of all epochs are averaged; the last was asked for": epochs.mean(0),
            "the training loss is reported; measure on the test set": losses.mean(1),
            "the mean training loss is reported; measure on the test set": losses @ self.sizes / len(self.x),
            "the last batch's training loss is reported; measure on the test set": losses[:, -1],
            "the learning rate given is ignored": replace(self, lr=1e-3).errors(),
            "gradients accumulate: call `zero_grad` before each `backward`": self.errors(Accumulating),
            "gradients accumulate within an epoch: call `zero_grad` for each batch": self.errors(PiledEpoch),
            "one step is taken per epoch; take one per batch": self.errors(EpochStep),
            "one step is taken per epoch, on its last batch; take one per batch": final.errors(),
            "only the first batch of each epoch is trained on": short.errors(),
            "the last training batch is left out": most.errors(),
            "the optimiser is SGD; Adam was asked for": self.errors(GradientDescent),
            "the optimiser is AdamW, whose weights decay; Adam was asked for": self.errors(Decaying),
            "a new optimiser is made in each epoch: make one per model": self.errors(Amnesic),
            "the models are trained with BCE; MSE was asked for": self.errors(loss="BCE"),
            "the models are trained with L1; MSE was asked for": self.errors(loss="L1"),
            "the models are trained towards black and white images, not their input": self.errors(Binarised),
            "the models are trained towards empty images, not their input": self.errors(Zeroed),
            "the images are shifted to [-1, 1]; use them as they come": fed.errors(),
            "the models are trained on the test set": peeking.errors(),
            "the models are trained in eval mode: call train() before training": replace(
                self, gain=1.0
            ).errors(),
            "training is in eval mode from the second epoch on: call train() in each epoch": self._stuck(),
        }

    def _reused(self) -> dict[str, Array]:
        """Return the errors of models that are mixed up between dimensions."""
        models = self.models()
        last = means(models[-1:], self.test)
        untrained = replace(self, lr=0.0).errors()
        first = means(models[:1], self.test)
        return {
            "one model is trained again and again; each dimension needs a fresh one": self._on_and_on(0),
            "one model of the last size is trained again and again; each needs a fresh one": self._on_and_on(
                -1
            ),
            "all entries have the last dimension's error: one model is measured, or one dict is added": (
                np.repeat(last, len(self.dims))
            ),
            "all entries have the first dimension's error": np.repeat(first, len(self.dims)),
            "the first model's optimiser is used for all models; each model needs its own": np.append(
                first, untrained[1:]
            ),
            "the latent dimension is one too large": self.errors(shift=1),
            "the latent dimension is one too small": self.errors(shift=-1),
            "the models are made beforehand and used in the order of sorted dims": np.array(
                [self.errors()[self.dims.index(k)] for k in sorted(self.dims)]
            ),
        }

    def _by_epoch(self) -> Array:
        """Return the test errors (epochs, dims) after each epoch."""
        models = [Tiny(self.weights[k], self.gain) for k in self.dims]
        rows = []
        for _ in range(self.epochs):
            for model in models:
                model.train(self.x, self.sizes, "MSE", 1, self.lr)
            rows.append(means(models, self.test))
        return np.array(rows)

    def _last_losses(self) -> Array:
        """Return the training losses (dims, batches) of the last epoch."""
        models = replace(self, epochs=self.epochs - 1).models()
        batches = np.split(self.x, np.cumsum(self.sizes)[:-1])
        return np.array([[model.step(b, "MSE", self.lr) for b in batches] for model in models])

    def _stuck(self) -> Array:
        models = [Tiny(self.weights[k], self.gain) for k in self.dims]
        for model in models:
            model.train(self.x, self.sizes, "MSE", 1, self.lr)
            model.gain = 1.0
            model.train(self.x, self.sizes, "MSE", self.epochs - 1, self.lr)
        return means(models, self.test)

    def _on_and_on(self, which: int) -> Array:
        model, errors = Tiny(self.weights[self.dims[which]], self.gain), []
        for _ in self.dims:
            model.forget()
            model.train(self.x, self.sizes, "MSE", self.epochs, self.lr)
            errors.append(model.errors(self.test).mean())
        return np.array(errors)


class PiledEpoch(Accumulating):
    """Forgets gradients between epochs only."""

    def train(self, x: Array, sizes: Sequence[int], loss: str, epochs: int, lr: float) -> list[float]:
        """Train as Tiny does; gradients add up within an epoch."""
        history = []
        for _ in range(epochs):
            self.total = ()
            history += super().train(x, sizes, loss, 1, lr)
        return history


def means(models: Sequence[Tiny], x: Array) -> Array:
    """Return each model's mean squared error over the images x."""
    return np.array([m.errors(x).mean() for m in models])
