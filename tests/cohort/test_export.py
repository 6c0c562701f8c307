"""Exporting a class's grades: where files go, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from papers import ASSIGNMENT, paper

from autograder.cohort import export
from autograder.cohort.facts import Facts
from autograder.cohort.records import Format, Template
from autograder.errors import UsageError
from autograder.exports.fill import Row
from autograder.grades.overrides import Change
from autograder.records import results
from autograder.records.submission import Member


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


def test_gradescope_gets_one_kind_of_number_and_each_file_says_which(facts: Facts) -> None:
    place = facts.out / "there"
    assert export.write(facts, "gradescope", Template(), place).written == 0
    assert export.write(facts, "gradescope", Template(), place, checks_only=True).written == 1
    document = json.loads((place / "ada.json").read_text())
    assert (document["score"], document["extra_data"]["max_score"]) == (90, 90)
    assert document["output"] == "90 of 90 points: the checks only, without written answers"
    change = Change("2026-03-05T10:00:00+00:00", "Tara", "ada", "grade", 97, None, "an oral exam")
    facts.add([change], [facts.one("ada")])
    filled = export.write(facts, "gradescope", Template(), place, checks_only=True)
    assert "; the grade that was set includes the written answers, which are left out here" in filled.blank[0]
    assert export.write(facts, "gradescope", Template(), place).written == 1
    document = json.loads((place / "ada.json").read_text())
    assert (document["score"], document["output"].split("\n")[0]) == (
        97,
        "97 of 100 points: written answers included",
    )


def test_every_student_of_the_file_has_a_row_with_its_cell_before_and_after(tmp_path: Path) -> None:
    made = paper("ada")
    who = replace(made.submission, members=(Member("Ada", lms={"canvas_user": "7"}),))
    results.write(replace(made, submission=who), tmp_path / "results/ada.json")
    facts, path = Facts(tmp_path, ASSIGNMENT), tmp_path / "gradebook.csv"
    rows = ("Ada,7,,,x,1.5", "Max,8,,,x,2")
    path.write_text("\n".join([f"Student,ID,SIS User ID,SIS Login ID,Section,{ASSIGNMENT.title}", *rows]))
    filled = export.write(facts, "canvas", Template(path), facts.out / "x.csv", checks_only=True)
    assert filled.columns == (ASSIGNMENT.title,)
    assert filled.rows == [
        Row(1, "Ada", "ada", ("1.5",), ("90.00",)),
        Row(2, "Max", "", ("2",), (None,), "no submission; stays as it is"),
    ]
    own = export.write(facts, "csv", Template(), facts.out / "y.csv")
    why = "not marked by hand yet: written_losses, written_latent"
    assert (own.columns, own.rows) == (("Grade",), [Row(0, "Ada", "ada", ("",), ("",), why)])
