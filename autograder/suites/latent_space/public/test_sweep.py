"""Sweep, public: the returned entries, a new model per dimension, and the elbow of two sharp curves."""

from autograder.judge import attempt, check, exhibit, expect, picture, shared
from autograder.suites.latent_space import digits, oracle, rows

DIMS = [2, 1, 4]


@shared
def swept(student):
    """The result of a sweep over tiny known models, and how their class was called."""
    x, y = oracle.images(61, 24)
    loader = student.make("loader", x, y, [8, 8, 8])
    models = student.make("Models", oracle.tiny_weights(65, 16, range(7)))
    arguments = {"dims": DIMS, "epochs": 1, "lr": 1e-3, "model_class": models}
    got = student.call("find_optimal_latent_dim", loader, loader, student.make("device"), **arguments)
    return got, attempt(rows.built, models, DIMS), attempt(models.get, "positional")


@check(points=2)
def test_sweep_returns_one_entry_per_dimension(swept):
    """`find_optimal_latent_dim` returns one {"dim", "error"} per entry of `dims`, in that order."""
    entries = rows.entries(swept[0], DIMS)
    cause = swept[1]()
    expect.true(cause != rows.UNCALLED, f"{rows.SWEEP}: errors of no model that was given", cause=cause)
    labels = [rows.number(entry["dim"]) for entry in entries]
    likely = {
        "`dims` is sorted; keep the order given": sorted(DIMS),
        "`dims` is sorted, largest first; keep the order given": sorted(DIMS, reverse=True),
        "the position is stored instead of the dimension": [0, 1, 2],
        "the position is stored instead of the dimension ": [1, 2, 3],
        "the same dict is added each time; make a new one for each dimension": [DIMS[-1]] * 3,
    }
    errors = rows.errors(entries, DIMS)
    for order, shape in ((errors.argsort(), "smallest"), (errors.argsort()[::-1], "largest")):
        likely[f"the rows are sorted by their error, {shape} first; keep the order of dims"] = [
            DIMS[i] for i in order
        ]
    wrong = next((k for k, label in zip(DIMS, labels, strict=True) if label != k), None)
    cause = expect.cause_of(labels, likely)
    expect.true(wrong is None, f"expected dim {wrong} in its place", f"got {labels} for {DIMS}", cause)
    good = bool((errors > 0).all())
    expect.true(good, "error: expected a positive number for every dimension")


@check(points=1)
def test_every_dimension_has_a_model_of_its_own(swept):
    """`find_optimal_latent_dim` calls `model_class(latent_dim=k)`, by that keyword, for each k."""
    _, built, positional = swept
    cause = built()
    expect.true(cause is None, "each dimension needs its own model", cause=cause)
    cause = "model_class(k) passes k as the input size; write model_class(latent_dim=k)"
    expect.true(positional() is False, "latent_dim was not passed by keyword", cause=cause)


def elbow_is(student, dims, errors, corner):
    """Expect the elbow of a curve to be at its corner."""
    elbow = rows.elbow_of(student.call("find_elbow", dims, errors))
    cause = rows.elbow_cause(elbow, dims, errors, corner)
    expected = f"find_elbow: expected {dims[corner]}"
    expect.true(elbow == dims[corner], expected, f"got {elbow:g} for errors {errors} at dims {dims}", cause)


@check(points=1)
def test_elbow_of_a_curve_over_powers_of_two(student):
    """`find_elbow` returns 8 for a curve that falls until 8 and is then flat."""
    elbow_is(student, [2, 4, 8, 16, 32, 64], [0.040, 0.030, 0.005, 0.0049, 0.0048, 0.0047], 2)


@check(points=1)
def test_elbow_of_a_curve_that_falls_at_once(student):
    """`find_elbow` returns 20 for a curve over 10 to 50 that falls once and is then flat."""
    elbow_is(student, [10, 20, 30, 40, 50], [0.5, 0.02, 0.0198, 0.0197, 0.0196], 1)


@picture()
def test_picture_of_the_curve(student):
    """The test errors of your sweep on digits, by latent dimension, and the elbow that you find in them."""
    loaders, dims = digits.loaders(student), list(digits.DIMS)
    models = student.make("Models", {k: digits.first_weights(k) for k in dims})
    arguments = {"dims": dims, "epochs": digits.EPOCHS, "lr": digits.LR, "model_class": models}
    got = student.call("find_optimal_latent_dim", *loaders, student.make("device"), **arguments)
    errors = rows.errors(got, dims)
    caption = "The test errors that your sweep returned on digits; a right sweep's errors are in the band"
    exhibit.curve(caption, dims, errors.tolist(), digits.band(), ("latent dimension", "error"))
    elbow = rows.elbow_of(student.call("find_elbow", dims, errors.tolist()))
    expect.true(elbow in dims, "find_elbow: expected an entry of dims")
    exhibit.mark(elbow, "elbow")
