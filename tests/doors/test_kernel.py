"""Public checks in a notebook's kernel: its own names, put back as they were, a readable result."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch

from autograder import wire
from autograder.doors import kernel
from autograder.errors import UsageError
from autograder.records import words
from autograder.records.assignment import Limits
from autograder.records.places import CHECKOUT as ROOT
from autograder.sandbox.seam import WorkerJob

SOLUTION = (ROOT / "solutions/latent_space/latent_space.py").read_text()


def names(find: str = "", replace: str = "") -> dict[str, Any]:
    """Return the names that a notebook with the solution in it has, one line of it replaced."""
    assert not find or SOLUTION.count(find) == 1
    found: dict[str, Any] = {"__name__": "notebook"}
    exec(compile(SOLUTION.replace(find, replace) if find else SOLUTION, "notebook", "exec"), found)
    return found


@pytest.fixture(scope="module")
def right() -> dict[str, Any]:
    return names()


@pytest.fixture(scope="module")
def wrong() -> dict[str, Any]:
    return names("((x_hat - x) ** 2).mean()", "((x_hat - x) ** 2).sum()")


def test_right_work_passes_and_shows_so(right: dict[str, Any]) -> None:
    shown = kernel.judge("losses", right)
    assert shown.result.status == "graded"
    assert shown.result.score == shown.result.max_score > 0
    assert "✗" not in repr(shown)
    assert "passed" in shown._repr_html_()


def test_a_mistake_is_shown_as_html_with_its_cause_and_where_to_read(wrong: dict[str, Any]) -> None:
    page = kernel.judge("losses", wrong)._repr_html_()
    assert "✗ not yet" in page
    assert "you add up instead of averaging" in page
    assert "Where to read: handout, section Losses" in page


def test_what_a_student_wrote_is_escaped(right: dict[str, Any]) -> None:
    def loud(x_hat: Any, x: Any) -> Any:
        raise ValueError("<script>alert(1)</script>")

    page = kernel.judge("losses.mse_of_six_pixels", {**right, "mse_loss": loud})._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_stand_ins_take_the_place_of_other_questions_and_go_again(wrong: dict[str, Any]) -> None:
    own = wrong["AutoencoderWithAnalysis"], wrong["mse_loss"]
    assert kernel.judge("sweep", wrong).result.score == 5  # a wrong loss costs nothing here
    assert (wrong["AutoencoderWithAnalysis"], wrong["mse_loss"]) == own


def test_a_name_that_is_not_there_is_not_left_there(right: dict[str, Any]) -> None:
    without = {name: value for name, value in right.items() if name != "mse_loss"}
    kernel.judge("arithmetic", without)
    assert "mse_loss" not in without


def test_a_check_that_never_came_to_its_end_leaves_the_names_as_they_were() -> None:
    names = {"f": 1}
    connection = kernel.KernelSandbox(names).start(WorkerJob("ada", Limits()))
    connection.close()  # before any check
    for message in (
        {"verb": "prepare", "job": {"name": "n", "cells": []}, "warm": [], "standins": "def good(): pass"},
        {"verb": "load"},
        {"verb": "begin", "seed": 3},
        {"verb": "get", "id": 1, "name": "f", "first": [{"verb": "substitute", "names": {"f": "good"}}]},
    ):
        connection.send(wire.encode(wire.REQUEST, message), 1)
    assert names["f"] != 1
    connection.close()
    assert names == {"f": 1}


def test_random_numbers_and_threads_go_on_as_if_nothing_had_been(right: dict[str, Any]) -> None:
    torch.manual_seed(5), random.seed(5)
    wanted = torch.rand(3).tolist(), random.random()
    torch.manual_seed(5), random.seed(5)
    before = torch.get_num_threads()
    kernel.judge("model", right)
    assert (torch.rand(3).tolist(), random.random()) == wanted
    assert torch.get_num_threads() == before


def test_generated_tests_raise_with_the_checks_name(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    kernel.require("losses", right)
    with pytest.raises(
        AssertionError, match=r"✗ losses\.mse_of_six_pixels: .*\n.*not what was expected"
    ) as caught:
        kernel.require("losses", wrong)
    assert "losses.mse_of_six_pixels" in words.lost_in(str(caught.value))
    kernel.require("losses.mae_of_six_pixels", wrong)


def test_an_unknown_question_is_answered_with_those_there_are(right: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"no question 'loses': expected one of .*losses"):
        kernel.judge("loses", right)
