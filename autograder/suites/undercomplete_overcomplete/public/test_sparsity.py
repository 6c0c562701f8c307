"""Sparsity, public: numbers small enough to check by hand."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.undercomplete_overcomplete import oracle

X = np.array([[0.5, 1.0], [0.25, 0.0]], np.float32)
X_HAT = np.array([[0.5, 0.5], [0.75, 0.5]], np.float32)
Z = np.array([[1.0, -2.0, 0.0], [0.5, 0.0, -1.0]], np.float32)


@check(points=3, kept="the plain case, which students see")
def test_loss_of_two_images(student):
    """`sparse_loss` is the mean squared error plus `weight` times the mean absolute latent."""
    got = student.call("sparse_loss", X_HAT, X, Z, weight=0.5)
    right, likely = oracle.loss(X_HAT, X, Z, 0.5), oracle.wrong_losses(X_HAT, X, Z, 0.5)
    expect.close("sparse_loss(x_hat, x, z, weight=0.5)", got, right, 1e-5, likely=likely)
