"""Results, grades and assignments as files: nothing is lost in them, and what is none says so."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from autograder.errors import AssignmentError, UsageError
from autograder.records import assignment as assignments
from autograder.records import results
from autograder.records.results import CheckResult, Exhibit, Picture, QuestionResult, Result
from autograder.records.submission import Cell, Member, SubmissionInfo

ROOT = Path(__file__).parents[2]
ASSIGNMENT = assignments.load(ROOT / "assignments/latent_space/assignment.toml")


def result(student: str = "ada", status: results.Status = "graded", score: int | None = 3) -> Result:
    check = CheckResult(
        "losses.mse", "losses", "hidden", "MSE <is> right", "failed", 0, 2, "off by 1", "expected SECRET"
    )
    return Result(
        SubmissionInfo("ada", student, "ada.py", "0" * 64),
        status,
        None if status == "graded" else "because",
        score,
        90,
        (QuestionResult("losses", "Losses", 3, 25),),
        (check,),
        flags=("left running",),
    )


def test_a_result_survives_its_file(tmp_path: Path) -> None:
    members = (Member("Ada", "s1", "ada@x.org", {"canvas_user": "7"}), Member("学"))
    kept = dataclasses.replace(
        result(), submission=SubmissionInfo("ada", "Ada", "a.py", "", members=members, late=True, attempt=2)
    )
    pictures = Exhibit("images", "Two", 1, (Picture("a", "00ff"), Picture("b", "ff00", "+")))
    curve = Exhibit("curve", "Errors", x=(1.0,), y=(0.5,), low=(0.4,), high=(0.6,), mark=1.0)
    checks = tuple(dataclasses.replace(c, exhibits=(pictures, curve)) for c in kept.checks)
    kept = dataclasses.replace(kept, checks=checks, cells=(Cell("cell 1", "x = 'ü'\n", 3),))
    results.write(kept, tmp_path / "results/ada.json")
    assert results.read(tmp_path / "results/ada.json") == kept
    assert [p.name for p in (tmp_path / "results").iterdir()] == ["ada.json"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": 99}'])
def test_what_is_not_a_result_says_so_and_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UsageError, match=r"x\.json: .*grade it again"):
        results.read(tmp_path / "x.json")


def test_a_result_with_a_cell_of_no_text_says_so(tmp_path: Path) -> None:
    path = tmp_path / "ada.json"
    results.write(dataclasses.replace(result(), cells=(Cell("cell 1", "x = 1"),)), path)
    path.write_text(path.read_text().replace('"source": "x = 1"', '"source": null'))
    with pytest.raises(UsageError, match=r"ada\.json: .*TypeError.*grade it again"):
        results.read(path)


def test_every_field_of_a_result_is_documented() -> None:
    documented = (ROOT / "docs/results.md").read_text()
    for record in (Result, SubmissionInfo, Member, Cell, QuestionResult, CheckResult, Exhibit, Picture):
        for field in dataclasses.fields(record):
            assert f"`{field.name}`" in documented, field.name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "not readable as TOML"),
        ('name = "x"', "the entry 'title' is missing"),
        (
            'name="x"\ntitle="t"\nfiles=[]\n[[question]]\nid="q"\ntitle="t"\npoints=0.5\ndefines=[]',
            "must be whole",
        ),
        ('name="x"\ntitle="t"\nfiles=[]\n[[question]]\nid="q"\ntitle="t"\npoint=1\ndefines=[]', "point"),
    ],
)
def test_a_wrong_assignment_names_the_file_and_the_entry(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "assignment.toml"
    path.write_text(text)
    with pytest.raises(AssignmentError, match=reason) as caught:
        assignments.load(path)
    assert str(path) in str(caught.value)


def test_a_missing_assignment_and_an_unknown_question_are_named(tmp_path: Path) -> None:
    with pytest.raises(AssignmentError, match="no such file"):
        assignments.load(tmp_path / "assignment.toml")
    with pytest.raises(AssignmentError, match="no question 'x' in latent_space: it has model, losses"):
        ASSIGNMENT.question("x")


def test_what_was_written_is_given_back_as_a_reader_gets_it(tmp_path: Path) -> None:
    path = tmp_path / "ada.json"
    told = "".join(["expected a ", "number"])
    made = dataclasses.replace(
        result(), checks=tuple(dataclasses.replace(c, message=told) for c in result().checks)
    )
    kept = results.write(made, path)
    assert kept == made == results.read(path)
    assert kept.checks[0].message is results.read(path).checks[0].message is not told


def test_a_file_that_is_no_result_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ada.json"
    path.write_text("{ half a file")
    with pytest.raises(UsageError, match=r"ada\.json: not a result file"):
        results.read(path)
