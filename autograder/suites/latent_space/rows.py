"""Reads results that submissions may return in several right forms: sweep entries, elbows, centroids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.judge import RemoteObject, expect

SWEEP = "find_optimal_latent_dim(…)"
WRITTEN = "the elbow is not one of `dims`: return an entry, not a number written or computed"
CENTROID = "a class's centroid"
ABSENT = (
    "the mean of a class that is not in a batch is NaN, and so is every sum with it; "
    "add up latents and counts over all batches, and divide once"
)
POSITION = "the position in the list is returned; the dimension itself was asked for"


def entries(got: Any, dims: Sequence[int]) -> list[dict[Any, Any]]:
    """Return the sweep's entries, one per entry of `dims`, each a dict with at least "dim" and "error"."""
    cause: str | None
    if isinstance(got, dict):
        cause = 'this is a mapping from dim to error; a list of {"dim": k, "error": e} was asked for'
        if "dim" in got and "error" in got:
            cause = "only one dimension's entry is returned; collect them in a list"
            if isinstance(_listed(got["error"]), list):
                cause = (
                    'these are two columns; a list of one {"dim": k, "error": e} per dimension was asked for'
                )
        expect.other(f"{SWEEP}: expected a list of dicts, one for each entry of `dims`", got, cause)
    listed = expect.sequence(SWEEP, got)
    cause = None
    if len(listed) == 1:
        cause = "`return` is inside the loop, or a new list is made for each dimension"
    elif len(listed) > len(dims):
        cause = "`dims` is ignored, or an entry is added in each epoch or batch"
    detail = f"expected {len(dims)} entries, got {len(listed)}"
    expect.true(len(listed) == len(dims), f"{SWEEP}: expected one entry per dimension", detail, cause)
    return [expect.mapping("an entry", entry, ["dim", "error"]) for entry in listed]


def errors(got: Any, dims: Sequence[int]) -> np.ndarray:
    """Return the sweep's errors in the order of `dims`, from any form that contains them.

    Pairs and mappings are accepted too: only `entries` insists on the form asked for. If the entries' "dim"
    values are those of `dims`, they decide the order; otherwise the positions do.
    """
    listed = entries(_as_entries(got, dims), dims)
    values = np.array([_error(entry["error"]) for entry in listed])
    labels = [number(entry["dim"]) for entry in listed]
    if sorted(labels) != sorted(dims):
        return values
    return values[[labels.index(k) for k in dims]]


def _as_entries(got: Any, dims: Sequence[int]) -> Any:
    """Return pairs, a mapping from dim to error, or a mapping of two columns, as entries; otherwise `got`.

    Any of these may be an array, and a mapping may be split into parts, one for each dimension.
    """
    parts = _listed(got)
    if isinstance(parts, list) and parts and all(isinstance(e, dict) and len(e) == 1 for e in parts):
        got = {key: error for part in parts for key, error in part.items()}
    if isinstance(got, dict):
        keys = [k if k in got else str(k) for k in dims]
        if all(key in got for key in keys):
            return [{"dim": k, "error": got[key]} for k, key in zip(dims, keys, strict=True)]
        columns = [_listed(got.get(name)) for name in ("dim", "error")]
        if all(isinstance(column, list) and len(column) == len(dims) for column in columns):
            return [{"dim": k, "error": e} for k, e in zip(*columns, strict=True)]
        return got
    pairs: list[Any] = [_listed(e) for e in parts] if isinstance(parts, list) else [None]
    if all(isinstance(e, list) and len(e) == 2 for e in pairs):
        return [{"dim": k, "error": e} for k, e in pairs]
    return got


def _listed(value: Any) -> Any:
    """Return a tuple, or an array with axes, as a list."""
    long = isinstance(value, tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)
    return list(value) if long else value


def _error(value: Any) -> float:
    cause = "this is a string, or something else that is not a number; return a float"
    if isinstance(value, (list, tuple)):
        cause = "this is one error per batch or epoch; return one number per dimension"
    value = expect.array("error", value, cause=None if isinstance(value, (float, np.ndarray)) else cause)
    cause = "this is one error per batch, epoch or image; return their mean"
    expect.true(value.size == 1, "error: expected one number", f"got {value.size}", cause)
    return float(value.reshape(()))


def number(value: Any) -> float:
    """Return a number as a float, NaN for anything else."""
    plain = type(value) in (int, float) or (isinstance(value, np.ndarray) and value.size == 1)
    return float(np.asarray(value).reshape(())) if plain else float("nan")


def made(models: RemoteObject) -> list[dict[str, Any]]:
    """Return the weights of the models that a stand-in model class has built."""
    kept = models.get("made")
    return [m.state() for m in kept if isinstance(m, RemoteObject)] if isinstance(kept, list) else []


UNCALLED = "`model_class` is never called: models of another class are trained"


def built(models: RemoteObject, dims: Sequence[int]) -> str | None:
    """Return what is wrong with the sizes that a stand-in model class was asked for; None if nothing is."""
    asked = [state["bias_z"].size for state in made(models) if "bias_z" in state]
    if not asked:
        return UNCALLED
    if set(asked).isdisjoint(dims):
        return "`model_class` is called with sizes that are not in `dims`"
    if not set(dims) <= set(asked):
        return "`model_class(latent_dim=k)` is not called for each k of `dims`"
    return None


def elbow_of(value: Any) -> float:
    """Return an elbow as a number."""
    cause = "return one of `dims`, nothing else"
    return expect.scalar("find_elbow(dims, errors)", value, None if value is None else cause)


def elbow_cause(elbow: float, dims: Sequence[int], errors: Sequence[float], corner: int) -> str | None:
    """Return the likely cause of a wrong elbow for a curve whose corner is at position `corner`.

    Call it for right elbows too: they refute the causes that would have led to another one.
    """
    x, e = np.log2(dims), np.array(errors)
    above = int(np.argmax(e - np.interp(x, x[[0, -1]], e[[0, -1]])))
    drop = int(np.argmax(-np.diff(e)))
    middles = dims[len(dims) // 2], dims[(len(dims) - 1) // 2]
    causes: dict[str, float] = {
        "an error is returned; the dimension that it belongs to was asked for": nearest(elbow, errors),
        POSITION: nearest(elbow, (corner, corner + 1)),
        "the smallest error is taken; the elbow is the corner, after which little is gained": dims[-1],
        "the point before the largest drop is taken; the corner is the one after it": dims[drop],
        "the elbow is one entry too late": dims[corner + 1],
        "the first entry is taken: the largest error, or a bound that is never reached": dims[0],
        "the middle of the list is taken": nearest(elbow, middles),
        "the point farthest above the line is taken; the elbow is the farthest below": dims[above],
    }
    return expect.cause_of(elbow, causes) or (None if elbow in dims else WRITTEN)


def nearest(elbow: float, values: Sequence[float]) -> float:
    """Return the value nearest to an elbow that may be any of them."""
    return min(values, key=lambda value: abs(value - elbow))


def row(centroids: Any, label: int, k: int, pixels: int = 16) -> np.ndarray:
    """Return the centroid of `label` as (k,), from rows (n, k), a list of rows, or a mapping by label."""
    entry, case = _entry(centroids, label), f"class {label}"
    expect.true(entry is not None, "class_centroids(…): a class has no entry", case)
    undefined = isinstance(entry, np.ndarray) and entry.dtype.kind == "f" and np.isnan(entry).any()
    values = expect.array(CENTROID, entry, cause=ABSENT if undefined else None, case=case)
    wrong, detail = f"{CENTROID}: expected {k} values", f"{case}: got shape {values.shape}"
    cause = None
    if values.ndim == 2 and values.shape[1] == k:
        cause = "the latents of the class are returned; their mean was asked for"
    elif values.size == 1:
        cause = "the mean runs over the latent's values too; average over the images only"
    elif values.size == pixels:
        cause = "images are averaged, or reconstructions; average the latents of `model.encode`"
        cause += "; or latent values are cut off" if k > pixels else ""
    elif 1 < values.size < k and k > pixels:
        cause = "latent values are cut off"
    elif values.size != k:
        cause = "the mean runs over the wrong axis; average over the images"
    expect.true(values.size == k, wrong, detail, cause)
    return values.reshape(k)


ROUGH = 0.05  # off by at most this, a value is right but for rounding, precision or the order of a sum


def roughly(what: str, got: np.ndarray, right: np.ndarray) -> None:
    """Expect values near the right ones, in a check of something else: any value at all earns nothing."""
    near = got.shape == right.shape and bool(np.abs(got - right).max() <= ROUGH)
    expect.true(near, f"{what}: far from the right values; begin with the check that asks for these")


def empty(centroids: Any, label: int) -> bool:
    """Whether a class has no centroid: its entry is NaN, None, or missing from a mapping."""
    entry = _entry(centroids, label)
    if entry is None or isinstance(entry, np.ndarray):
        return entry is None or bool(np.isnan(entry).all())
    return isinstance(entry, (list, tuple)) and all(np.isnan(number(value)) for value in entry)


def _entry(centroids: Any, label: int) -> Any:
    if isinstance(centroids, dict):
        return next((centroids[key] for key in (label, str(label), float(label)) if key in centroids), None)
    if isinstance(centroids, tuple) and centroids and np.ndim(centroids[0]) == 2 and len(centroids[0]) > 1:
        centroids = centroids[0]  # with counts or the like beside them; a public check judges that
    rows = expect.sequence("class_centroids(…)", centroids)
    axes = [part.ndim for part in rows[:4] if isinstance(part, np.ndarray)]
    if isinstance(centroids, (list, tuple)) and axes[:1] == [2] and len(rows) < 4 and axes != [2] * len(rows):
        cause = "something is returned beside the centroids, such as the counts"
        expect.other("class_centroids(…): expected the centroids alone", centroids, cause)
    cause = "only classes that occur have a row; a class without images needs a row of NaN"
    if len(rows) == 10:
        cause = "ten classes are written into the code; use `n_classes`"
    detail = f"class {label} has none: got {len(rows)} rows"
    expect.true(label < len(rows), "class_centroids(…): expected a row for each class", detail, cause)
    return np.asarray(rows[label]) if isinstance(rows[label], np.generic) else rows[label]


def has_gradient(answer: dict[str, Any]) -> bool:
    """Whether a gradient reached the first argument, from the answer to `vjp`."""
    return answer["differentiable"] is True and any(g is not None for g in answer["arguments"][:1])
