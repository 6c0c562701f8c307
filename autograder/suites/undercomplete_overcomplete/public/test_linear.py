"""Linear, public: three images from one number each."""

import numpy as np

from autograder.judge import check, shared
from autograder.suites.undercomplete_overcomplete import oracle
from autograder.suites.undercomplete_overcomplete.seen import Case, Seen

ALONG = np.array([-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0])[:, None] * [3.0, 1.0, 2.0, 0.0]
TRAIN = (ALONG + np.tile([[0.0, 0.1, 0.0, 0.1], [0.1, 0.0, 0.0, -0.1]], (4, 1)) + [5, 1, 2, 3]).astype("f4")
X = np.array([[8.0, 2.0, 5.0, 3.0], [0.0, 1.0, -2.0, 2.0], [4.0, 1.0, 3.0, 5.0]], np.float32)


@shared
def rebuilt(student):
    """One call, in which `train` varies along one direction."""
    return Seen(student, "pca_reconstruction", {"one": Case("(train, x, 1)", (TRAIN, X, 1))})


@check(points=2, kept="the plain case, which students see")
def test_three_images_from_one_number(rebuilt):
    """`pca_reconstruction` keeps the direction in which `train` varies most, relative to its mean."""
    rebuilt.close("one", oracle.rebuilt(TRAIN, X, 1), oracle.wrong_rebuilt, 1e-3, 2e-3)
