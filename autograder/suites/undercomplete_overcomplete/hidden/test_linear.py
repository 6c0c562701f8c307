"""Linear, hidden: other sizes, images with another mean, no direction and all of them."""

from autograder.judge import check, drawn, expect, shared
from autograder.suites.undercomplete_overcomplete import given, oracle
from autograder.suites.undercomplete_overcomplete.seen import Case, Seen, again, shape_of, unchanged

TOLERANCE = (1e-3, 2e-3)  # float32 by any method is off by at most 1e-4; known mistakes by at least 0.02

DRAWN = drawn.of(__file__)["linear"]
CASES = given.linear(DRAWN)
OTHER = Case("(train, x, k) with other directions", (*given.images(9, *DRAWN["other"]), 3))
CODES = {
    "three": (DRAWN["rows"], 3),
    "one": (1, 1),
    "none": (DRAWN["large_rows"], 0),
    "all": None,
}  # shapes of coordinates


@shared
def rebuilt(student):
    """Calls with other data and other k."""
    return Seen(student, "pca_reconstruction", CASES)


def right(seen, *keys):
    """Expect the right reconstruction in some cases."""
    for key in keys:
        case = CASES[key]
        shape = shape_of(seen.values.get(key))
        codes = shape is not None and shape == CODES[key]
        text, detail = f"{seen.what(key)}: expected images like x", f"got shape {shape}"
        expect.true(not codes, text, detail, "these are the coordinates, not the images rebuilt from them")
        seen.close(key, oracle.rebuilt(*case.args, **case.kwargs), oracle.wrong_rebuilt, *TOLERANCE)


@check(points=2)
def test_mean_and_directions_are_those_of_train(rebuilt):
    """Mean and directions are those of `train`, also when x holds other images, or one."""
    right(rebuilt, "three", "one")


@check(points=1)
def test_no_direction_and_all_of_them(rebuilt):
    """For k = 0 every image is the mean of `train`; for k = d it is the image itself."""
    right(rebuilt, "none", "all")


@check(points=1)
def test_arguments_stay_and_every_call_counts_anew(student, rebuilt):
    """`pca_reconstruction` modifies no argument, and a second call with other images is right, too."""
    unchanged(student, "pca_reconstruction", CASES["three"], ("train", "x"))
    got, cause = again(student, rebuilt, OTHER, "three", oracle.wrong_rebuilt)
    expect.close(
        "the second call",
        got,
        oracle.rebuilt(*CASES["three"].args),
        *TOLERANCE,
        {cause: got} if cause else {},
    )
