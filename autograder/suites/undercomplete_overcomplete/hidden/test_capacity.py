"""Capacity, hidden: other thresholds, scales and sizes, units that never vary, and every image and unit."""

import numpy as np

from autograder.judge import check, expect, shared
from autograder.suites.undercomplete_overcomplete import oracle
from autograder.suites.undercomplete_overcomplete.seen import Case, Seen, again, unchanged

STRENGTHS = [0.13, 0.02, 0.7, 0.0, 0.06, 0.35, 1.0, 0.2, 0.001, 0.5, 0.0, 0.075, 0.3, 0.04, 0.9, 0.16]


def latents(seed, strengths, n=400, dtype=np.float32):
    """Return latents (n, k) whose units have 4 times the standard deviations `strengths`, and other means."""
    rng = np.random.default_rng(seed)
    means = rng.permutation(np.linspace(-2, 2, len(strengths))).round(2)
    return (4 * rng.normal(size=(n, len(strengths))) * strengths + means).astype(dtype)


def many_images():
    """Return latents (3001, 12), most units of which vary in some images only."""
    n, rng = 3001, np.random.default_rng(3)
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


def many_units():
    """Return latents (300, 300); 141 units are used, among the first and the last of them."""
    rng = np.random.default_rng(4)
    strengths = rng.permutation([0.0] * 79 + [0.02] * 80 + [0.2] * 100 + [0.5] * 40 + [1.0])
    return (rng.normal(size=(300, 300)) * strengths).astype("f4")


STEPS = np.tile([[2.0], [-2.0]], (32, 1)) * [0.5, 1.0, 0.25, 0.125, 0.0, 1.0]
STILL = np.tile([[2.0, -3.0, 0.0, 0.5, 1.0]], (64, 1))
WHOLE = np.array([[0, 3, 1000, -2, 1], [1, 3, -1000, -2, 1], [0, 3, 1000, -2, 1], [1, 3, -1000, -2, 1]])
MIXED = latents(1, STRENGTHS)
CASES = {
    "mixed": Case("(z) of 16 units", (MIXED,)),
    "double": Case("(z) in float64", (latents(2, [s or 0.03 for s in STRENGTHS[::-1]], dtype=np.float64),)),
    "tiny": Case("(z) of very small latents", (MIXED * np.float32(1e-9),)),
    "huge": Case("(z) of very large latents", (MIXED * np.float32(1e6),)),
    "fifth": Case("(z, threshold) of 16 units", (MIXED, 0.2)),
    "named": Case("(z, threshold=…) of 16 units", (), {"z": MIXED, "threshold": 0.06}),
    "zero": Case("(z, threshold=0.0)", (WHOLE.astype("f4"),), {"threshold": 0.0}),
    "still": Case("(z) where no unit varies", (STILL.astype("f4"),)),
    "reached": Case(
        "(z, threshold) where a unit just reaches it", (STEPS.astype("f4"),), {"threshold": 0.25}
    ),
    "images": Case("(z) of 3,001 images", (many_images(),)),
    "units": Case("(z) of 300 units in 300 images", (many_units(),)),
}


@shared
def counts(student):
    """The counts of other latent spaces."""
    return Seen(student, "active_units", CASES)


def right(seen, *keys):
    """Expect the right count in some cases."""
    for key in keys:
        case = CASES[key]
        seen.counts(key, oracle.used(*case.args, **case.kwargs), oracle.wrong_counts)


@check(points=1)
def test_variance_not_deviation_nor_size(counts):
    """`active_units` compares each unit's variance over the images with the largest variance."""
    right(counts, "mixed", "double")


@check(points=1)
def test_scale_does_not_matter(counts):
    """Multiplying all latents by one number changes nothing."""
    right(counts, "tiny", "huge")


@check(points=1)
def test_threshold_is_used(counts):
    """The argument `threshold` sets how much a unit must vary; it may be 0."""
    right(counts, "fifth", "named", "zero")


@check(points=1)
def test_larger_means_larger(counts):
    """A unit that only reaches the threshold is not used; if no unit varies at all, none is."""
    right(counts, "still", "reached")


@check(points=1)
def test_every_image_counts(counts):
    """The variance is taken over all images, also where a unit varies in a few of them only."""
    right(counts, "images")


@check(points=1)
def test_every_unit_counts(counts):
    """All units are looked at, also 300 of them."""
    right(counts, "units")


@check(points=1)
def test_latents_stay_and_every_call_counts_anew(student, counts):
    """`active_units` does not modify z, and a second call with other latents is right, too."""
    unchanged(student, "active_units", CASES["mixed"], ("z",))
    got, cause = again(student, counts, CASES["huge"], "mixed", oracle.wrong_counts)
    wanted = oracle.used(MIXED)
    got = expect.scalar("the second call", got)
    expect.true(got == wanted, "the second call: a wrong count", f"expected {wanted}, got {got:g}", cause)
