"""Exporting a class's grades: where files go, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from papers import ASSIGNMENT, paper

from autograder.cohort import export
from autograder.cohort.facts import Facts
from autograder.cohort.records import Format, Template
from autograder.errors import UsageError
from autograder.records import results


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """The facts of a class with one student."""
    results.write(paper("ada"), tmp_path / "results/ada.json")
    return Facts(tmp_path, ASSIGNMENT)


@pytest.mark.parametrize(
    ("to", "name"),
    [("csv", "csv.csv"), ("json", "json.json"), ("canvas", "canvas.csv"), ("gradescope", "gradescope")],
)
def test_an_export_goes_below_the_classs_folder(to: Format, name: str) -> None:
    assert export.place_of(to, Path("graded")) == Path("graded/exports") / name


@pytest.mark.parametrize("to", ["canvas", "moodle"])
def test_without_the_lmss_own_file_nothing_is_written(facts: Facts, to: Format) -> None:
    message = f"^export {to}: expected --template with {to.title()}'s own file, got none; add it$"
    with pytest.raises(UsageError, match=message):
        export.write(facts, to, Template(), facts.out / "x.csv")
    assert not (facts.out / "x.csv").exists()


def test_checks_only_leaves_out_written_answers(facts: Facts) -> None:
    place = facts.out / "exports/json.json"
    assert export.write(facts, "json", Template(), place).written == 0
    assert export.write(facts, "json", Template(), place, checks_only=True).written == 1
    assert json.loads(place.read_text())["grades"][0]["points"] == 90


def test_gradescope_gets_one_file_per_submission_without_written_answers(facts: Facts) -> None:
    assert export.write(facts, "gradescope", Template(), facts.out / "there").written == 1
    assert json.loads((facts.out / "there/ada.json").read_text())["score"] == 90
