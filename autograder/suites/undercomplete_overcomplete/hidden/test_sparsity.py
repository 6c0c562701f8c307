"""Sparsity, hidden: the default weight, unequal sizes, and gradients."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.undercomplete_overcomplete import oracle


def drawn(seed, n=7, d=5, k=11):
    """Return reconstructions, images and latents of unequal sizes, none of them 0."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, k)) + 0.3
    return (
        rng.uniform(size=(n, d)).astype(np.float32),
        rng.uniform(size=(n, d)).astype(np.float32),
        z.astype("f4"),
    )


@check(points=3)
def test_sizes_and_weights(student):
    """`sparse_loss` is right for other sizes and weights, and for latents of one sign."""
    for seed, weight in ((1, 0.2), (2, 3.0)):
        x_hat, x, z = drawn(seed)
        got = student.call("sparse_loss", x_hat, x, z, weight=weight)
        likely = oracle.wrong_losses(x_hat, x, z, weight)
        expect.close("sparse_loss(…)", got, oracle.loss(x_hat, x, z, weight), 1e-5, likely=likely)


@check(points=1)
def test_default_weight(student):
    """The default of `weight` is 1e-3."""
    x_hat, x, z = drawn(3)
    z = z * 1000
    expect.close(
        "sparse_loss(x_hat, x, z)", student.call("sparse_loss", x_hat, x, z), oracle.loss(x_hat, x, z, 1e-3)
    )


@check(points=3)
def test_gradients_reach_images_and_latents(student):
    """The gradient of `sparse_loss` reaches the reconstruction and the latents."""
    x_hat, x, z = drawn(4)
    answer = student.vjp("sparse_loss", [x_hat, x, z, 0.5], np.ones((), np.float32))
    cause = "the computation leaves torch (NumPy, .item(), detach)"
    expect.true(answer["differentiable"] is True, "sparse_loss: the loss has no gradient", cause=cause)
    of_x_hat, _, of_z = expect.sequence("the gradients", answer["arguments"], 3)
    right = oracle.gradients(x_hat, x, z, 0.5)
    lost = "the latents are detached, so the penalty cannot train the encoder"
    expect.true(of_z is not None, "sparse_loss: no gradient reaches z", cause=lost)
    expect.true(of_x_hat is not None, "sparse_loss: no gradient reaches x_hat")
    expect.close("the gradient at x_hat", of_x_hat, right[0], 1e-4, 1e-7)
    expect.close("the gradient at z", of_z, right[1], 1e-4, 1e-7)
