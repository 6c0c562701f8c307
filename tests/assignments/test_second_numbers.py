"""The numbers in the second assignment's model answer and handout equal those measured by its tool."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
NAME = "undercomplete_overcomplete"
MEASURED = json.loads((ROOT / f"docs/numbers/{NAME}.json").read_text(encoding="utf-8"))
ANSWERS = " ".join((ROOT / "solutions" / NAME / "answers.md").read_text(encoding="utf-8").split())
HANDOUT = " ".join((ROOT / "assignments" / NAME / "handout.md").read_text(encoding="utf-8").split())
DEFAULTS = {"weight": 0.0, "sigma": 0.0, "linear": False}


def values(name: str, **settings: float) -> list[float]:
    """Return a measurement for every seed."""
    wanted = {**DEFAULTS, **settings}
    return [run[name] for run in MEASURED["runs"] if all({**DEFAULTS, **run}[k] == v for k, v in wanted.items())]


def mean(name: str, **settings: float) -> str:
    assert len(values(name, **settings)) == 5
    return f"{np.mean(values(name, **settings)):.4f}"


def spread(name: str, **settings: float) -> str:
    found = values(name, **settings)
    return f"{mean(name, **settings)} ({min(found):.4f} to {max(found):.4f})"


def pca(k: int) -> str:
    return f"{np.mean([row[str(k)] for row in MEASURED['pca']]):.4f}"


@pytest.mark.parametrize(
    "sentence",
    [
        f"With 8 units the network's error is {spread('error', k=8)} and PCA's {pca(8)}",
        f"{spread('error', k=2)} against {pca(2)}",
        f"With 32 units PCA is better for sure, {pca(32)} against {spread('error', k=32)}",
        f"the same 32 units reaches {mean('error', k=32, linear=True)}",
        f"its error on clean images is {mean('error', k=128, linear=True)}",
        f"it makes an error of {spread('noisy', k=128, linear=True)}",
        f"after 10 epochs: {mean('error', k=128)} on clean and {mean('noisy', k=128)} on noisy images",
        f"from {spread('error', k=128)} to {spread('error', k=128, weight=0.01)}",
        f"With 0.1 it is {spread('error', k=128, weight=0.1)}",
        f"At weight 1 the error is {mean('error', k=128, weight=1.0)}, and the mean image's is {pca(0)}",
        f"fell from {np.mean(values('size', k=128)):.3f} to {mean('size', k=128, weight=1.0)}",
        f"makes an error of {mean('noisy', k=128, sigma=0.3, linear=True)} on noisy images instead of "
        f"{mean('noisy', k=128, linear=True)}",
        f"{mean('error', k=128, sigma=0.3, linear=True)} instead of {mean('error', k=128, linear=True)}",
        f"{mean('noisy', k=128, sigma=0.3)} instead of {mean('noisy', k=128)}",
    ],
)
def test_a_sentence_of_the_model_answer_is_as_measured(sentence: str) -> None:
    assert sentence in ANSWERS


def test_the_counts_of_used_units_are_as_measured() -> None:
    used = values("used", k=128, weight=0.1)
    assert f"with {min(used)} to {max(used)} units in use" in ANSWERS
    collapsed = values("used", k=128, weight=1.0)
    assert f"({min(collapsed)} to {max(collapsed)}, by seed)" in ANSWERS
    assert {*values("used", k=128, weight=0.01), *values("used", k=128)} == {128}


def test_the_handout_compares_pca_and_the_linear_network_as_measured() -> None:
    assert f"k = 8, PCA {pca(8)}, linear network {mean('error', k=8, linear=True)}" in HANDOUT


def test_what_the_lesson_says_of_the_collapse_holds_for_every_seed() -> None:
    images = [row["0"] for row in MEASURED["pca"]]
    errors = values("error", k=128, weight=1.0)
    assert all(abs(error - image) < 0.01 * image for error, image in zip(errors, images, strict=True))
    assert max(values("size", k=128, weight=1.0)) < 0.001 * min(values("size", k=128))
