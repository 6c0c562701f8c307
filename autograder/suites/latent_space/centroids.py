"""The centroids, sums and images that each known mistake leads to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.suites.latent_space.oracle import Array, Tiny

HARD_CODED = "the classes 3, 8 and 0 are used instead of the arguments"
TEN = "ten classes are written into the code; use the numbers as they are given"
AGAIN = (
    "something that an earlier call made is used again (a list outside the function, a cache, an iterator); "
    "create it in each call"
)


class Curved(Tiny):
    """The curved stand-in in NumPy: the latent is a tanh, scaled by `gain`."""

    def encode(self, x: Array, gain: float = 1.0) -> Array:
        """(B, d) -> (B, k)"""
        return gain * np.tanh(super().encode(x))


def of_class(
    model: Tiny, x: Array, labels: Array, sizes: Sequence[int], label: int, n: int
) -> dict[str, Array]:
    """Return the centroids of one class that known mistakes lead to, by cause, without those close to right.

    `x` contains flat images (B, d) of `n` classes, in batches of the given sizes.
    """
    z, member = model.encode(x), labels == label
    mine, right = z[member], z[member].mean(0)
    batch = np.repeat(np.arange(len(sizes)), sizes)
    parts = [z[member & (batch == b)] for b in range(len(sizes)) if (member & (batch == b)).any()]
    seen = list(dict.fromkeys(labels.tolist()))
    whole = [z[member & (batch == b)] for b in range(len(sizes)) if sizes[b] >= sizes[0]]
    unit = mine / np.linalg.norm(mine, axis=1, keepdims=True)
    wrong = {
        "the means of the batches are averaged": np.mean([p.mean(0) for p in parts], axis=0),
        "the latents are added up and not divided": mine.sum(0),
        "the sum is divided by N / n_classes; divide by the class's own count": mine.sum(0) * n / len(z),
        "the sum is divided by the number of all images": mine.sum(0) / len(z),
        "the sum is divided by the number of batches": mine.sum(0) / len(sizes),
        "the count starts at one instead of zero": mine.sum(0) / (len(mine) + 1),
        "batches shorter than the first are skipped": _mean(np.concatenate(whole), z),
        "only the first batch counts": parts[0].mean(0),
        "only the last batch counts": parts[-1].mean(0),
        "the sum of each batch replaces the one before; add them up": parts[-1].sum(0) / len(mine),
        "only the first image of the class counts": mine[0],
        "only the last image of the class counts": mine[-1],
        "the median is taken": np.median(mine, axis=0),
        "the lower median is taken": np.sort(mine, axis=0)[(len(mine) - 1) // 2],
        "the largest values are taken": mine.max(0),
        "the latents are normalised to unit length": unit.mean(0),
        "the centroid is normalised to unit length": right / np.linalg.norm(right),
        "the latents are standardised": ((z - z.mean(0)) / z.std(0, ddof=1))[member].mean(0),
        "the mean of all latents is subtracted": right - z.mean(0),
        "the labels are ignored: all images count in every class": z.mean(0),
        "images are averaged and then encoded; average their latents": model.encode(x[member].mean(0)),
        "reconstructions are encoded; encode the images": model.encode(model.decode(mine)).mean(0),
        "labels are off by one": _class(z, labels, label + 1),
        "labels are off by one, downwards": _class(z, labels, label - 1),
        "rows are in the order in which classes appear; they belong at their label": _class(
            z, labels, seen[label] if label < len(seen) else -1
        ),
        "absent classes have no row, so rows move up; they belong at their label": _class(
            z, labels, sorted(seen)[label] if label < len(seen) else -1
        ),
        "each image is averaged with the mean so far; divide the sum by the count": _halved(mine),
        "the centroid is rounded to half precision": right.astype(np.float16).astype(float),
        "the centroid is rounded to three decimals": np.round(right, 3),
    }
    return {cause: value for cause, value in wrong.items() if not np.allclose(value, right, 1e-4, 1e-5)}


CAP = "only the first batches or images count: a cap, or a `break` in the loop"


def capped(z: Array, labels: Array, label: int, got: Array) -> dict[str, Array]:
    """Return `got`, by cause, if it is the mean latent of the class over the first images only."""
    member = labels == label
    for n in np.flatnonzero(member):
        if np.allclose(z[:n][member[:n]].sum(0), got * member[:n].sum(), 1e-3, 1e-4) and member[:n].any():
            return {CAP: got}
    return {}


def _mean(mine: Array, z: Array) -> Array:
    return mine.mean(0) if len(mine) else np.full(z.shape[1], np.inf)


def _class(z: Array, labels: Array, label: int) -> Array:
    member = labels == label
    return z[member].mean(0) if member.any() else np.full(z.shape[1], np.inf)


def _halved(z: Array) -> Array:
    so_far = np.zeros(z.shape[1])
    for row in z:
        so_far = (so_far + row) / 2
    return so_far


def sums(c: Array, a: int, b: int, d: int) -> dict[str, Array]:
    """Return the sums that known mistakes lead to instead of z_a + (z_b - z_d), by cause.

    Those close to right are left out.
    """
    c = c.astype(float)
    right = c[a] + c[b] - c[d]
    wrong = {
        "a sign is wrong, or b and c are exchanged: it is z_a - (z_b - z_c)": c[a] - c[b] + c[d],
        "a sign is wrong: it is z_a + (z_b + z_c)": c[a] + c[b] + c[d],
        "a sign is wrong: it is z_a - z_b - z_c": c[a] - c[b] - c[d],
        "the roles are exchanged: it is z_b + (z_c - z_a)": c[b] + c[d] - c[a],
        "all signs are wrong": -right,
        "z_a is missing": c[b] - c[d],
        "z_c is not subtracted": c[a] + c[b],
        "z_b is missing": c[a] - c[d],
        "only z_a is returned": c[a],
        "the sum is halved": right / 2,
        "z_a and z_b are averaged before z_c is subtracted": (c[a] + c[b]) / 2 - c[d],
        "the sum is divided by three": right / 3,
        "the three are averaged": (c[a] + c[b] + c[d]) / 3,
        "only a part of the difference is added": c[a] + 0.5 * (c[b] - c[d]),
        "the absolute difference is taken": c[a] + abs(c[b] - c[d]),
        "the result is normalised to unit length": right / np.linalg.norm(right),
        "the result is rounded": np.round(right),
        "the result is truncated to whole numbers": np.trunc(right),
        HARD_CODED: c[3] + c[8] - c[0],
        TEN: c[a % 10] + c[b % 10] - c[d % 10],
        "classes are counted from one: class i is row i": c[a - 1] + c[b - 1] - c[d - 1],
    }
    if max(a, b, d) < c.shape[1]:
        wrong["columns are used instead of rows"] = c[:, a] + c[:, b] - c[:, d]
    return {
        cause: v
        for cause, v in wrong.items()
        if v.shape != right.shape or not np.allclose(v, right, 1e-4, 1e-5)
    }


def decoded(model: Tiny, c: Array, a: int, b: int, d: int, gain: float = 1.0) -> dict[str, Array]:
    """Return the images that known mistakes lead to instead of the decoded z_a + (z_b - z_d), by cause."""
    z = c[a].astype(float) + c[b] - c[d]
    right, parts = model.decode(z), model.decode(c.astype(float))
    added = parts[a] + parts[b] - parts[d]
    images = {
        "the model is still in train mode: call eval() first": model.decode(gain * z),
        "images are added; add the latents, then decode": added,
        "images are added and clamped to [0, 1]; add the latents, then decode": np.clip(added, 0, 1),
        "images are averaged; add the latents, then decode": (parts[a] + parts[b] + parts[d]) / 3,
        "the image is black and white: return the decoded pixels unchanged": (right > 0.5).astype(float),
        "the image is scaled to 0 … 255; pixels are in [0, 1]": right * 255,
        "the sigmoid is applied twice": 1 / (1 + np.exp(-right)),
        "the image is inverted": 1 - right,
        "the latent is clamped to [0, 1]": model.decode(np.clip(z, 0, 1)),
        "the latent is clamped to [-1, 1]": model.decode(np.clip(z, -1, 1)),
        "a tanh or sigmoid is applied to the latent": model.decode(np.tanh(z)),
        "the result is normalised to unit length": model.decode(z / np.linalg.norm(z)),
        "the image is stretched to [0, 1]": (right - right.min()) / (right.max() - right.min()),
    }
    for cause, wrong in sums(c, a, b, d).items():
        if wrong.shape == z.shape:
            images.setdefault(cause, model.decode(wrong))
    return {cause: v for cause, v in images.items() if not np.allclose(v, right, 1e-4, 1e-4)}
