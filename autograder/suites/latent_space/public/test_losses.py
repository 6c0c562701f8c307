"""Losses, public: numbers small enough to check by hand, and the comparison's return value."""

import numpy as np

from autograder.judge import check, exhibit, expect, picture
from autograder.suites.latent_space import digits, oracle
from autograder.suites.latent_space.rows import ROUGH, has_gradient

X = np.array([[0.1, 0.9, 0.8], [0.2, 0.7, 0.4]], np.float32)
X_HAT = np.array([[0.5, 0.5, 0.75], [0.25, 0.4, 0.3]], np.float32)
EDGES = np.array([[0, 1, 0.5]], np.float32)  # values that only some in-place operations change
NAMES = ("MSE", "BCE", "L1")


def judge_loss(student, function, name):
    """Expect a loss to leave its inputs unchanged, to have the right value, and to be differentiable."""
    given = np.vstack([X_HAT, EDGES]), np.vstack([X, EDGES])
    handed = [student.put(array) for array in given]
    student.call(function, *handed)
    for what, kept, before in zip(("x_hat", "x"), handed, given, strict=True):
        same = bool((expect.array(what, kept.get(), before.shape) == before).all())
        cause = "an operation in place (one whose name ends in _, or +=, or an assignment to entries)"
        expect.true(same, f"{function} changed its argument {what}", cause=cause)
    value = student.call(function, X_HAT, X)
    ended = "`.item()` or float() makes it a plain number without a gradient; return the tensor"
    expect.true(type(value) is not float, f"{function}: expected a tensor, got a plain number", cause=ended)
    some = "the mean is taken over one axis only, or not at all"
    expect.array(f"{function}(x_hat, x)", value, (), some if oracle.shape(value) else None)
    likely = oracle.wrong_values(name, X_HAT, X)
    expect.close(f"{function}(x_hat, x)", value, oracle.LOSSES[name](X_HAT, X), 1e-4, likely=likely)
    answer = student.vjp(function, [X_HAT, X], np.ones((), np.float32))
    lost = "the computation leaves torch (NumPy, detach, no_grad, torch.tensor)"
    expect.true(has_gradient(answer), f"{function}: the loss has no gradient", cause=lost)
    pull = expect.array(f"the gradient of {function}", answer["arguments"][0], X.shape)
    expect.true(bool(pull.any()), f"{function}: the gradient is 0 everywhere", cause=lost)


@check(points=2)
def test_mse_of_six_pixels(student):
    """`mse_loss` is the mean over all elements of the squared difference, and can be differentiated."""
    judge_loss(student, "mse_loss", "MSE")


@check(points=2)
def test_bce_of_six_pixels(student):
    """`bce_loss` is the mean over all elements of -[x log x_hat + (1 - x) log(1 - x_hat)], differentiable."""
    judge_loss(student, "bce_loss", "BCE")


@check(points=2)
def test_mae_of_six_pixels(student):
    """`mae_loss` is the mean over all elements of the absolute difference, and can be differentiated."""
    judge_loss(student, "mae_loss", "L1")


def compared(student, n, n_test):
    """Return the entries of a comparison in 3 epochs, on batches of n images of 4×8 pixels; those (N, 32)."""
    x, y = oracle.images(21, 2 * n + n_test, 6)
    x = x.reshape(len(x), -1)[:, :32].reshape(-1, 1, 4, 8)
    weights = oracle.tiny_weights(22, 32, [3])
    train = student.make("loader", x[: 2 * n], y[: 2 * n], [n, n])
    test = student.make("loader", x[2 * n :], y[2 * n :], [n_test])
    models = student.make("spy_class", weights, 3)
    got = student.call(
        "compare_loss_functions", models, train, test, student.make("device"), epochs=3, lr=1e-3
    )
    entries = expect.mapping("compare_loss_functions(…)", got, NAMES)
    keys = ["model", "train_losses", "reconstructions"]
    flat = oracle.flat(x)
    return {name: expect.mapping(f"the result for {name}", entries[name], keys) for name in NAMES}, flat


def judge_history(name, history):
    """Expect one finite number per epoch, for three epochs of two batches."""
    causes = {
        1: "only one epoch is recorded, or `return` is inside the loop",
        2: "there is one number per batch of one epoch; the mean of each epoch was asked for",
        6: "there is one number per batch; the mean of each epoch was asked for",
        10: "the argument `epochs` is ignored",
    }
    entries = expect.sequence(f"{name}: train_losses", history)
    what = f"{name}: train_losses: expected one number for each of 3 epochs, got {len(entries)}"
    cause = expect.cause_of(len(entries), {cause: count for count, cause in causes.items()})
    expect.true(len(entries) == 3, what, cause=cause)
    expect.array(f"{name}: train_losses", history)


def judge_pictures(name, pictures, n):
    """Expect n reconstructed images of 32 pixels; returns their numbers."""
    numbers = expect.array(f"{name}: reconstructions", pictures)
    causes = {
        30: "these are the latents; `model(x)` returns (reconstruction, latent)",
        49 * 32: "these are all test images; the first ten were asked for",
        98 * 32: "these are all training images; the first ten test images were asked for",
    }
    cause = causes.get(numbers.size) if n == 10 else None
    text = f"{name}: reconstructions: expected {n} images of 32 pixels, got shape {numbers.shape}"
    expect.true(numbers.size == n * 32, text, cause=cause)
    ten = "ten is written into the code, but the test set may have fewer images"
    expect.true(n == 10 or len(numbers) != 10, text, cause=ten)
    return numbers.reshape(n, 32)


def expect_made(name, model, pictures, images):
    """Expect each reconstruction to be near what the model returned makes of some of the images."""
    shapes = {"down": (32, 3), "bias_z": (3,), "up": (3, 32), "bias_x": (32,)}
    state = expect.mapping(f"{name}: the model's weights", model.state(), list(shapes))
    weights = [expect.array(f"{name}: the model's {w}", state[w], shape) for w, shape in shapes.items()]
    twin = oracle.Tiny(weights)
    with np.errstate(all="ignore"):
        made = twin.decode(twin.encode(images))
    for row in pictures:
        near = float(np.abs(made - row).max(axis=1).min()) <= ROUGH
        expect.true(near, f"{name}: reconstructions: the model returned does not make them of any image")


@check(points=1)
def test_comparison_returns_what_was_asked_for(student):
    """`compare_loss_functions` returns model, losses per epoch and reconstructions for MSE, BCE and L1."""
    entries, images = compared(student, 49, 49)
    for name, entry in entries.items():
        model = expect.model(f"{name}: model", entry["model"])
        cause = "`model_class` is never called; the class of question 1 is used instead"
        right_class = set(model.state()) == {"down", "bias_z", "up", "bias_x"}
        expect.true(right_class, f"{name}: model: expected one made by `model_class`", cause=cause)
        judge_history(name, entry["train_losses"])
        expect_made(name, model, judge_pictures(name, entry["reconstructions"], 10), images)
    for name, entry in compared(student, 5, 5)[0].items():
        judge_pictures(name, entry["reconstructions"], 5)


@picture()
def test_picture_of_the_comparison(student):
    """Reconstructions of ten digits, as your `compare_loss_functions` returns them for each loss."""
    k, loaders = digits.LATENT, digits.loaders(student)
    models = student.make("spy_class", {k: digits.first_weights(k)}, k)
    arguments = {"epochs": digits.EPOCHS, "lr": digits.LR}
    got = student.call("compare_loss_functions", models, *loaders, student.make("device"), **arguments)
    shown = {"digits": digits.first_ten()}
    for name, entry in expect.mapping("compare_loss_functions(…)", got, NAMES).items():
        pictures = expect.mapping(f"the result for {name}", entry, ["reconstructions"])["reconstructions"]
        pixels = expect.array(f"{name}: reconstructions", pictures)
        expect.true(pixels.size == 10 * digits.PIXELS, f"{name}: reconstructions: expected ten images")
        shown[name] = pixels.reshape(10, digits.PIXELS)
    caption = "Reconstructions that your compare_loss_functions returned, one row for each loss"
    exhibit.images(caption, digits.WIDTH, {name: shown[name] for name in ("digits", *NAMES)})
