"""Linear, hidden: other sizes, images with another mean, no direction and all of them."""

import numpy as np

from autograder.judge import check, expect, shared
from autograder.suites.undercomplete_overcomplete import oracle
from autograder.suites.undercomplete_overcomplete.seen import Case, Seen, again, shape_of, unchanged

TOLERANCE = (1e-3, 2e-3)  # float32 by any method is off by at most 1e-4; known mistakes by at least 0.02


def images(seed, n, scales, m=9):
    """Return (train, x): n and m images whose directions have standard deviations `scales`."""
    rng = np.random.default_rng(seed)
    d = len(scales)
    directions = np.linalg.qr(rng.normal(size=(d, d)))[0]
    mean, other = rng.uniform(1, 3, d), rng.uniform(-2, 2, d)
    train = rng.normal(size=(n, d)) * scales @ directions + mean
    return train.astype("f4"), (rng.normal(size=(m, d)) * 2 + mean + other).astype("f4")


THREE = images(1, 60, [0.2, 6.0, 0.1, 3.0, 0.15, 4.0, 0.05])
ONE = images(2, 40, [0.1, 0.2, 5.0, 0.15, 0.05], m=1)
LARGE = images(4, 400, [1.0] * 70, m=300)
LARGE[0][100:, ::2] += 1  # so that the first images alone have another mean
OTHER = Case("(train, x, k) with other directions", (*images(3, 50, [3.0, 0.1, 5.0, 0.2, 0.15, 0.1, 7.0]), 3))
CASES = {
    "three": Case("(train, x, k) with three directions", (*THREE, 3)),
    "one": Case("(train, x, k) with one image in x", (*ONE, 1)),
    "none": Case("(train, x, k) with 300 images and k = 0", (*LARGE, 0)),
    "all": Case("(train, x, k) with 300 images and k = d", (), {"train": LARGE[0], "x": LARGE[1], "k": 70}),
}
CODES = {
    "three": (9, 3),
    "one": (1, 1),
    "none": (300, 0),
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
