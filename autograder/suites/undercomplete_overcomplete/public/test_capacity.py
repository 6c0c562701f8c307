"""Capacity, public: small latent spaces whose used units can be counted by hand."""

import numpy as np

from autograder.judge import check, expect, shared
from autograder.suites.undercomplete_overcomplete import oracle
from autograder.suites.undercomplete_overcomplete.seen import Case, Seen

FOUR = np.array([[3.0, 0.5, 1.0, 0.0], [3.0, -0.5, -1.0, 0.01], [3.0, 0.5, 1.0, 0.0]], np.float32)
TEN = np.array(
    [
        [4.0, 0.3, -0.1, 7.0, 0.7, 9.5, 1.5, 0.25, -0.9, 0.0],
        [4.0, 0.6, 0.05, 5.0, 1.15, 8.5, 2.0, 1.0, -0.9, 4.0],
        [2.0, 0.6, 0.1, 13.0, 1.15, 8.5, 2.0, 0.0, 2.1, 3.0],
        [-2.0, 0.4, -0.1, 11.0, 1.3, 8.5, 1.5, 0.75, 2.1, 0.0],
        [4.0, 0.4, 0.1, 7.0, 1.3, 8.5, 1.5, 0.0, 1.1, 0.0],
        [-4.0, 0.6, 0.05, 5.0, 0.7, 9.5, 0.5, 0.0, -1.9, 3.0],
    ],
    np.float32,
)
CASES = {"four": Case("(z) with four units", (FOUR,)), "ten": Case("(z) with ten units", (TEN,))}
MORE = {  # only to tell one mistake from another
    "turned": Case("(z / 4) in the other order", (TEN[:, ::-1].copy() / 4,)),
    "third": Case("(z, 0.3)", (TEN, 0.3)),
}


@shared
def counted(student):
    """The counts of small latent spaces."""
    return Seen(student, "active_units", CASES | MORE)


@check(points=2, kept="the plain case, which students see")
def test_two_of_four_units_move(counted):
    """`active_units` counts the units that vary; a large unit that never varies does not count."""
    for key, case in CASES.items():
        counted.counts(key, oracle.used(*case.args), oracle.wrong_counts)


@check(points=1)
def test_the_count_is_a_plain_int(counted):
    """`active_units` returns a plain int, not a float, a tensor or a NumPy number."""
    counted.counts("four", oracle.used(FOUR), oracle.wrong_counts)
    got = counted.answers["four"]()
    kind = "a tensor or a NumPy number" if isinstance(got, np.ndarray) else f"a {type(got).__name__}"
    cause = "int(...) is missing around the result"
    expect.true(type(got) is int, f"active_units(z): expected a plain int, got {kind}", cause=cause)
