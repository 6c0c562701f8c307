"""Sweep, public: what comes back, and the elbow of two curves with a corner."""

from autograder.judge import check, expect
from autograder.suites.latent_space import oracle

INDEX = "the position in the list is returned; the dimension itself was asked for"


@check(points=3)
def test_sweep_returns_one_entry_per_dimension(student):
    """`find_optimal_latent_dim` returns one {"dim", "error"} per entry of `dims`, in that order."""
    x, y = oracle.images(61, 24)
    loader = student.make("loader", x, y, [8, 8, 8])
    models = student.make("tiny_class", oracle.tiny_weights(62, 16, [1, 2, 4]))
    arguments = {"dims": [2, 1, 4], "epochs": 1, "lr": 1e-3, "model_class": models}
    got = student.call("find_optimal_latent_dim", loader, loader, student.make("device"), **arguments)
    for k, entry in zip([2, 1, 4], expect.sequence("find_optimal_latent_dim(…)", got, 3), strict=True):
        entry = expect.mapping("an entry", entry, ["dim", "error"])
        expect.true(
            expect.scalar("dim", entry["dim"]) == k, f"expected dim {k} in its place", f"got {entry['dim']}"
        )
        expect.true(expect.scalar("error", entry["error"]) > 0, "error: expected a positive number")


@check(points=2)
def test_elbow_of_a_curve_over_powers_of_two(student):
    """`find_elbow` returns 8 for a curve that falls until 8 and is flat from there."""
    errors = [0.040, 0.030, 0.005, 0.0049, 0.0048, 0.0047]
    elbow = expect.scalar(
        "find_elbow(dims, errors)", student.call("find_elbow", [2, 4, 8, 16, 32, 64], errors)
    )
    cause = {
        2: INDEX,
        64: "the smallest error is taken",
        4: "the point before the largest drop is taken",
    }.get(int(elbow))
    expect.true(elbow == 8, "find_elbow: expected 8", f"got {elbow:g} for errors {errors}", cause)


@check(points=1)
def test_elbow_of_a_curve_that_falls_at_once(student):
    """`find_elbow` returns 2 for a curve over 1 to 5 that falls once and is flat from there."""
    errors = [0.5, 0.02, 0.019, 0.018, 0.017]
    elbow = expect.scalar("find_elbow(dims, errors)", student.call("find_elbow", [1, 2, 3, 4, 5], errors))
    cause = {1: INDEX, 5: "the smallest error is taken"}.get(int(elbow))
    expect.true(elbow == 2, "find_elbow: expected 2", f"got {elbow:g} for errors {errors}", cause)
