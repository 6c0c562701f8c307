"""Capacity, hidden: other thresholds, scales and sizes, units that never vary, and every image and unit."""

from autograder.judge import check, drawn, expect, shared
from autograder.suites.undercomplete_overcomplete import given, oracle
from autograder.suites.undercomplete_overcomplete.seen import Seen, again, unchanged

CASES = given.capacity(drawn.of(__file__)["capacity"])


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
    """All units are looked at, also hundreds of them."""
    right(counts, "units")


@check(points=1)
def test_latents_stay_and_every_call_counts_anew(student, counts):
    """`active_units` does not modify z, and a second call with other latents is right, too."""
    unchanged(student, "active_units", CASES["mixed"], ("z",))
    got, cause = again(student, counts, CASES["huge"], "mixed", oracle.wrong_counts)
    wanted = oracle.used(*CASES["mixed"].args)
    got = expect.scalar("the second call", got)
    expect.true(got == wanted, "the second call: a wrong count", f"expected {wanted}, got {got:g}", cause)
