"""Sparsity, public: numbers small enough to check by hand."""

import numpy as np

from autograder.judge import check, shared
from autograder.suites.undercomplete_overcomplete import oracle
from autograder.suites.undercomplete_overcomplete.seen import Case, Seen

X = np.array([[0.5, 1.0, 0.2], [0.25, 0.0, 0.8]], np.float32)
X_HAT = np.array([[0.5, 0.5, 0.3], [1.75, 0.2, 0.4]], np.float32)
Z = np.array([[1.0, -2.0, 0.0, 0.3, -0.9], [-0.5, 0.0, -1.0, 0.0, 1.2]], np.float32)


@shared
def by_hand(student):
    """One call, with weight 0.3."""
    case = Case("(x_hat, x, z, weight=0.3)", (X_HAT, X, Z), {"weight": 0.3})
    return Seen(student, "sparse_loss", {"hand": case})


@check(points=3, kept="the plain case, which students see")
def test_loss_of_two_images(by_hand):
    """`sparse_loss` is the mean squared error plus `weight` times the mean absolute latent."""
    by_hand.close("hand", oracle.loss(X_HAT, X, Z, 0.3), oracle.wrong_losses, 1e-5, 1e-6)
