"""Capacity, hidden: other thresholds and scales, and units that never vary."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.undercomplete_overcomplete import oracle


def counted(student, z, *threshold):
    """Expect the right count for z."""
    got = expect.scalar("active_units(z)", student.call("active_units", z, *threshold))
    limit = threshold[0] if threshold else 0.01
    right, cause = oracle.used(z, limit), expect.cause_of(got, oracle.wrong_counts(z, limit))
    expect.true(got == right, "active_units(z): a wrong count", f"expected {right}, got {got:g}", cause)


def latents(seed, scales):
    """Return 2,000 latents (2000, k) whose units have standard deviations `scales` and random means."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(2000, len(scales))) * scales + rng.normal(size=len(scales)) * 10).astype(
        np.float32
    )


@check(points=3)
def test_variance_not_deviation_nor_size(student):
    """`active_units` compares each unit's variance over the images with the largest variance."""
    counted(student, latents(1, [3.0, 1.0, 0.5, 0.25, 0.15, 0.11, 0.05, 0.001]))


@check(points=2)
def test_scale_does_not_matter(student):
    """Multiplying all latents by one number changes nothing."""
    for scale in (1e-3, 1e3):
        counted(student, latents(2, [1.0, 0.7, 0.3, 0.05]) * np.float32(scale))


@check(points=1)
def test_threshold_is_used(student):
    """The argument `threshold` sets how much a unit must vary."""
    counted(student, latents(3, [1.0, 0.8, 0.5, 0.15, 0.01]), 0.2)


@check(points=1)
def test_nothing_moves(student):
    """If no unit varies at all, `active_units` returns 0."""
    counted(student, np.ones((50, 6), np.float32))
