"""Sweep, hidden: errors against the judge's runs, averaging, eval mode, data of known dimension, elbows."""

import numpy as np

from autograder.judge import check, drawn, expect, shared
from autograder.suites.latent_space import oracle, rows, shades
from autograder.suites.latent_space.sweeps import Sweep

DRAWN = drawn.of(__file__)["sweep"]
DIMS, EPOCHS, LR = tuple(DRAWN["dims"]), DRAWN["epochs"], DRAWN["lr"]
SIZES = tuple(DRAWN["sizes"])
ALLOWED = 5e-3  # relative; float32, a fused Adam and other orders of summation differ by 2e-7
EXACT = 2e-4  # the same, for runs in which small additions to the training show


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


def rounded(errors, right):
    """Whether errors are the right ones, rounded to five decimals or fewer."""
    return any(np.abs(errors - np.round(right, n)).max() < 1e-7 for n in (2, 3, 4, 5))


ROUNDED = "the error is rounded"


@check(points=5, kept="the measure itself; the next checks add one property each")
def test_errors_are_those_of_our_own_runs(student):
    """Training from known weights on known batches leads to the known test error of every dimension."""
    errors_match(student, **DRAWN["measured"])


@check(points=2)
def test_trained_in_train_mode_and_measured_in_eval_mode(student):
    """Models are trained in train mode in every epoch, and their test errors are measured in eval mode."""
    errors_match(student, **DRAWN["modes"], gain=DRAWN["gain"])


@check(points=3)
def test_every_test_image_counts_the_same(student):
    """The error is the mean over all test images, even if the last batch is short."""
    errors_match(student, **DRAWN["short"])


# --- the sweep again: runs that no shortcut imitates, of the stand-in of one weight per pixel ---------------

WHOLE_SEED, MANY_SEED, DEFAULT_SEED, AGAIN_SEED = (
    DRAWN[name] for name in ("whole", "many", "defaults", "again")
)
WHOLE = (
    "Either this is not the training asked for (Adam, MSE, every batch) to its end, or the error is not that "
    "after the last epoch"
)
MANY = "Either not every batch is trained on, or not every test image is measured"
DEFAULTS = (
    "Either the defaults are not every dimension, epochs=15 and lr=1e-3, or the training is not the one "
    "asked for"
)
LEFT = (
    "an earlier call's list, cache, model or iterator is used again; or dimensions that repeat, or exceed "
    "the number of pixels, are not treated like others"
)


def asked(student, weights, contrast, data, device, *settings):
    """Return the result of a sweep over models of one weight per pixel; `data`: images and batches' sizes."""
    (x, sizes), (test, test_sizes) = data
    loaders = [
        student.make("loader", images, np.zeros(len(images), np.int64), list(counts))
        for images, counts in ((x, sizes), (test, test_sizes))
    ]
    models = student.make("Models", weights, contrast=contrast)
    return student.call("find_optimal_latent_dim", *loaders, device, *settings, model_class=models)


def judge_errors(got, dims, courses, test, fallback, shortcuts=True):
    """Expect the test errors that the judge's own training leads to.

    Names the shortcut that leads to other ones if `shortcuts`, for runs that tell shortcuts apart.
    """
    errors = rows.errors(got, dims)
    right = np.array([course.error(course.last, test) for course in courses])

    wrong = not np.allclose(errors, right, EXACT, 0)
    cause = shortcut(errors, courses, test) if wrong and shortcuts else None
    if wrong and rounded(errors, right):
        cause = ROUNDED
    expect.close("the errors", errors, right, EXACT, 0, {cause: errors} if cause else {}, otherwise=fallback)


def shortcut(errors, courses, test):
    """Return the one shortcut in training that leads to all of the errors, or None."""
    causes = set()
    for error, course in zip(errors, courses, strict=True):
        likely = {c: [course.error(w, test) for w in last] for c, last in course.shortcuts().items()}
        causes.add(shades.nearest(error, likely, 2e-5))
    return causes.pop() if len(causes) == 1 else None


@check(points=2)
def test_training_goes_on_as_asked_for_until_the_last_epoch(student):
    """Many epochs with a short last batch lead to known errors: nothing stops, slows or clips training."""
    dims = tuple(DRAWN["whole_dims"])
    weights, x, test = shades.restless(WHOLE_SEED, dims)
    data = (x, shades.SIZES), (test, (6, 6))
    device = student.make("device")
    got = asked(student, weights, shades.STRONG, data, device, dims, shades.EPOCHS, shades.LR)
    judge_errors(got, dims, [shades.Course(weights[k], x) for k in dims], test, WHOLE)


@check(points=1)
def test_every_batch_and_every_test_image_counts_however_many_there_are(student):
    """More than a hundred training batches and 25 test batches lead to known errors."""
    k, size, count = (DRAWN[name] for name in ("many_dim", "test_batch", "test_batches"))
    weights, _, _ = shades.restless(MANY_SEED, [k])
    x, test = shades.many(MANY_SEED, DRAWN["batches"], size * count)
    sizes = (1,) * len(x)
    data = (x, sizes), (test, (size,) * count)
    got = asked(student, weights, shades.WEAK, data, student.make("device"), [k], 1, shades.LR)
    course = shades.Course(weights[k], x, sizes, epochs=1, contrast=shades.WEAK)
    judge_errors(got, [k], [course], test, MANY)


@check(points=1)
def test_defaults_are_those_of_the_signature(student):
    """By default, a sweep takes 2, 4, 8, … 256 latents, 15 epochs at 1e-3; a device may be given as text."""
    weights, test, x = shades.restless(DEFAULT_SEED, shades.DIMS)
    got = asked(student, weights, shades.MIDDLE, ((x, (12,)), (test[:16], (8, 8))), "cpu")
    courses = [
        shades.Course(weights[k], x, (12,), epochs=15, lr=1e-3, contrast=shades.MIDDLE) for k in shades.DIMS
    ]
    judge_errors(got, shades.DIMS, courses, test[:16], DEFAULTS, shortcuts=False)


@check(points=1)
def test_each_call_starts_anew_and_answers_every_entry_of_dims(student):
    """A second call with other data is right too, and so are dims that repeat or exceed the pixels."""
    (first, second) = DRAWN["again_dims"]
    for seed, dims in ((AGAIN_SEED, tuple(first)), (AGAIN_SEED + 1, second)):
        weights, test, x = shades.restless(seed, dims)
        test = test[:16]
        data = (x, (6, 6)), (test, (8, 8))
        got = asked(student, weights, shades.WEAK, data, student.make("device"), dims, 1, shades.LR)
        if isinstance(got, (list, tuple)) and len(got) > 1:
            text = f"{rows.SWEEP}: expected one entry for each entry of `dims`"
            expect.true(len(got) == len(dims), text, f"expected {len(dims)}, got {len(got)}", LEFT)
        courses = [shades.Course(weights[k], x, (6, 6), epochs=1, contrast=shades.WEAK) for k in dims]
        judge_errors(got, dims, courses, test, f"Either {LEFT}", shortcuts=False)


CURVES, ROUNDER = DRAWN["curves"], DRAWN["rounder"]  # of these, other rules lead to other points


SORTED = "a list passed to it is sorted or changed in place; sort a copy instead"


@shared
def elbows(student):
    """Each curve's elbow, dims, position of its corner, and likely cause: sharp curves, rounder ones."""
    return [elbow_of(student, *curve) for curve in CURVES], [elbow_of(student, *curve) for curve in ROUNDER]


def elbow_of(student, dims, errors, corner):
    """Return a curve's elbow, its dims, the position of its corner, and the likely cause of a wrong elbow."""
    given = student.put(dims), student.put(errors)
    elbow = rows.elbow_of(student.call("find_elbow", *given))
    for handle, before in zip(given, (dims, errors), strict=True):
        after = [rows.number(value) for value in expect.sequence("the list given", handle.get())]
        expect.true(after == before, "find_elbow changed a list passed to it", cause=SORTED)
    return elbow, dims, corner, rows.elbow_cause(elbow, dims, errors, corner)


@check(points=3, kept="an elbow one entry off keeps these points")
def test_elbow_of_other_curves_is_at_most_one_entry_off(elbows):
    """`find_elbow` returns the entry of `dims` at the corner of other sharp curves, or one next to it."""
    for elbow, dims, corner, cause in elbows[0]:
        expect.true(elbow in dims, "find_elbow: expected an entry of dims", cause=cause)
        near = abs(dims.index(elbow) - corner) <= 1
        expect.true(near, "find_elbow: far from the corner of a curve", cause=cause, otherwise=RULE)


RULE = (
    "Perhaps it follows another rule than the docstring's: the point farthest below the straight line from "
    "the first to the last point, with the dimensions on a logarithmic axis and the errors as they are"
)


@check(points=2)
def test_elbow_of_other_curves_is_exact(elbows):
    """`find_elbow` is exact on curves with a sharp corner, and by the docstring's rule on rounder ones."""
    for elbow, dims, corner, cause in elbows[0]:
        text = "find_elbow: not at the corner of a curve"
        expect.true(elbow == dims[corner], text, cause=cause, otherwise=RULE)
    for elbow, dims, corner, cause in elbows[1]:
        text = "find_elbow: not the point farthest below the line of a rounder curve"
        expect.true(elbow == dims[corner], text, cause=cause, otherwise=RULE)
