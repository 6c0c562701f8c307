"""What the checks of `train_denoising` give, and how they compare what comes back with the judge's run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.judge import RemoteObject, Student, attempt, expect
from autograder.suites.undercomplete_overcomplete.oracle import Array, Wrong
from autograder.suites.undercomplete_overcomplete.seen import KEPT, alike, numbers
from autograder.suites.undercomplete_overcomplete.training import STILL, Run, wrong_histories

NAMES = ("down", "bias_z", "up", "bias_x")
TOLERANCE = (1e-4, 1e-6)  # float32 and float64 differ by at most 2e-6 after these runs
RECORDED = "the weights are right, so the training is; the numbers returned are not the means of its losses"


@dataclass(frozen=True)
class Earlier:
    """A call that came before, in the same process: what it was given, and the losses that it returned."""

    run: Run
    losses: Any

    def right(self) -> bool:
        """True if its losses are those of the judge's run."""
        seen = as_losses(self.losses, self.run)
        return seen is not None and bool(agrees(seen, self.run))


def as_losses(value: Any, run: Run) -> Array | None:
    """Return a list of plain floats, one for each epoch, as an array; None for anything else."""
    plain = isinstance(value, list) and len(value) == run.epochs and all(type(x) is float for x in value)
    return np.array(value, np.float64) if plain else None


def agrees(losses: Array, run: Run) -> bool:
    """True if the losses are those of the judge's run, averaged over samples or over batches."""
    right = run.trained()
    return any(alike(losses, mean, 1e-4) for mean in (right.per_sample(), right.per_batch()))


def drawn(seed: int, n: int, d: int, k: int) -> tuple[Array, tuple[Array, ...], Array]:
    """Return smooth images (n, d) in (0, 1), first weights of the tiny autoencoder, and five masks (5, d)."""
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(n, 3)) @ rng.normal(size=(3, d)) * np.linspace(0.4, 1.6, n)[:, None]
    weights = [rng.normal(size=shape) * 0.4 for shape in ((d, k), (k,), (k, d), (d,))]
    masks = (rng.random((5, d)) > 0.4) * rng.uniform(0.6, 1.4, (5, 1))
    x = 1 / (1 + np.exp(-codes + 0.3 * rng.normal(size=codes.shape)))
    return x.astype("f4"), tuple(w.astype("f4") for w in weights), masks.astype("f4")


def batched(seed: int, n: int, d: int, k: int, size: int) -> tuple[Array, int, Array, tuple[Array, ...]]:
    """Return the first arguments of a Run: images, batch size, masks, weights."""
    x, weights, masks = drawn(seed, n, d, k)
    return x, size, masks, weights


def given(
    student: Student, run: Run, kind: str = "TinyAutoencoder", training: bool = True
) -> tuple[RemoteObject, RemoteObject, tuple[RemoteObject, ...]]:
    """Return the model, the corruption, and the first four arguments of `train_denoising`.

    `kind` is the model's class among the stand-ins; `training` says in which mode it comes.
    """
    side = round(run.x.shape[1] ** 0.5)
    images, labels = run.x.reshape(-1, 1, side, side), np.zeros(len(run.x), np.int64)
    loader = student.make("loader", images, labels, run.size)
    model = student.make(kind, *run.weights, run.gain, training)
    corrupt = student.make("Masks", run.masks)
    return model, corrupt, (model, loader, student.make("bright_loss"), corrupt)


def history(what: str, value: Any, run: Run, trained: bool = False, earlier: Earlier | None = None) -> None:
    """Expect the losses per epoch of the judge's run.

    `trained` says that the weights at the end are right; `earlier` is a call before, in the same process.
    """
    entries = expect.sequence(what, value)
    text = f"{what}: expected one loss for each of {run.epochs} epochs"
    batches = len(run.batches())
    causes = {
        10: "the argument `epochs` is ignored",
        1: "only one epoch's loss is returned",
        batches * run.epochs: "there is one number per batch; one per epoch was asked for",
        run.epochs + (earlier.run.epochs if earlier else 0): KEPT,
    }
    expect.true(len(entries) == run.epochs, text, f"got {len(entries)}", causes.get(len(entries)))
    got = expect.array(what, entries)
    expect.true(got.size == run.epochs, f"{what}: expected one number per epoch", f"got shape {got.shape}")
    got, right = got.reshape(-1), run.trained()
    accepted = min((right.per_sample(), right.per_batch()), key=lambda mean: float(np.abs(mean - got).max()))
    expect.close(what, got, accepted, *TOLERANCE, lambda: _explained(got, run, trained, earlier))


def _explained(
    got: Array, run: Run, trained: bool = False, earlier: Earlier | None = None
) -> Mapping[str, Any]:
    """Return the cause whose losses are nearest to those seen, if they are the same up to rounding."""
    scale = float(np.abs(got).max(initial=1e-300))
    near = [
        (float(np.abs(got - value).max()), cause) for cause, value in _of_length(wrong_histories(run), run)
    ]
    off, cause = min(near, key=lambda pair: pair[0])
    if off <= 2e-5 * scale:
        return {KEPT if cause == STILL and earlier and earlier.right() else cause: got}
    return {RECORDED: got} if trained else {}


def _of_length(wrong: Wrong, run: Run) -> Wrong:
    return [(cause, value) for cause, value in wrong if np.shape(value) == (run.epochs,)]


def agree(state: Callable[[], Any], run: Run) -> bool:
    """True if the model's weights, which `state` returns, are those of the judge's run."""
    found = attempt(lambda: _as_arrays(expect.mapping("the model's weights", state(), NAMES)))
    holder: list[Any] = []
    attempt(lambda: holder.append(found()))
    wanted = run.trained().weights
    return bool(holder) and all(
        got is not None and alike(got, right, 1e-3) for got, right in zip(holder[0], wanted, strict=True)
    )


def _as_arrays(state: Mapping[str, Any]) -> list[Array | None]:
    return [numbers(state[name]) for name in NAMES]


def weights(state: Mapping[str, Any], run: Run, losses: Any) -> None:
    """Expect the weights at the end of the judge's run; the `losses` per epoch may tell why not."""
    for name, first, right in zip(NAMES, run.weights, run.trained().weights, strict=True):
        what = f"the model's {name} after training"
        got = expect.array(what, state[name], right.shape)
        still = np.allclose(got, first, atol=1e-6)
        expect.close(what, got, right, 1e-3, 1e-4, lambda got=got, still=still: _why(got, still, losses, run))


def _why(got: Array, still: bool, losses: Any, run: Run) -> Mapping[str, Any]:
    """Return why the model's weights are not the right ones, if the losses say so or nothing moved."""
    seen = as_losses(losses, run)
    if seen is not None and not agrees(seen, run) and (found := _explained(seen, run)):
        return dict.fromkeys(found, got)
    return {"a copy of the model was trained, not the one given": got} if still else {}


def corrupted(calls: list[Any], run: Run) -> None:
    """Expect one call of `corrupt` for each batch of each epoch."""
    wanted = len(run.batches()) * run.epochs
    causes = {
        0: "`corrupt` is never called",
        2 * wanted: "`corrupt` is called twice for a batch, for example for the target as well",
        1: "`corrupt` is called once; it must be called for every batch",
    }
    detail = f"expected {wanted}, got {len(calls)}"
    text = "expected one call of `corrupt` for each batch of each epoch"
    expect.true(len(calls) == wanted, text, detail, causes.get(len(calls)))
