"""Capacity, public: a latent space in which two of four units vary."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.undercomplete_overcomplete import oracle

Z = np.array([[1.0, 5.0, 0.5, 0.0], [-1.0, 5.0, -0.5, 0.01], [1.0, 5.0, 0.5, 0.0]], np.float32)


@check(points=3, kept="the plain case, which students see")
def test_two_of_four_units_move(student):
    """`active_units` counts the units that vary; a large unit that never varies does not count."""
    got = expect.scalar("active_units(z)", student.call("active_units", Z))
    right = oracle.used(Z, 0.01)
    cause = expect.cause_of(got, oracle.wrong_counts(Z, 0.01))
    expect.true(got == right, "active_units(z): a wrong count", f"expected {right}, got {got:g}", cause)
