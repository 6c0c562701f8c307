"""`rule` on the command line: one check for the whole class, who gains and who loses, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from papers import paper

from autograder.cli import main
from autograder.records import results

WHY = ("--reason", "the handout contradicts it", "--by", "Tara")
WRITTEN = ("written_losses", "written_latent")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a graded class of three: Ada lost one check of `losses`, Bob the other one."""
    for name, lost in (("ada", ["losses.mse"]), ("bob", ["losses.bce"]), ("eve", [])):
        results.write(paper(name, lost=lost), tmp_path / "results" / f"{name}.json")
    for question in WRITTEN:
        done = run("override", tmp_path, "--everyone", question, 5, "--reason", "read")
        assert done.exit_code == 0, done.output
    return tmp_path


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_dropped_check_shows_each_grade_that_changes_and_can_be_taken_back(out: Path) -> None:
    done = run("rule", out, "losses.mse", "drop", *WHY)
    assert done.exit_code == 0, done.output
    head, *lines = done.output.splitlines()
    assert head.startswith("losses.mse dropped for everyone by Tara on 20")
    assert lines == [
        "  ada 90 of 100 → 100 of 100",
        "  bob 85 of 100 → 75 of 100",
        "3 of 3 submissions have the check; 2 grades changed",
    ]
    assert "losses.mse dropped for everyone by Tara" in run("show", out, "eve").output
    back = run("rule", out, "losses.mse", "back", "--reason", "page 3 does say it")
    assert "  ada 100 of 100 → 90 of 100\n" in back.output
    whats = [json.loads(line)["what"] for line in (out / "rulings.jsonl").read_text().splitlines()]
    assert whats == ["drop", "back"]


def test_a_check_that_is_given_costs_nobody_anything(out: Path) -> None:
    done = run("rule", out, "losses.mse", "give", *WHY)
    assert done.output.endswith(
        "  ada 90 of 100 → 100 of 100\n3 of 3 submissions have the check; 1 grade changed\n"
    )


def test_a_misspelt_check_is_answered_with_the_nearest(out: Path) -> None:
    done = run("rule", out, "losses.mes", "drop", *WHY)
    assert (done.exit_code, "did you mean losses.mse?" in done.output) == (2, True)
    assert not (out / "rulings.jsonl").exists()
