"""The second assignment's causes can be told apart: no two known mistakes lead to the same values."""

from __future__ import annotations

import runpy
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.suites.undercomplete_overcomplete import oracle, training
from autograder.suites.undercomplete_overcomplete.seen import Case, alike

SUITE = Path(oracle.__file__).parent
BATCHES = "the variances of batches are averaged; take the variance over all images"
FUNCTIONS = {
    "linear": (oracle.rebuilt, oracle.wrong_rebuilt),
    "sparsity": (oracle.loss, oracle.wrong_losses),
    "capacity": (oracle.used, oracle.wrong_counts),
}


@pytest.fixture(autouse=True, scope="module")
def _known_mark(pytestconfig: pytest.Config) -> None:
    pytestconfig.addinivalue_line("markers", "check: a check of a suite, as the judge's own pytest knows it")


def module(place: str, question: str) -> dict[str, Any]:
    return runpy.run_path(str(SUITE / place / f"test_{question}.py"))


def equal(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(alike(a, b, 1e-4) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("question", FUNCTIONS)
def test_the_hidden_cases_tell_every_known_mistake_from_right_work_and_from_the_others(question: str) -> None:
    right_of, wrong_of = FUNCTIONS[question]
    cases: list[Case] = list(module("hidden", question)["CASES"].values())
    right = [np.asarray(right_of(*case.args, **case.kwargs), float) for case in cases]
    columns = zip(*[wrong_of(*case.args, **case.kwargs) for case in cases], strict=True)
    known = [(column[0][0], [np.asarray(value, float) for _, value in column]) for column in columns]
    visible = [(cause, values) for cause, values in known if not equal(right, values)]
    assert {cause for cause, _ in visible} == {cause for cause, _ in known}
    same = {
        (one, other) for (one, a), (other, b) in combinations(visible, 2) if one != other and equal(a, b)
    }
    assert {pair for pair in same if BATCHES not in pair} == set()


def test_the_public_loss_tells_all_but_what_its_weight_cannot_show() -> None:
    public = module("public", "sparsity")
    arguments = (public["X_HAT"], public["X"], public["Z"], 0.3)
    right = oracle.loss(*arguments)
    wrong = oracle.wrong_losses(*arguments)
    hidden = {cause for cause, value in wrong if abs(value - right) < 1e-4 * right}
    assert hidden == {"the default is used for a `weight` of 0", "a `weight` above 1 is cut off"}
    pairs = combinations([(cause, value) for cause, value in wrong if cause not in hidden], 2)
    assert [(a, b) for (a, x), (b, y) in pairs if a != b and abs(x - y) < 1e-4 * abs(x)] == []


def test_a_mistake_in_training_shows_in_the_losses_of_some_run_far_above_their_allowance() -> None:
    hidden = module("hidden", "denoising")
    seen: dict[str, float] = {}
    for run in (hidden["RUN"], hidden["PLAIN"], hidden["LONG"], hidden["GAINED"]):
        right = run.trained()
        for cause, losses in training.wrong_histories(run):
            if np.shape(losses) == (run.epochs,):
                off = min(np.abs(losses / mean - 1).max() for mean in (right.per_sample(), right.per_batch()))
                seen[cause] = max(seen.get(cause, 0.0), float(off))
    late = {"the learning rate is halved every 10 epochs", "only the first batches of an epoch are used (10)"}
    assert {cause for cause, off in seen.items() if off < 5e-4} - late <= {
        "the losses are rounded to 4 decimals"
    }
