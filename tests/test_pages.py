"""Results, grades and pages: nothing is lost in a file, nothing hidden shows, nothing of a student's runs."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from autograder import assignment as assignments
from autograder import feedback, report, results
from autograder.errors import AssignmentError, UsageError
from autograder.results import CheckResult, QuestionResult, Result
from autograder.submission import Member, SubmissionInfo

ROOT = Path(__file__).parent.parent
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
    results.write(kept, tmp_path / "results/ada.json")
    assert results.read(tmp_path / "results/ada.json") == kept
    assert [p.name for p in (tmp_path / "results").iterdir()] == ["ada.json"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": 99}'])
def test_what_is_not_a_result_says_so_and_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UsageError, match=r"x\.json: .*grade it again"):
        results.read(tmp_path / "x.json")


def test_every_field_of_a_result_is_documented() -> None:
    documented = (ROOT / "docs/results.md").read_text()
    for record in (Result, SubmissionInfo, Member, QuestionResult, CheckResult):
        for field in dataclasses.fields(record):
            assert f"`{field.name}`" in documented, field.name


def test_feedback_shows_messages_and_nothing_for_staff() -> None:
    page = feedback.page(result("<script>alert(1)</script>"), ASSIGNMENT)
    assert "off by 1" in page
    assert "MSE &lt;is&gt; right" in page
    assert "SECRET" not in page
    assert "<script>" not in page


def test_feedback_of_an_ungraded_submission_shows_no_score() -> None:
    page = feedback.page(result(status="ungraded", score=None), ASSIGNMENT)
    assert "Not graded yet" in page
    assert "of 90" not in page


def test_the_report_puts_first_what_needs_a_human() -> None:
    good = dataclasses.replace(result("zoe"), flags=(), submission=SubmissionInfo("zoe", "zoe", "", ""))
    page = report.page([good, result("<b>ada", "ungraded", None)], ASSIGNMENT, "no wall")
    assert page.index("&lt;b&gt;ada") < page.index("zoe.html")
    assert "1 graded, 0 rejected, 1 ungraded" in page
    assert "no wall" in page


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
