"""Losses, public: small numbers that can be checked by hand, and what the comparison returns."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.latent_space import oracle

X = np.array([[0.0, 1.0, 1.0], [0.0, 1.0, 0.0]], np.float32)
X_HAT = np.array([[0.5, 0.5, 0.75], [0.25, 0.5, 0.25]], np.float32)
SUM = "you sum over the pixels and average over the images only; the mean is over all elements"


@check(points=2)
def test_mse_of_six_pixels(student):
    """`mse_loss` is the mean over all elements of the squared difference."""
    right = oracle.mse(X_HAT, X)
    likely = {SUM: right * 3, "you add up instead of averaging": right * 6, "a factor ½": right / 2}
    likely["the square root is taken"] = right**0.5
    likely["the difference is not squared"] = oracle.mae(X_HAT, X)
    expect.close("mse_loss(x_hat, x)", student.call("mse_loss", X_HAT, X), right, 1e-5, likely=likely)


@check(points=2)
def test_bce_of_six_pixels(student):
    """`bce_loss` is the mean over all elements of -[x log x_hat + (1 - x) log(1 - x_hat)]."""
    right = oracle.bce(X_HAT, X)
    likely = {
        SUM: right * 3,
        "you add up instead of averaging": right * 6,
        "the minus sign is missing": -right,
    }
    likely["only the term of x is there"] = float(np.mean(-X * np.log(X_HAT)))
    likely["a logarithm of another base"] = right / np.log(2)
    expect.close("bce_loss(x_hat, x)", student.call("bce_loss", X_HAT, X), right, 1e-5, likely=likely)


@check(points=2)
def test_mae_of_six_pixels(student):
    """`mae_loss` is the mean over all elements of the absolute difference."""
    right = oracle.mae(X_HAT, X)
    likely = {SUM: right * 3, "you add up instead of averaging": right * 6, "squared": oracle.mse(X_HAT, X)}
    likely["the absolute value is missing"] = float(np.mean(X_HAT - X))
    expect.close("mae_loss(x_hat, x)", student.call("mae_loss", X_HAT, X), right, 1e-5, likely=likely)


@check(points=3)
def test_comparison_returns_what_was_asked_for(student):
    """`compare_loss_functions` returns model, losses per epoch and reconstructions for MSE, BCE and L1."""
    x, y = oracle.images(21, 24)
    weights = oracle.tiny_weights(22, 16, [3])
    train, test = student.make("loader", x, y, [8, 8, 8]), student.make("loader", x[:12], y[:12], [12])
    models = student.make("tiny_class", weights, latent_dim=3)
    got = student.call(
        "compare_loss_functions", models, train, test, student.make("device"), epochs=2, lr=1e-3
    )
    for name in expect.mapping("compare_loss_functions(…)", got, ["MSE", "BCE", "L1"]) and (
        "MSE",
        "BCE",
        "L1",
    ):
        entry = expect.mapping(
            f"the result for {name}", got[name], ["model", "train_losses", "reconstructions"]
        )
        expect.model(f"{name}: model", entry["model"])
        expect.sequence(f"{name}: train_losses", entry["train_losses"], 2)
        pictures = expect.array(f"{name}: reconstructions", entry["reconstructions"])
        expect.true(
            pictures.size == 160,
            f"{name}: reconstructions: expected 10 images of 16 pixels, got {pictures.shape}",
        )
