"""A class's grades for another program: where they go, and what is refused."""

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
    """The facts of a class of one."""
    results.write(paper("ada"), tmp_path / "results/ada.json")
    return Facts(tmp_path, ASSIGNMENT)


@pytest.mark.parametrize(
    ("to", "name"),
    [("csv", "csv.csv"), ("json", "json.json"), ("canvas", "canvas.csv"), ("gradescope", "gradescope")],
)
def test_an_export_goes_below_the_classs_folder(to: Format, name: str) -> None:
    assert export.place_of(to, Path("graded")) == Path("graded/exports") / name


@pytest.mark.parametrize("to", ["canvas", "moodle"])
def test_an_lms_needs_its_own_file_and_nothing_is_written_without_it(facts: Facts, to: Format) -> None:
    told = f"^export {to}: expected --template with {to.title()}'s own file, got none; add it$"
    with pytest.raises(UsageError, match=told):
        export.write(facts, to, Template(), facts.out / "x.csv")
    assert not (facts.out / "x.csv").exists()


def test_written_answers_are_left_out_where_only_checks_are_asked_for(facts: Facts) -> None:
    place = facts.out / "exports/json.json"
    assert export.write(facts, "json", Template(), place).written == 0
    assert export.write(facts, "json", Template(), place, checks_only=True).written == 1
    assert json.loads(place.read_text())["grades"][0]["points"] == 90


def test_gradescope_gets_a_file_each_of_the_checks_alone(facts: Facts) -> None:
    assert export.write(facts, "gradescope", Template(), facts.out / "there").written == 1
    assert json.loads((facts.out / "there/ada.json").read_text())["score"] == 90
