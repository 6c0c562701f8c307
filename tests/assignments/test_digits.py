"""The data of students' pictures: real digits, models trained on them, and the band of right errors."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from autograder import grading
from autograder.intake import finding
from autograder.records import assignment as assignments
from autograder.records.results import Exhibit, Result
from autograder.sandbox.process import ProcessSandbox
from autograder.suites.latent_space import centroids, digits, oracle

ROOT = Path(__file__).parents[2]
maker = importlib.import_module("make_digits")
ASSIGNMENT = assignments.load(ROOT / "assignments/latent_space/assignment.toml")
PICTURES = tuple(
    f"{question}.picture_of_{what}"
    for question, what in (
        ("model", "reconstructions"),
        ("losses", "the_comparison"),
        ("sweep", "the_curve"),
        ("arithmetic", "the_arithmetic"),
    )
)


@pytest.fixture(scope="module")
def solved() -> list[Result]:
    """The known-good solution's pictures, twice."""
    (work,) = finding.find([ROOT / "solutions/latent_space/latent_space.py"], ASSIGNMENT)
    return [grading.grade(work, ASSIGNMENT, ProcessSandbox(), only=PICTURES) for _ in range(2)]


def shown(result: Result) -> dict[str, Exhibit]:
    return {check.id: check.exhibits[0] for check in result.checks}


def pixels(exhibit: Exhibit, label: str) -> np.ndarray:
    return np.array([list(bytes.fromhex(p.pixels)) for p in exhibit.pictures if p.label == label]) / 255


def test_the_digits_are_those_of_scikit_learn() -> None:
    data = load_digits()
    assert np.array_equal(digits.stored()["pixels"], data.data[: digits.N_TRAIN + maker.N_TEST])
    assert np.array_equal(digits.stored()["labels"], data.target[: digits.N_TRAIN + maker.N_TEST])
    assert {str(array.dtype) for array in maker.chosen().values()} == {"uint8"}


def test_both_stored_models_reconstruct_digits() -> None:
    x = digits.images().reshape(-1, digits.PIXELS)
    nothing = float(np.mean((x - x.mean(0)) ** 2))
    small = centroids.Curved(digits.weights())
    steps = [oracle.relu, oracle.relu, None, oracle.relu, oracle.relu, oracle.sigmoid]
    large = oracle.run(digits.stack(), x, steps)
    assert float(np.mean((small.decode(small.encode(x)) - x) ** 2)) < 0.35 * nothing
    assert float(np.mean((large - x) ** 2)) < 0.35 * nothing


def test_right_sweeps_fall_for_any_first_weights_and_lie_in_the_band() -> None:
    errors = maker.right_errors(ASSIGNMENT, seeds=3)
    low, high = digits.band()
    assert (np.diff(errors) < 0).all()
    assert ((low < errors) & (errors < high)).all()
    assert len({tuple(row) for row in errors}) == 3


def test_the_band_can_be_seen_and_is_narrow_where_the_curve_falls() -> None:
    low, high = map(np.array, digits.band())
    assert (high - low > 0.05 * high.max()).all()  # the diameter of a point
    assert (low[:-2] > high[2:]).all()


def test_first_weights_decode_to_about_the_mean_digit() -> None:
    x = digits.images()[: digits.N_TRAIN].reshape(-1, digits.PIXELS)
    tiny = oracle.Tiny(digits.first_weights(digits.LATENT))
    assert np.abs(tiny.encode(x).mean(0)).max() < 1e-4
    assert np.abs(tiny.decode(np.zeros((1, digits.LATENT))) - x.mean(0)).max() < 0.021


def test_every_question_shows_a_picture_and_two_runs_show_the_same(solved: list[Result]) -> None:
    assert tuple(shown(solved[0])) == PICTURES
    assert shown(solved[0]) == shown(solved[1])
    assert solved[0].score == 0


def test_a_right_models_row_equals_the_judges(solved: list[Result]) -> None:
    exhibit = shown(solved[0])["model.picture_of_reconstructions"]
    assert np.abs(pixels(exhibit, "your model") - pixels(exhibit, "a right model")).max() <= 1 / 255
    assert np.array_equal(pixels(exhibit, "digits"), np.rint(digits.first_ten().astype(float) * 255) / 255)


def test_each_losss_reconstructions_are_nearer_to_their_digits_than_the_mean_digit(
    solved: list[Result],
) -> None:
    exhibit = shown(solved[0])["losses.picture_of_the_comparison"]
    x = pixels(exhibit, "digits")
    nothing = np.mean((x - digits.images()[: digits.N_TRAIN].reshape(-1, digits.PIXELS).mean(0)) ** 2)
    for name in ("MSE", "BCE", "L1"):
        assert np.mean((pixels(exhibit, name) - x) ** 2) < 0.6 * nothing


def test_right_work_is_in_the_band_and_its_sum_is_the_right_image(solved: list[Result]) -> None:
    curve = shown(solved[0])["sweep.picture_of_the_curve"]
    assert all(low <= y <= high for low, y, high in zip(curve.low, curve.y, curve.high, strict=True))
    assert curve.mark == 8  # the corner
    strip = shown(solved[0])["arithmetic.picture_of_the_arithmetic"]
    assert [p.sign for p in strip.pictures] == ["", "+", "−", "=", "vs"]
    assert strip.pictures[3].pixels == strip.pictures[4].pixels
