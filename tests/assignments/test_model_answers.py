"""The numbers in the model answers equal those measured for the report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference.report.intervals import interval
from reference.report.words import percent, values
from reference.triples import all_triples, shares

ROOT = Path(__file__).parents[2]
ANSWERS = " ".join((ROOT / "solutions/latent_space/answers.md").read_text(encoding="utf-8").split())
SEEDS = json.loads((ROOT / "docs/numbers/digits.json").read_text(encoding="utf-8"))["seeds"]
SHARPNESS = "gradient energy"


def mean(*path: Any) -> float:
    """Return the mean over seeds of the measurements at a path."""
    return float(np.mean(values(SEEDS, *path)))


def measured(loss: str, by: str, digits: int) -> str:
    """Return a loss of a trained model in the format of the answers."""
    loss_interval = interval(values(SEEDS, "losses", loss, by))
    return f"{loss_interval.mean:.{digits}f} ± {loss_interval.half:.{digits}f}"


@pytest.mark.parametrize("loss", ["MSE", "BCE", "L1"])
def test_the_table_of_losses_is_as_measured(loss: str) -> None:
    cells = [measured(loss, "MSE", 4), measured(loss, "BCE", 3), measured(loss, "L1", 4)]
    sharpness = mean("losses", loss, SHARPNESS) / mean("losses", "originals", SHARPNESS)
    cells += [percent(sharpness), percent(mean("losses", loss, "saturation"))]
    assert f"| {loss} | {' | '.join(cells)} " in ANSWERS, cells


def test_the_falls_of_the_error_are_as_measured() -> None:
    errors = np.mean(values(SEEDS, "sweep", "autoencoder"), axis=0)
    assert "from 2 to 4 and from 4 to 8 ({:.3f}, {:.3f}, {:.3f})".format(*errors[:3]) in ANSWERS
    directions = np.mean(values(SEEDS, "sweep", "participation"), axis=0)[-1]
    assert f"spreads over about {directions:.0f} directions" in ANSWERS


@pytest.mark.parametrize(("loss", "words"), [("L1", "grows by {} for L1"), ("MSE", "but by {} for MSE")])
def test_the_cost_of_outliers_is_as_measured(loss: str, words: str) -> None:
    spoilt, clean = (mean("outliers", loss, state, "L1") for state in ("spoilt", "clean"))
    assert words.format(percent(spoilt / clean - 1)) in ANSWERS


def test_the_floor_of_bce_is_as_measured() -> None:
    floor = mean("losses", "originals", "entropy")
    assert re.search(rf"entropy, {floor:.2f}, is its floor", ANSWERS), floor


def test_the_results_of_arithmetic_are_as_measured() -> None:
    every = all_triples()
    seen = {
        space: np.mean([shares(every, v)["a or b"] for v in values(SEEDS, "arithmetic", space, "seen")])
        for space in ("autoencoder", "untrained")
    }
    assert f"one of the two added classes in {percent(seen['autoencoder'])}" in ANSWERS
    assert f"in an untrained model, in {percent(seen['untrained'])}" in ANSWERS
    error = mean("known", "arithmetic", "latent") / mean("known", "arithmetic", "nothing")
    assert f"its error is {percent(error)} of that of leaving the image as it is" in ANSWERS
