"""Sparsity, hidden: other sizes and weights, the default, and gradients."""

import numpy as np

from autograder.judge import check, drawn, expect, shared
from autograder.suites.undercomplete_overcomplete import given, oracle
from autograder.suites.undercomplete_overcomplete.seen import Seen, again, shape_of, unchanged

TOLERANCE = (1e-5, 1e-6)  # float32 sums of 90,000 numbers are off by 1e-6
DRAWN = drawn.of(__file__)["sparsity"]
CASES = given.sparsity(DRAWN)


@shared
def losses(student):
    """Calls with other sizes and weights."""
    return Seen(student, "sparse_loss", CASES)


def right(seen, *keys):
    """Expect the right loss in some cases."""
    for key in keys:
        case = CASES[key]
        seen.close(key, oracle.loss(*case.args, **case.kwargs), oracle.wrong_losses, *TOLERANCE)


@check(points=1)
def test_sizes_and_weights(losses):
    """`sparse_loss` is right for other sizes and weights, in float32 and in float64."""
    right(losses, "small", "double")


@check(points=1)
def test_every_image_and_unit_counts(losses):
    """`sparse_loss` is right for hundreds of images with hundreds of latents each."""
    right(losses, "large")


@check(points=1)
def test_a_weight_of_zero_means_no_penalty(losses):
    """With `weight=0.0`, `sparse_loss` is the mean squared error alone."""
    right(losses, "zero")


@check(points=1)
def test_default_weight_and_names(losses):
    """The default of `weight` is 1e-3, and the arguments have the names asked for."""
    right(losses, "default")


@check(points=1)
def test_arguments_stay_and_every_call_counts_anew(student, losses):
    """`sparse_loss` modifies no argument, and a second call with other images is right, too."""
    unchanged(student, "sparse_loss", CASES["small"], ("x_hat", "x", "z"))
    got, cause = again(student, losses, CASES["double"], "small", oracle.wrong_losses)
    wanted = oracle.loss(*CASES["small"].args)
    expect.close(
        "the second call",
        expect.scalar("the second call", got),
        wanted,
        *TOLERANCE,
        {cause: got} if cause else {},
    )


def pulled(student, z, cause):
    """Return the value of `sparse_loss`, and its gradients at x_hat and z; the weight is 0.5.

    `cause` is what explains the values, if they are wrong.
    """
    x_hat, x, _ = given.terms(DRAWN["pulled"])
    answer = student.vjp("sparse_loss", [x_hat, x, z, 0.5], np.ones((), np.float32))
    left = "the computation leaves torch (NumPy, .item(), detach)"
    expect.true(answer["differentiable"] is True, "sparse_loss: the loss has no gradient", cause=left)
    of_x_hat, _, of_z = expect.sequence("the gradients", answer["arguments"], 3)
    lost = "the latents are detached, so the penalty cannot train the encoder"
    expect.true(of_z is not None, "sparse_loss: no gradient reaches z", cause=cause or lost)
    lost = "x_hat is detached, so the error cannot train anything"
    expect.true(of_x_hat is not None, "sparse_loss: no gradient reaches x_hat", cause=cause or lost)
    return answer["value"], of_x_hat, of_z


@check(points=1)
def test_gradients_reach_images_and_latents(student, losses):
    """The gradient of `sparse_loss` reaches the reconstruction and the latents, and is right."""
    x_hat, x, z = given.terms(DRAWN["pulled"])
    z = np.where(z == 0, np.float32(0.7), z)
    cause = losses.cause(oracle.wrong_losses)
    _, of_x_hat, of_z = pulled(student, z, cause)
    for name, got, right in zip(
        ("x_hat", "z"), (of_x_hat, of_z), oracle.gradients(x_hat, x, z, 0.5), strict=True
    ):
        expect.close(f"the gradient at {name}", got, right, 1e-4, 1e-7, {cause: got} if cause else {})


@check(points=1)
def test_loss_is_a_scalar_and_its_gradient_finite_where_a_latent_is_zero(student, losses):
    """`sparse_loss` has shape (), and its gradient is finite where a latent is exactly 0."""
    _, _, z = given.terms(DRAWN["pulled"])
    value, _, of_z = pulled(student, z, losses.cause(oracle.wrong_losses))
    expect.true(shape_of(value) == (), "sparse_loss: expected shape ()", f"got {shape_of(value)}")
    cause = "a root of the square: the gradient of sqrt is infinite at 0; use abs()"
    of_z = expect.array("the gradient at z", of_z, z.shape, cause)
    expect.true(bool(np.any(of_z)), "the gradient at z is 0 everywhere, so the penalty trains nothing")
