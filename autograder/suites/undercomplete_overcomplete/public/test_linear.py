"""Linear, public: images whose one strong direction is known."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.undercomplete_overcomplete.seen import shape_of

MEAN = np.array([5.0, 1.0, 2.0, 3.0])
DIRECTION = np.array([3.0, 1.0, 2.0, 0.0]) / np.sqrt(14)
ALONG = np.array([-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0])
ACROSS = np.array([1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0])  # a little, at a right angle
TRAIN = (MEAN + np.outer(4 * ALONG, DIRECTION) + np.outer(ACROSS, [0.1, -0.3, 0.0, 0.0])).astype("f4")
X = np.array([[8.0, 2.0, 5.0, 3.0], [0.0, 1.0, -2.0, 2.0], [4.0, 1.0, 3.0, 5.0]], np.float32)


def moved(subtracted, added):
    """Return X on the line along DIRECTION, with one vector subtracted before and another added after."""
    return np.outer((X - subtracted) @ DIRECTION, DIRECTION) + added


@check(points=2, kept="the plain case, which students see")
def test_three_images_from_one_number(student):
    """`pca_reconstruction` keeps the direction in which `train` varies most, relative to its mean."""
    got = student.call("pca_reconstruction", TRAIN, X, 1)
    own = X.mean(0)
    likely = {
        "the mean of `train` is not added again": moved(MEAN, 0),
        "the mean of `train` is not subtracted from x": moved(0, 0),
        "the mean of `train` is added, but was not subtracted from x": moved(0, MEAN),
        "the mean is that of x; that of `train` was asked for": moved(own, own),
        "the mean subtracted is that of x, the mean added that of `train`": moved(own, MEAN),
        "the images come back as they are": X,
        "this is what PCA leaves out, not what it keeps": X - moved(MEAN, MEAN),
    }
    coordinates = "these are the coordinates; the images rebuilt from them were asked for"
    text = "pca_reconstruction(train, x, 1): expected shape (3, 4), got (3, 1)"
    expect.true(shape_of(got) != (3, 1), text, cause=coordinates)
    expect.close("pca_reconstruction(train, x, 1)", got, moved(MEAN, MEAN), 1e-3, 2e-3, likely)
