"""Results, grades and assignments as files: nothing is lost in them, and what is none says so."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from autograder.errors import AssignmentError, UsageError
from autograder.records import assignment as assignments
from autograder.records import results, words
from autograder.records.results import (
    SCHEMA,
    CheckResult,
    Exhibit,
    Fault,
    Picture,
    Place,
    QuestionResult,
    Result,
    Visibility,
)
from autograder.records.submission import Cell, Member, SubmissionInfo

ROOT = Path(__file__).parents[2]
FAULT = Fault("it raised", "a typo", Place("cell 2", 7), "expected SECRET")
ASSIGNMENT = assignments.load(ROOT / "assignments/latent_space/assignment.toml")


def result(student: str = "ada", status: results.Status = "graded", score: int | None = 3) -> Result:
    check = CheckResult("losses.mse", "losses", "hidden", "MSE <is> right", "raised", 0, 2, FAULT)
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


def test_a_result_of_a_schema_to_come_is_told_from_what_can_be_read() -> None:
    with pytest.raises(UsageError, match="a result of schema 3, expected 1 or 2: grade it again"):
        results.from_json('{"schema": 3}')


def old(message: str, staff_message: str, visibility: Visibility) -> str:
    """Return `result()` as a kit of schema 1 wrote it, its check with these messages."""
    table = json.loads(results.to_json(result()))
    (check,) = table["checks"]
    del check["fault"]
    check |= {"message": message, "staff_message": staff_message, "visibility": visibility}
    return json.dumps({**table, "schema": 1})


@pytest.mark.parametrize(
    ("message", "staff_message", "visibility"),
    [
        ("off by 1. Likely cause: a typo.\nexpected 2\ngot 3", None, "public"),
        ("your code raised ValueError at f.py, line 1", None, "public"),
        ("off by 1. Likely cause: a typo.", "off by 1. Likely cause: a typo.\nexpected 2", "hidden"),
        ("off by 1", None, "hidden"),
        ("", None, "hidden"),
    ],
)
def test_an_old_result_shows_its_messages_as_they_were_and_stays_old(
    message: str, staff_message: str | None, visibility: Visibility
) -> None:
    kept = results.from_json(old(message, staff_message or message, visibility))
    (check,) = kept.checks
    assert (words.for_students(check), words.for_staff(check)) == (message, staff_message or message)
    assert kept.schema == 1
    assert check.fault is None or (check.fault.cause, check.fault.place) == (None, None)


def test_an_old_result_that_is_written_again_is_one_of_today() -> None:
    kept = results.from_json(old("off by 1", "off by 1\nexpected 2", "hidden"))
    again = results.from_json(results.to_json(kept))
    assert (again.schema, again.checks) == (SCHEMA, kept.checks)


def test_an_old_result_without_its_messages_says_so() -> None:
    text = old("off by 1", "off by 1", "hidden").replace('"message"', '"sentence"')
    with pytest.raises(UsageError, match=r"not a result file \(KeyError: 'message'\): grade it again"):
        results.from_json(text)


def test_a_result_with_a_cell_of_no_text_says_so(tmp_path: Path) -> None:
    path = tmp_path / "ada.json"
    results.write(dataclasses.replace(result(), cells=(Cell("cell 1", "x = 1"),)), path)
    path.write_text(path.read_text().replace('"source": "x = 1"', '"source": null'))
    with pytest.raises(UsageError, match=r"ada\.json: .*TypeError.*grade it again"):
        results.read(path)


def test_every_field_of_a_result_is_documented() -> None:
    documented = (ROOT / "docs/results.md").read_text()
    for record in (
        Result,
        SubmissionInfo,
        Member,
        Cell,
        QuestionResult,
        CheckResult,
        Exhibit,
        Picture,
        Fault,
        Place,
    ):
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
    checks = tuple(
        dataclasses.replace(c, outcome="failed", fault=results.Fault(told)) for c in result().checks
    )
    made = dataclasses.replace(result(), checks=checks)
    kept = results.write(made, path)
    assert kept == made == results.read(path)
    whats = [one.checks[0].fault.what for one in (kept, results.read(path)) if one.checks[0].fault]
    assert whats[0] is whats[1] is not told


def test_a_file_that_is_no_result_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ada.json"
    path.write_text("{ half a file")
    with pytest.raises(UsageError, match=r"ada\.json: not a result file"):
        results.read(path)
