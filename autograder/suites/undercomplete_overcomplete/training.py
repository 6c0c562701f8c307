"""The judge's own run of `train_denoising` on the stand-ins, in NumPy, and those of known mistakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from autograder.suites.undercomplete_overcomplete.oracle import Array, Wrong

BETAS, EPS = (0.9, 0.999), 1e-8


@dataclass(frozen=True)
class Way:
    """How a run trains; the defaults are right.

    `fed`, `aimed`: "clean", "corrupted", or "again" (corrupted by a further call). `update` names a rule of
    `Optimizer`; `fresh` says when an optimizer is made: "call", "epoch" or "batch". `drawn` says how
    the corruption changes: by "batch", by "epoch", or "repeated" in every epoch. `rate` has factors of `lr`.
    """

    fed: str = "corrupted"
    aimed: str = "clean"
    swapped: bool = False
    plain: bool = False
    update: str = "adam"
    fresh: str = "call"
    drawn: str = "batch"
    lr: float | None = None
    rate: Sequence[float] = ()
    gain: float | None = None
    first: int | None = None  # batches per epoch, at most
    full: bool = False  # short batches are left out
    trains: int | None = None  # epochs that train, at most


@dataclass
class Optimizer:
    """Adam, and what people take in its place."""

    rule: str
    m: list[Array] = field(default_factory=list)
    v: list[Array] = field(default_factory=list)
    t: int = 0

    def step(self, weights: list[Array], grads: list[Array], lr: float) -> None:
        """Change `weights` in place."""
        if not self.m:
            self.m, self.v = [g * 0 for g in grads], [g * 0 for g in grads]
        self.t += 1
        if self.rule == "adamw":
            for w in weights:
                w *= 1 - 0.01 * lr
        if self.rule == "decay":
            grads = [g + 1e-5 * w for g, w in zip(grads, weights, strict=True)]
        for w, g, m, v in zip(weights, grads, self.m, self.v, strict=True):
            w -= lr * self._move(g, m, v)

    def _move(self, g: Array, m: Array, v: Array) -> Array:
        if self.rule == "none":
            return g * 0
        if self.rule in ("sgd", "momentum"):
            m *= 0.9 if self.rule == "momentum" else 0.0
            m += g
            return m
        if self.rule == "rmsprop":
            v += 0.01 * (g * g - v)
            return g / (np.sqrt(v) + EPS)
        m += (1 - BETAS[0]) * (g - m)
        v += (1 - BETAS[1]) * (g * g - v)
        return m / (1 - BETAS[0] ** self.t) / (np.sqrt(v) / math.sqrt(1 - BETAS[1] ** self.t) + EPS)


@dataclass(frozen=True)
class Run:
    """What `train_denoising` is given: flat images, batch size, masks, first weights, settings."""

    x: Array
    size: int
    masks: Array
    weights: tuple[Array, ...]
    epochs: int = 10
    lr: float = 1e-3
    gain: float = 1.0

    def batches(self) -> list[Array]:
        """Return the batches of an epoch, in order."""
        return [self.x[i : i + self.size].astype(float) for i in range(0, len(self.x), self.size)]

    def trained(self, way: Way = Way()) -> Trace:
        """Train in a way; return the losses and the final weights."""
        return Trace.of(self, way)


@dataclass(frozen=True)
class Trace:
    """A run's losses (epochs, batches), the sizes of the batches, and the weights at the end."""

    losses: Array
    sizes: Array
    weights: list[Array]

    @classmethod
    def of(cls, run: Run, way: Way) -> Trace:
        """Train on a run's data in a way."""
        weights, calls, optimizer = [w.astype(float) for w in run.weights], 0, Optimizer(way.update)
        batches = run.batches()[: way.first]
        batches = [b for b in batches if len(b) == len(batches[0])] if way.full else batches
        total, losses = [w * 0 for w in weights], []
        for epoch in range(run.epochs):
            lr = (run.lr if way.lr is None else way.lr) * (way.rate[epoch] if way.rate else 1)
            lr *= way.trains is None or epoch < way.trains
            optimizer = Optimizer(way.update) if way.fresh == "epoch" else optimizer
            for i, x in enumerate(batches):
                at = {"batch": calls, "epoch": epoch, "repeated": i}[way.drawn]
                images = {"clean": x, "corrupted": x * run.masks[at % len(run.masks)]}
                images["again"] = x * run.masks[(at + 1) % len(run.masks)]
                calls += 2 if "again" in (way.fed, way.aimed) else 1
                gain = run.gain if way.gain is None else way.gain
                loss, grads = value_and_gradients(weights, images[way.fed], images[way.aimed], gain, way)
                total = [s + g for s, g in zip(total, grads, strict=True)]
                optimizer = Optimizer(way.update) if way.fresh == "batch" else optimizer
                optimizer.step(weights, total if way.update == "accumulate" else grads, lr)
                losses.append(loss)
        return cls(np.array(losses).reshape(run.epochs, -1), np.array([len(b) for b in batches]), weights)

    def per_sample(self) -> Array:
        """Return the mean over the samples of each epoch, (epochs,)."""
        return np.average(self.losses, axis=1, weights=self.sizes)

    def per_batch(self) -> Array:
        """Return the mean over the batches of each epoch, (epochs,)."""
        return self.losses.mean(1)


def value_and_gradients(
    weights: list[Array], fed: Array, aim: Array, gain: float, way: Way
) -> tuple[float, list[Array]]:
    """Return the loss of one batch, and its gradients by the weights."""
    down, bias_z, up, bias_x = weights
    z = (fed @ down + bias_z) * gain
    p = 1 / (1 + np.exp(-(z @ up + bias_x)))
    bright = 1 + 2 * (p if way.swapped else aim)
    d = p - aim
    if way.plain:
        value, dp, dz = float(np.mean(d * d)), 2 * d / d.size, z * 0
    else:
        value = float(np.mean(d * d * bright) + 0.05 * np.mean(z * z))
        dp, dz = 2 * d * bright / d.size + (2 * d * d / d.size if way.swapped else 0), 0.1 * z / z.size
    da = dp * p * (1 - p)
    dz = (dz + da @ up.T) * gain
    return value, [fed.T @ dz, dz.sum(0), z.T @ da, da.sum(0)]


def halved(epochs: int, every: int) -> tuple[float, ...]:
    """Return the factors of a learning rate that is halved every few epochs."""
    return tuple(0.5 ** (epoch // every) for epoch in range(epochs))


STILL = "the weights never change: `step` or `backward` is missing"
WAYS = [
    ("the target is the corrupted image; the clean one was asked for", Way(aimed="corrupted")),
    ("the target is another corrupted image; the clean one was asked for", Way(aimed="again")),
    ("the model gets the clean images; it must get corrupt(x)", Way(fed="clean")),
    (
        "the model gets the clean images, and the target is the corrupted one",
        Way(fed="clean", aimed="corrupted"),
    ),
    ("`corrupt` is called twice for a batch, and the first result is not used", Way(fed="again")),
    ("the images are corrupted once for each epoch; corrupt every batch", Way(drawn="epoch")),
    ("the images are corrupted once, before the first epoch; corrupt in every epoch", Way(drawn="repeated")),
    ("the first two arguments of `loss_fn` are swapped", Way(swapped=True)),
    ("`loss_fn` is ignored: the model is trained with the mean squared error", Way(plain=True)),
    (STILL, Way(update="none")),
    ("`zero_grad` is missing, so the gradients of all batches add up", Way(update="accumulate")),
    ("the learning rate given is ignored", Way(lr=1e-3)),
    ("the learning rate given is ignored", Way(lr=1e-2)),
    ("a new optimizer is made for every epoch", Way(fresh="epoch")),
    ("a new optimizer is made for every batch", Way(fresh="batch")),
    ("the optimizer is SGD; Adam was asked for", Way(update="sgd")),
    ("the optimizer is SGD with momentum; Adam was asked for", Way(update="momentum")),
    ("the optimizer is AdamW, which shrinks the weights; Adam was asked for", Way(update="adamw")),
    ("the optimizer has a weight decay; plain Adam was asked for", Way(update="decay")),
    ("the optimizer is RMSprop; Adam was asked for", Way(update="rmsprop")),
    ("the model is trained in eval mode: call model.train() first", Way(gain=1.0)),
    ("short batches are left out", Way(full=True)),
    *[(f"only the first batches of an epoch are used ({n})", Way(first=n)) for n in (1, 2, 10, 50, 100)],
]


def wrong_histories(run: Run) -> Wrong:
    """Return the losses per epoch that known mistakes lead to, with their causes in words."""
    traces = [(cause, run.trained(way)) for cause, way in WAYS]
    rates = [
        (f"the learning rate is halved every {n} epochs", halved(run.epochs, n)) for n in (1, 2, 3, 5, 10)
    ]
    traces += [(cause, run.trained(Way(rate=rate))) for cause, rate in rates]
    early = range(1, run.epochs)
    traces += [("the training stops before the last epoch", run.trained(Way(trains=n))) for n in early]
    means = [(cause, mean) for cause, t in traces for mean in (t.per_sample(), t.per_batch())]
    return [*means, *_bookkeeping(run)]


def _bookkeeping(run: Run) -> Wrong:
    """Return the losses per epoch that wrong sums and means of a right training lead to."""
    right = run.trained()
    losses, n = right.losses, len(run.x)
    mean = right.per_batch()
    after = [replace(run, epochs=e + 1).trained().weights for e in range(run.epochs)]
    measured = [np.mean([_loss(w, run, b) for b in run.batches()]) for w in after]
    return [
        ("the losses of the batches are added up; their mean was asked for", losses.sum(1)),
        ("the losses of the batches are divided by the number of images", losses.sum(1) / n),
        ("the losses of all images are added up; their mean was asked for", losses @ right.sizes),
        (
            "the losses of the images are divided by the number of batches",
            losses @ right.sizes / losses.shape[1],
        ),
        ("every batch is weighed like a full one", losses.sum(1) * run.size / n),
        ("only the last batch of each epoch is recorded", losses[:, -1]),
        ("only the first batch of each epoch is recorded", losses[:, 0]),
        ("the running sum is not reset to 0 in each epoch", np.cumsum(losses.sum(1))),
        ("the running sum is not reset to 0 in each epoch", np.cumsum(mean)),
        ("each entry is the mean over all epochs so far", np.cumsum(mean) / np.arange(1, run.epochs + 1)),
        ("the lowest loss so far is recorded, not that of the epoch", np.minimum.accumulate(mean)),
        ("the loss is measured after the epoch, on clean images", np.array(measured)),
        ("the losses are rounded to 2 decimals", mean.round(2)),
        ("the losses are rounded to 3 decimals", mean.round(3)),
        ("the losses are rounded to 4 decimals", mean.round(4)),
    ]


def _loss(weights: list[Array], run: Run, x: Array) -> float:
    return value_and_gradients(weights, x, x, run.gain, Way())[0]
