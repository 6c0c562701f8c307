"""Sweep, hidden: errors against the judge's runs, averaging, eval mode, data of known dimension, elbows."""

import numpy as np

from autograder.judge import check, expect, shared
from autograder.suites.latent_space import oracle, rows
from autograder.suites.latent_space.sweeps import Sweep, small_errors

DIMS, EPOCHS, LR = (3, 1, 4), 4, 0.15
SIZES = (9, 9, 9, 5)
SAME = 0.02  # relative to the judge's error with the same weights; float32 differs by 1e-5
ALLOWED = 5e-3  # relative; float32, a fused Adam and other orders of summation differ by 2e-7


def errors_match(student, seed, test_sizes, gain=1.0):
    """Expect the errors of a sweep over tiny known models to equal those of the judge's run."""
    x, y = oracle.images(seed, sum(SIZES))
    test_x, test_y = oracle.images(seed + 1, sum(test_sizes))
    test_x[: test_sizes[-1]] *= 0.3
    test_x = test_x[::-1].copy()  # the last batch is the different one
    weights = oracle.tiny_weights(seed + 2, 16, range(7))
    models = student.make("Models", weights, gain)
    loaders = student.make("loader", x, y, SIZES), student.make("loader", test_x, test_y, test_sizes)
    arguments = {"dims": list(DIMS), "epochs": EPOCHS, "lr": LR, "model_class": models}
    got = student.call("find_optimal_latent_dim", *loaders, student.make("device"), **arguments)
    errors = rows.errors(got, DIMS)
    sweep = Sweep(
        weights, oracle.flat(x), SIZES, oracle.flat(test_x), tuple(test_sizes), DIMS, EPOCHS, LR, gain
    )
    right = sweep.errors()
    built = None if np.allclose(errors, right, ALLOWED, 0) else rows.built(models, DIMS)
    expect.close("the errors", errors, right, ALLOWED, 0, sweep.mistakes, cause=built, otherwise=UNKNOWN)


UNKNOWN = (
    "Either this is not the training asked for (Adam, MSE, every epoch and batch), or not the mean over all "
    "test images of the squared error"
)


@check(points=6, kept="the measure itself; the next two checks add one property each")
def test_errors_are_those_of_our_own_runs(student):
    """Training from known weights on known batches leads to the known test error of every dimension."""
    errors_match(student, 251, [6, 6, 6])


@check(points=2)
def test_trained_in_train_mode_and_measured_in_eval_mode(student):
    """Models are trained in train mode in every epoch, and their test errors are measured in eval mode."""
    errors_match(student, 320, [9, 9], gain=0.5)


@check(points=3)
def test_every_test_image_counts_the_same(student):
    """The error is the mean over all test images, even if the last batch is short."""
    errors_match(student, 338, [8, 8, 3])


@check(points=4, cpu=20)
def test_error_falls_until_the_data_have_no_more_dimensions(student):
    """On images that need exactly r numbers, the error falls sharply at r and little after it."""
    r, dims = 2, [1, 2, 3]
    data = oracle.manifold(83, r, n=1280)
    train, test = data[:1024], data[1024:]
    loaders = [student.make("quick_loader", x, np.zeros(len(x), np.int64), 64) for x in (train, test)]
    models = student.make("bound_class", 32)
    arguments = {"dims": dims, "epochs": 6, "lr": 2e-2, "model_class": models}
    got = student.call("find_optimal_latent_dim", *loaders, student.make("device"), **arguments)
    errors = rows.errors(got, dims)
    expect.true(bool((errors > 0).all()), "the errors: expected positive numbers")
    states = rows.made(models)
    for k, error in zip(dims, errors, strict=True):
        built = np.array(small_errors(states, test, k))
        expect.true(built.size > 0, f"no model was built for dimension {k}")
        nearest = built[np.abs(built - error).argmin()]
        expect.close(f"the error for dimension {k}, against that of its model", error, nearest, SAME, 0)
    sharpest = int(np.argmax(errors[:-1] / errors[1:])) + 2
    expect.true(sharpest == r, f"the error does not fall most at the data's own dimension{AFTER}")
    at_r, linear = errors[r - 1], oracle.pca_error(train, test, r)
    own = f"the error at the data's own dimension{AFTER}"
    expect.below(f"{own}, against that of one less", at_r, errors[r - 2] / 8)
    expect.below(f"{own}, against a linear method", at_r, 0.6 * linear)


AFTER = ", after the training asked for"


CURVES = [
    ([*range(10, 100, 10)], [0.90, 0.70, 0.03, 0.0298, 0.0296, 0.0294, 0.0292, 0.0290, 0.0288], 2),
    ([*range(110, 200, 10)], [0.90, 0.80, 0.70, 0.55, 0.40, 0.25, 0.03, 0.0298, 0.0296], 6),
    ([12, 24, 48, 96, 192, 384], [0.21, 0.18, 0.12, 0.0090, 0.0089, 0.0088], 3),
]


@shared
def elbows(student):
    """Each curve's elbow, its dims and errors, and the position of its corner."""
    curves = []
    for dims, errors, corner in CURVES:
        given = student.put(dims), student.put(errors)
        elbow = rows.elbow_of(student.call("find_elbow", *given))
        for handle, before in zip(given, (dims, errors), strict=True):
            after = [rows.number(value) for value in expect.sequence("the list given", handle.get())]
            expect.true(
                after == before, "find_elbow changed a list passed to it", cause="sort a copy instead"
            )
        curves.append((elbow, dims, errors, corner))
    return curves


@check(points=3, kept="an elbow one entry off keeps these points")
def test_elbow_of_other_curves_is_at_most_one_entry_off(elbows):
    """`find_elbow` returns the entry of `dims` at the corner of other sharp curves, or one next to it."""
    for elbow, dims, errors, corner in elbows:
        cause = rows.elbow_cause(elbow, dims, errors, corner)
        expect.true(elbow in dims, "find_elbow: expected an entry of dims", cause=cause)
        expect.true(
            abs(dims.index(elbow) - corner) <= 1, "find_elbow: far from the corner of a curve", cause=cause
        )


@check(points=2)
def test_elbow_of_other_curves_is_exact(elbows):
    """`find_elbow` returns exactly the corner of other curves with a sharp corner."""
    for elbow, dims, errors, corner in elbows:
        cause = rows.elbow_cause(elbow, dims, errors, corner)
        expect.true(elbow == dims[corner], "find_elbow: not at the corner of a curve", cause=cause)
