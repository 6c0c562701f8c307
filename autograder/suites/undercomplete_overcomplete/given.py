"""What the hidden checks give to the submission's functions, made of the numbers drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograder.suites.undercomplete_overcomplete import runs
from autograder.suites.undercomplete_overcomplete.oracle import Array
from autograder.suites.undercomplete_overcomplete.seen import Case
from autograder.suites.undercomplete_overcomplete.training import Run

Part = Mapping[str, Any]


# --- linear -----------------------------------------------------------------------------------------------


def images(m: int, seed: int, n: int, scales: Sequence[float]) -> tuple[Array, Array]:
    """Return (train, x): n and m images whose directions have standard deviations `scales`."""
    rng = np.random.default_rng(seed)
    d = len(scales)
    directions = np.linalg.qr(rng.normal(size=(d, d)))[0]
    mean, other = rng.uniform(1, 3, d), rng.uniform(-2, 2, d)
    train = rng.normal(size=(n, d)) * scales @ directions + mean
    return train.astype("f4"), (rng.normal(size=(m, d)) * 2 + mean + other).astype("f4")


def linear(part: Part) -> dict[str, Case]:
    """Return the cases of `pca_reconstruction`."""
    three, one = images(part["rows"], *part["three"]), images(1, *part["one"])
    seed, n, d = part["large"]
    many = images(part["large_rows"], seed, n, [1.0] * d)
    many[0][n // 4 :, ::2] += 1  # so that the first images alone have another mean
    return {
        "three": Case("(train, x, k) with three directions", (*three, 3)),
        "one": Case("(train, x, k) with one image in x", (*one, 1)),
        "none": Case("(train, x, k) with many images and k = 0", (*many, 0)),
        "all": Case("(train, x, k) with many images and k = d", (), {"train": many[0], "x": many[1], "k": d}),
    }


# --- sparsity ---------------------------------------------------------------------------------------------


def terms(
    seed: int, n: int = 7, d: int = 5, k: int = 11, dtype: type = np.float32, scale: float = 1.0
) -> tuple[Array, Array, Array]:
    """Return (x_hat, x, z); rows and columns differ in size, and a third of the latents is 0."""
    rng = np.random.default_rng(seed)
    sizes = rng.uniform(0.2, 2, (n, 1)) * rng.uniform(0.2, 2, k)
    z = (rng.normal(size=(n, k)) + 0.3) * sizes * (rng.random((n, k)) > 1 / 3) * scale
    x, slope = rng.uniform(size=(n, d)), rng.uniform(0.2, 1.8, (n, 1)) * rng.uniform(0.2, 1.8, d)
    x_hat = x + rng.normal(size=(n, d)) * slope
    return x_hat.astype(dtype), x.astype(dtype), z.astype(dtype)


def sparsity(part: Part) -> dict[str, Case]:
    """Return the cases of `sparse_loss`."""
    names, n = ("x_hat", "x", "z"), part["small"][1]
    default = dict(zip(names, terms(part["default"], scale=1000.0), strict=True))
    large = terms(*part["large"])
    many = f"(x_hat, x, z, weight) of {len(large[2])} images and {large[2].shape[1]} units"
    double = partial(terms, dtype=np.float64)(*part["double"])
    return {
        "small": Case(f"(x_hat, x, z, weight) of {n} images", (*terms(*part["small"]), part["small_weight"])),
        "double": Case("(x_hat, x, z, weight) in float64", (*double, part["double_weight"])),
        "large": Case(many, (*large, part["large_weight"])),
        "zero": Case("(x_hat, x, z, weight) with a weight of 0", (*terms(part["zero"]), 0.0)),
        "default": Case("(x_hat, x, z)", (), default),
    }


# --- capacity ---------------------------------------------------------------------------------------------


def latents(seed: int, strengths: Sequence[float], n: int, dtype: type = np.float32) -> Array:
    """Return latents (n, k) whose units have 4 times the standard deviations `strengths`, and other means."""
    rng = np.random.default_rng(seed)
    means = rng.permutation(np.linspace(-2, 2, len(strengths))).round(2)
    return (4 * rng.normal(size=(n, len(strengths))) * strengths + means).astype(dtype)


def many_images(seed: int, n: int) -> Array:
    """Return latents (n, 12), most units of which vary in some images only."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 12)) * [0, 0, 0, 0, 0, 0, 0, 1, 0.02, 0, 0, 0]
    z[-1, 0] = z[0, 1] = 9.0
    z[1::2, 2] = 0.4
    z[2100:, 3] = rng.normal(size=n - 2100) * 0.5
    z[:, 4] = np.arange(n) // 64 % 2 * 0.5
    z[300:420, 5] = 2.0
    z[:16, 6] = rng.normal(size=16) * 0.5
    z[1500, 9] = 0.3
    z[:, 10] = np.arange(n) // 96 % 2 * 0.4
    z[:, 11] = np.arange(n) // 32 % 3 * 0.3
    return z.astype("f4")


def many_units(seed: int, k: int) -> Array:
    """Return latents (300, k), about half of whose units are used, among the first and the last of them."""
    rng = np.random.default_rng(seed)
    strengths = rng.permutation([0.0] * (k - 221) + [0.02] * 80 + [0.2] * 100 + [0.5] * 40 + [1.0])
    return (rng.normal(size=(300, k)) * strengths).astype("f4")


STEPS = np.tile([[2.0], [-2.0]], (32, 1)) * [0.5, 1.0, 0.25, 0.125, 0.0, 1.0]
STILL = np.tile([[2.0, -3.0, 0.0, 0.5, 1.0]], (64, 1))
WHOLE = np.array([[0, 3, 1000, -2, 1], [1, 3, -1000, -2, 1], [0, 3, 1000, -2, 1], [1, 3, -1000, -2, 1]])


def capacity(part: Part) -> dict[str, Case]:
    """Return the cases of `active_units`."""
    strengths, n = part["strengths"], part["rows"]
    mixed = latents(part["mixed"], strengths, n)
    double = latents(part["double"], [s or 0.03 for s in strengths[::-1]], n, np.float64)
    return {
        "mixed": Case("(z) of 16 units", (mixed,)),
        "double": Case("(z) in float64", (double,)),
        "tiny": Case("(z) of very small latents", (mixed * np.float32(1e-9),)),
        "huge": Case("(z) of very large latents", (mixed * np.float32(1e6),)),
        "fifth": Case("(z, threshold) of 16 units", (mixed, part["fifth"])),
        "named": Case("(z, threshold=…) of 16 units", (), {"z": mixed, "threshold": part["named"]}),
        "zero": Case("(z, threshold=0.0)", (WHOLE.astype("f4"),), {"threshold": 0.0}),
        "still": Case("(z) where no unit varies", (STILL.astype("f4"),)),
        "reached": Case(
            "(z, threshold) where a unit just reaches it", (STEPS.astype("f4"),), {"threshold": 0.25}
        ),
        "images": Case(f"(z) of {part['n']:,} images", (many_images(part["images"], part["n"]),)),
        "units": Case(f"(z) of {part['k']} units in 300 images", (many_units(part["units"], part["k"]),)),
    }


# --- denoising --------------------------------------------------------------------------------------------


def denoising(part: Part) -> dict[str, Run]:
    """Return the runs of `train_denoising`: several epochs, defaults, many batches, train mode."""
    names = ("run", "plain", "long", "gained")
    return {
        name: Run(*runs.batched(**part[name]), **part.get(f"{name}_settings", {}))  # images first
        for name in names
    }
