"""Public checks in a notebook's kernel: they use its names, restore them, and show a readable result."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
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
    """Return the names of a notebook with the solution, after replacing `find` in it."""
    assert not find or SOLUTION.count(find) == 1
    defined: dict[str, Any] = {"__name__": "notebook"}
    exec(compile(SOLUTION.replace(find, replace) if find else SOLUTION, "notebook", "exec"), defined)
    return defined


@pytest.fixture(scope="module")
def right() -> dict[str, Any]:
    return names()


@pytest.fixture(scope="module")
def wrong() -> dict[str, Any]:
    return names("((x_hat - x) ** 2).mean()", "((x_hat - x) ** 2).sum()")


def test_correct_work_passes_and_shows_it(right: dict[str, Any]) -> None:
    shown = kernel.judge("losses", right)
    assert shown.result.status == "graded"
    assert shown.result.score == shown.result.max_score > 0
    assert "✗" not in repr(shown)
    assert "passed" in shown._repr_html_()


def test_a_mistake_is_shown_as_html_with_its_cause_and_a_section_to_read(wrong: dict[str, Any]) -> None:
    page = kernel.judge("losses", wrong)._repr_html_()
    assert "✗ not yet" in page
    assert "you add up instead of averaging" in page
    assert "Where to read: handout, section Losses" in page


def test_text_from_a_student_is_escaped(right: dict[str, Any]) -> None:
    def loud(x_hat: Any, x: Any) -> Any:
        raise ValueError("<script>alert(1)</script>")

    page = kernel.judge("losses.mse_of_six_pixels", {**right, "mse_loss": loud})._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_stand_ins_replace_other_questions_and_are_removed(wrong: dict[str, Any]) -> None:
    before = wrong["AutoencoderWithAnalysis"], wrong["mse_loss"]
    assert kernel.judge("sweep", wrong).result.score == 5  # a wrong loss costs no points here
    assert (wrong["AutoencoderWithAnalysis"], wrong["mse_loss"]) == before


ALIAS = """
criterion, table = mse_loss, {"mse": mse_loss}
Model = AutoencoderWithAnalysis
"""


def test_stand_ins_reach_other_names_of_an_answer_and_the_notebook_is_as_before(
    wrong: dict[str, Any],
) -> None:
    uses_table = names(
        "evaluate(model, test_loader, mse_loss, device)", "evaluate(model, test_loader, table['mse'], device)"
    )
    exec(ALIAS.replace("mse_loss,", "(mse_loss := lambda a, b: ((a - b) ** 2).sum()),", 1), uses_table)
    before, code = dict(uses_table), uses_table["mse_loss"].__code__
    held = {name: value for name, value in vars(uses_table["Model"]).items() if name != "__doc__"}
    assert kernel.judge("sweep", uses_table).result.score == 5
    assert kernel.judge("losses", uses_table).result.score < 12
    assert all(uses_table[name] is value for name, value in before.items())
    assert uses_table["mse_loss"].__code__ is code
    assert {name: vars(uses_table["Model"])[name] for name in held} == held
    assert uses_table["Model"].__bases__ == (torch.nn.Module,)


def test_a_stand_in_for_a_missing_name_is_removed(right: dict[str, Any]) -> None:
    without = {name: value for name, value in right.items() if name != "mse_loss"}
    kernel.judge("arithmetic", without)
    assert "mse_loss" not in without


def test_closing_restores_the_names_after_a_check_that_did_not_end() -> None:
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


def test_random_numbers_and_threads_are_restored(right: dict[str, Any]) -> None:
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


def test_an_unknown_question_raises_an_error_that_lists_the_known_ones(right: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"no question 'loses': expected one of .*losses"):
        kernel.judge("loses", right)


@pytest.fixture
def shell() -> Iterator[Any]:
    """IPython itself, as a notebook's kernel has it."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config({"HistoryManager": {"enabled": False}})
    yield InteractiveShell.instance(config=config)
    InteractiveShell.clear_instance()


def test_an_exception_is_shown_with_the_number_of_its_cell_and_its_line(
    shell: Any, right: dict[str, Any]
) -> None:
    shell.run_cell("import torch", store_history=True)
    shell.run_cell(
        "def mse_loss(x_hat, x):\n    return helper(x)\n\ndef helper(x):\n    return {}[x]",
        store_history=True,
    )
    shown = kernel.judge("losses.mse_of_six_pixels", {**right, "mse_loss": shell.user_ns["mse_loss"]})
    assert "your code raised KeyError at cell [2], line 5" in repr(shown)
    assert "your code raised KeyError at cell [2], line 5" in shown._repr_html_()


def test_names_of_code_are_in_code_type_and_nothing_is_markup(wrong: dict[str, Any]) -> None:
    page = kernel.judge("losses", wrong)._repr_html_()
    assert "<code>mse_loss</code> is the mean over all elements" in page
    assert "`" not in page
    assert "<table" not in page
    assert "expected 0.0708333" in page.partition("<pre")[2].partition("</pre>")[0]


def test_a_check_that_was_not_tried_says_only_that(right: dict[str, Any]) -> None:
    def stub(*_: Any, **__: Any) -> None:
        raise NotImplementedError("no")

    shown = kernel.judge("arithmetic", {**right, "class_centroids": stub})
    assert repr(shown).count("NotImplementedError: no") == 1
    assert "not tried, for a reason above" in repr(shown)
    assert "✗ not tried" in shown._repr_html_()


@pytest.mark.parametrize("program", ["jupyter", "vscode", "no file"])
def test_a_name_that_only_a_tagged_cell_defines_is_said_while_the_check_is_green(
    program: str, right: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagged = nbformat.v4.new_code_cell("def helper(x): return x", metadata={"tags": ["exploration"]})
    cells = [tagged, nbformat.v4.new_code_cell("def mse_loss(a, b): return helper(a)")]
    path = tmp_path / "latent_space.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    if program == "jupyter":
        monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    given = {**right, "__vsc_ipynb_file__": str(path)} if program == "vscode" else right
    shown = kernel.judge("losses.mse_of_six_pixels", given)
    said = "cell 2: `helper` is defined only in cell 1, which is tagged 'exploration' and does not run"
    assert (said in repr(shown)) is (program != "no file")
    assert ("<code>helper</code> is defined only in cell 1" in shown._repr_html_()) is (program != "no file")
    assert shown.result.score == shown.result.max_score
