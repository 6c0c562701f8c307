"""Losses, hidden: values on images, gradients, edges, and the comparison against our own training runs."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.latent_space import oracle

RNG = np.random.default_rng(31)
X = (RNG.random((9, 1, 28, 28)) < 0.4).astype(np.float32)
X_HAT = RNG.uniform(0.02, 0.98, X.shape).astype(np.float32)
NAMES = {"mse_loss": "MSE", "bce_loss": "BCE", "mae_loss": "L1"}
ORDER = "the arguments are swapped: x_hat comes first"


@check(points=1)
def test_values_on_images_are_right_in_float32_and_float64(student):
    """The three losses are right on whole images, keep float64, and return a scalar of shape ()."""
    for function, name in NAMES.items():
        right = oracle.LOSSES[name](X_HAT, X)
        likely = {"you sum over the pixels; the mean is over all elements": right * 784}
        value = student.call(function, X_HAT, X)
        shape = expect.array(f"{function}(x_hat, x)", value).shape
        expect.true(shape == (), f"{function}(x_hat, x): expected a scalar of shape ()", f"got {shape}")
        expect.close(f"{function}(x_hat, x)", value, right, 1e-5, likely=likely)
        exact = student.call(function, X_HAT.astype(float), X.astype(float))
        expect.close(f"{function}(x_hat, x) in float64", exact, right, 1e-6, 1e-9, likely)


@check(points=2)
def test_gradients_are_right(student):
    """The losses can be trained with: their gradients with respect to x_hat are those of the formulas."""
    for function, name in NAMES.items():
        answer = student.vjp(function, [X_HAT, X], np.ones((), np.float32))
        cause = "the value leaves torch on the way (.item(), NumPy, detach)"
        expect.true(
            answer["differentiable"] is True, f"{function}: the loss is not differentiable", cause=cause
        )
        right = oracle.gradient(name, X_HAT, X)
        got = answer["arguments"][0] if answer["arguments"] else None
        size = float(np.abs(right).max())
        expect.close(f"gradient of {function}", got, right, 1e-3, 1e-4 * size, {ORDER: np.zeros_like(right)})


@check(points=2)
def test_bce_is_finite_and_right_at_0_and_1(student):
    """At x_hat exactly 0 or 1, `bce_loss` stays finite: about 0 when right, more than 10 when wrong."""
    cause = "log(0): keep x_hat away from 0 and 1; beware that 1 - 1e-8 is 1 in float32"
    for p, x, wrong in ((0.0, 1.0, True), (1.0, 0.0, True), (0.0, 0.0, False), (1.0, 1.0, False)):
        value = student.call("bce_loss", np.full((2, 3), p, np.float32), np.full((2, 3), x, np.float32))
        value = expect.scalar(f"bce_loss at x_hat = {p:g}, x = {x:g}", value, cause)
        good = value > 10 if wrong else abs(value) < 1e-3
        wanted = "more than 10" if wrong else "0"
        expect.true(good, f"bce_loss at x_hat = {p:g}, x = {x:g}: expected {wanted}, got {value:.4g}")


@check(points=2)
def test_bce_has_finite_gradients_at_0_and_1(student):
    """At x_hat exactly 0 or 1 the gradient of `bce_loss` is finite, so that training survives it."""
    p = np.array([[0.0, 1.0, 0.5, 0.0, 1.0]], np.float32)
    x = np.array([[0.0, 1.0, 1.0, 1.0, 0.0]], np.float32)
    answer = student.vjp("bce_loss", [p, x], np.ones((), np.float32))
    expect.true(answer["differentiable"] is True, "bce_loss is not differentiable")
    got = answer["arguments"][0] if answer["arguments"] else None
    expect.array(
        "gradient of bce_loss at 0 and 1",
        got,
        (1, 5),
        "clamping log(p) keeps the value and not its gradient; clamp p",
    )


@check(points=1)
def test_inputs_are_left_as_they_were(student):
    """The losses do not change the tensors that they are given."""
    for function in NAMES:
        x_hat, x = student.put(X_HAT[:2]), student.put(X[:2])
        student.call(function, x_hat, x)
        for what, kept, before in (("x_hat", x_hat, X_HAT[:2]), ("x", x, X[:2])):
            after = expect.array(what, kept.get(), before.shape)
            expect.true(bool((after == before).all()), f"{function} changed its argument {what} in place")


SIDE, DIM, TRAIN, TEST = 16, 3, 32, 15


def compared(student, name, seed, epochs, lr, gain=1.0):
    """Return the student's result for one loss, and our own run of the same training."""
    x, y = oracle.images(seed, TRAIN)
    test_x, test_y = oracle.images(seed + 1, TEST)
    weights = oracle.tiny_weights(seed + 2, SIDE, [DIM])
    train = student.make("loader", x, y, [8] * 4)
    test = student.make("loader", test_x, test_y, [12, 3])
    models = student.make("tiny_class", weights, gain, latent_dim=DIM)
    got = student.call(
        "compare_loss_functions", models, train, test, student.make("device"), epochs=epochs, lr=lr
    )
    entry = expect.mapping("compare_loss_functions(…)", got, ["MSE", "BCE", "L1"])[name]
    entry = expect.mapping(f"the result for {name}", entry, ["model", "train_losses", "reconstructions"])
    own = oracle.Tiny(weights[DIM], gain)
    losses = own.train(oracle.flat(x), [8] * 4, name, epochs, lr)
    return entry, own, losses, oracle.flat(test_x), weights[DIM]


def causes(name, seed, epochs, lr, weights):
    """Return the losses per epoch that known mistakes would lead to."""
    x = oracle.flat(oracle.images(seed, TRAIN)[0])
    found = {}
    for other in ("MSE", "BCE", "L1"):
        if other != name:
            run = oracle.Tiny(weights).train(x, [8] * 4, other, epochs, lr)
            found[f"the model is trained with {other}"] = run
    right = oracle.Tiny(weights).train(x, [8] * 4, name, epochs, lr)
    found["the losses of the batches are added up; their mean was asked for"] = [4 * v for v in right]
    default = oracle.Tiny(weights).train(x, [8] * 4, name, epochs, 1e-3)
    found["the learning rate given is ignored"] = default
    still = oracle.Tiny(weights).train(x, [8] * 4, name, epochs, 0.0)
    found["the weights never change: `step` or `backward` is missing"] = still
    reused = oracle.Tiny(weights)
    for earlier in ("MSE", "BCE", "L1")[: ("MSE", "BCE", "L1").index(name)]:
        reused.train(x, [8] * 4, earlier, epochs, lr)
    reused.forget()
    if name != "MSE":
        found["one model is trained on and on; each loss needs a fresh one"] = reused.train(
            x, [8] * 4, name, epochs, lr
        )
    return found


def trajectory(student, name, seed):
    """Expect the student's losses per epoch to be those of our own run."""
    entry, _, losses, _, weights = compared(student, name, seed, 3, 0.02)
    history = expect.sequence(f"{name}: train_losses", entry["train_losses"], 3)
    expect.close(f"{name}: train_losses", history, losses, 2e-3, 1e-6, causes(name, seed, 3, 0.02, weights))


@check(points=2)
def test_mse_training_follows_our_own_run(student):
    """Trained with MSE from known weights on known batches, the losses per epoch are known."""
    trajectory(student, "MSE", 41)


@check(points=2)
def test_bce_training_follows_our_own_run(student):
    """Trained with BCE from known weights on known batches, the losses per epoch are known."""
    trajectory(student, "BCE", 44)


@check(points=2)
def test_l1_training_follows_our_own_run(student):
    """Trained with L1 from known weights on known batches, the losses per epoch are known."""
    trajectory(student, "L1", 47)


@check(points=2)
def test_reconstructions_are_of_the_first_test_images_in_eval_mode(student):
    """`reconstructions` are the first ten test images, given back by the trained model in eval mode."""
    entry, own, _, test, _ = compared(student, "MSE", 51, 2, 0.02, gain=0.5)
    right = own.decode(own.encode(test[:10]))
    pictures = expect.array("MSE: reconstructions", entry["reconstructions"])
    expect.true(pictures.size == 160, f"expected 10 images of 16 pixels, got shape {pictures.shape}")
    likely = {"the model is still in train mode: call eval() first": own.decode(own.encode(test[:10], 0.5))}
    expect.close("MSE: reconstructions", pictures.reshape(10, 16), right, 2e-3, 2e-3, likely)
