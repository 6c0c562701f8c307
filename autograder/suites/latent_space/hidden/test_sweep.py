"""Sweep, hidden: errors against our own runs, averaging, eval mode, and data of known dimension."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.latent_space import oracle

DIMS, EPOCHS, LR = [3, 1, 4], 3, 0.02


def swept(student, seed, sizes, gain=1.0, dims=DIMS):
    """Return the student's errors and what ours are built from: weights, train and test images."""
    x, y = oracle.images(seed, 32)
    test_x, test_y = oracle.images(seed + 1, sum(sizes))
    test_x[: sizes[-1]] *= 0.3
    test_x = test_x[::-1].copy()  # the short last batch is the odd one
    weights = oracle.tiny_weights(seed + 2, 16, dims)
    train, test = student.make("loader", x, y, [8] * 4), student.make("loader", test_x, test_y, sizes)
    arguments = {
        "dims": dims,
        "epochs": EPOCHS,
        "lr": LR,
        "model_class": student.make("tiny_class", weights, gain),
    }
    got = student.call("find_optimal_latent_dim", train, test, student.make("device"), **arguments)
    entries = [
        expect.mapping("an entry", e, ["dim", "error"]) for e in expect.sequence("the sweep", got, len(dims))
    ]
    errors = np.array([expect.scalar("error", e["error"]) for e in entries])
    return errors, weights, oracle.flat(x), oracle.flat(test_x)


def trained(weights, x, dims=DIMS, gain=1.0, loss="MSE", epochs=EPOCHS, lr=LR):
    """Return our own trained models, one per dimension."""
    models = [oracle.Tiny(weights[k], gain) for k in dims]
    for model in models:
        model.train(x, [8] * 4, loss, epochs, lr)
    return models


def means(models, x):
    """Return each model's mean squared error."""
    return np.array([m.errors(x).mean() for m in models])


@check(points=6)
def test_errors_are_those_of_our_own_runs(student):
    """From known weights on known batches, the test error of every dimension is known."""
    errors, weights, x, test = swept(student, 71, [8, 8])
    models = trained(weights, x)
    likely = {
        "the error is measured on the training images": means(models, x),
        "the models are not trained": means(trained(weights, x, lr=0.0), test),
        "only one epoch is trained": means(trained(weights, x, epochs=1), test),
        "the learning rate given is ignored": means(trained(weights, x, lr=1e-3), test),
        "the models are trained with BCE; MSE was asked for": means(trained(weights, x, loss="BCE"), test),
        "only the last batch is measured": means(models, test[8:]),
        "the errors are sorted; they belong in the order of dims": np.sort(means(models, test))[::-1],
        "the errors are added up from one dimension to the next": np.cumsum(means(models, test)),
        "the sum over pixels is taken; the mean was asked for": 16 * means(models, test),
    }
    expect.close("the errors", errors, means(models, test), 2e-3, 1e-6, likely)


@check(points=2)
def test_errors_are_measured_in_eval_mode(student):
    """Test errors are measured in eval mode."""
    errors, weights, x, test = swept(student, 75, [8, 8], gain=0.5)
    models = trained(weights, x, gain=0.5)
    train_mode = np.array([np.mean((m.decode(m.encode(test, 0.5)) - test) ** 2) for m in models])
    likely = {"the model is still in train mode: call eval() before measuring": train_mode}
    expect.close("the errors", errors, means(models, test), 2e-3, 1e-6, likely)


@check(points=3)
def test_every_test_image_counts_the_same(student):
    """The error is the mean over all test images, also when the last batch is short."""
    errors, weights, x, test = swept(student, 79, [9, 9, 3])
    models = trained(weights, x)
    batches = [np.mean([m.errors(b).mean() for b in np.split(test, [9, 18])]) for m in models]
    likely = {
        "the means of the batches are averaged, so an image in a short batch counts more": np.array(batches),
        "only the last batch is measured": means(models, test[18:]),
        "only the first batch is measured": means(models, test[:9]),
    }
    expect.close("the errors", errors, means(models, test), 2e-3, 1e-6, likely)


@check(points=4, cpu=20)
def test_error_falls_until_the_data_have_no_more_dimensions(student):
    """On images that need exactly r numbers, the error falls sharply at r and hardly after it."""
    r, dims = 3, [1, 2, 3, 4, 5]
    data = oracle.manifold(83, r, n=1280)
    train, test = data[:1024], data[1024:]
    loaders = [
        student.make("loader", x, np.zeros(len(x), np.int64), [64] * (len(x) // 64)) for x in (train, test)
    ]
    arguments = {"dims": dims, "epochs": 6, "lr": 1e-2, "model_class": student.make("small_class")}
    got = student.call("find_optimal_latent_dim", *loaders, student.make("device"), **arguments)
    entries = [
        expect.mapping("an entry", e, ["dim", "error"]) for e in expect.sequence("the sweep", got, len(dims))
    ]
    errors = np.array([expect.scalar("error", e["error"]) for e in entries])
    expect.true(bool((errors > 0).all()), "the errors: expected positive numbers")
    drops = errors[:-1] / errors[1:]
    sharp = int(np.argmax(drops)) == r - 2 and drops[r - 2] >= 8
    cause = "too little training, one model for all dimensions, or errors that were not measured"
    expect.true(
        sharp, "the error does not fall where the data's dimension is reached", f"drops {drops}", cause
    )
    bound = 0.6 * oracle.pca_error(train, test, r)
    expect.true(errors[r - 1] <= bound, "the error is no lower than that of a linear method", cause=cause)


CURVES = [
    ([1, 2, 3, 4, 5, 6], [0.9, 0.88, 0.03, 0.029, 0.028, 0.027], 3),
    ([2, 4, 8, 16, 32], [0.30, 0.012, 0.0119, 0.0118, 0.0117], 4),
]


@check(points=4)
def test_elbow_of_other_curves(student):
    """`find_elbow` finds the corner of other curves with a sharp corner, and returns an entry of `dims`."""
    for dims, errors, right in CURVES:
        elbow = expect.scalar("find_elbow(dims, errors)", student.call("find_elbow", dims, errors))
        likely = {
            "the position in the list is returned": dims.index(right),
            "the smallest error is taken": dims[-1],
            "the point before the largest drop is taken": dims[dims.index(right) - 1],
        }
        expect.true(
            elbow in dims, "find_elbow: expected an entry of dims", cause=expect.cause_of(elbow, likely)
        )
        expect.true(
            elbow == right, "find_elbow: not at the corner of a curve", cause=expect.cause_of(elbow, likely)
        )
