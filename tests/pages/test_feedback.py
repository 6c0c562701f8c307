"""The feedback page: points, causes and next steps, code, pictures; nothing for staff, nothing that runs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from papers import ASSIGNMENT, CURVE, HOSTILE, IMAGES, STRIP, check, paper, with_exhibits

from autograder.grades import overrides, policy
from autograder.grades.policy import HandMark
from autograder.pages import feedback
from autograder.records.results import Fault, Place
from autograder.records.submission import Cell


def test_points_stand_by_question_and_every_lost_check_says_cause_and_next_step() -> None:
    page = feedback.page_of(paper(lost=["losses.mse"]), ASSIGNMENT)
    assert "<strong>80</strong>" in page
    assert "15 of 25" in page
    assert "the sum is taken, not the mean" in page
    assert feedback.KNOWN in page
    assert "<code>losses.mse</code> is right." in page


@pytest.mark.parametrize("outcome", sorted(set(feedback.WORDS) - {"passed"}))
def test_a_lost_check_without_a_cause_says_what_to_do(outcome: str) -> None:
    fault = Fault("it went wrong", detail="expected 1, got 2")
    told = feedback.told(replace(check("losses.mse", True, fault), outcome=outcome))
    assert (told.what, told.cause, told.detail) == ("it went wrong", "", "expected 1, got 2")
    assert told.word == feedback.WORDS[outcome]
    assert told.next == feedback.NEXT[outcome]


def test_the_values_of_a_public_check_are_on_it_and_those_of_a_hidden_one_are_not() -> None:
    assert "expected 0.25" in feedback.page_of(paper(lost=["losses.mse"]), ASSIGNMENT)
    page = feedback.page_of(paper(lost=["losses.bce"]), ASSIGNMENT)
    assert "the sum is taken, not the mean" in page
    assert "SECRET" not in page
    assert "expected 0.25" not in page


def test_links_lead_to_the_section_of_the_handout_that_the_page_carries() -> None:
    page = feedback.page_of(paper(lost=["losses.mse"]), ASSIGNMENT)
    (link,) = re.findall(r'href="#(handout-[^"]+)"', page)
    assert f'<article id="{link}">' in page
    assert "All three are means over <strong>all elements</strong>" in page


def test_a_page_without_a_handout_names_the_place() -> None:
    page = feedback.page_of(paper(lost=["losses.mse"]), replace(ASSIGNMENT, folder=None))
    assert "Read handout, section Losses." in page
    assert 'href="#handout' not in page


def test_the_code_beside_a_question_is_what_was_graded_with_its_lines_and_the_one_at_fault_marked() -> None:
    fault = Fault("your code raised ValueError", place=Place("cell 3", 5))
    lost = check("losses.mse", True, fault, "raised")
    result = paper()
    page = feedback.page_of(replace(result, checks=(result.checks[0], lost)), ASSIGNMENT)
    assert "cell 3, line 4" in page
    assert 'class="line" data-n="4"' in page
    assert page.count('class="line hit"') == 1
    assert 'class="line hit" data-n="5"' in page
    assert "<dd>your code raised ValueError at cell 3, line 5.</dd>" in page
    assert "No definition of <code>bce_loss</code>" in page


def test_every_kind_of_picture_is_drawn() -> None:
    page = feedback.page_of(with_exhibits(paper(), IMAGES, STRIP, replace(CURVE, mark=2)), ASSIGNMENT)
    assert page.count("data:image/png;base64,") == 4
    assert "error by latent dimension: 1: 0.3, 2: 0.2, 4: 0.1; elbow at 2" in page
    assert "your elbow" in page


def test_a_picture_that_could_not_be_made_says_why_and_is_no_lost_check() -> None:
    result = paper()
    lost = check("model.shapes", True, Fault("it raised"), "raised")
    none = replace(lost, max_points=0, id="model.p")
    page = feedback.page_of(replace(result, checks=(*result.checks, none)), ASSIGNMENT)
    assert "No picture here: it raised." in page
    assert "An exception was raised" not in page


def test_everything_of_a_student_stays_text() -> None:
    code = Cell(HOSTILE, f'def mse_loss(x_hat, x):\n    return "{HOSTILE}"\n')
    lost = check("losses.mse", True, Fault(HOSTILE, HOSTILE, Place(HOSTILE, 1), HOSTILE))
    result = replace(paper("eve", HOSTILE, cells=[code]), checks=(lost,), notes=(HOSTILE,))
    page = feedback.page_of(result, ASSIGNMENT)
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_a_rejected_submission_says_what_to_change_and_an_ungraded_one_shows_no_score() -> None:
    rejected = feedback.page_of(paper(status="rejected"), ASSIGNMENT)
    assert "What to change" in rejected
    assert "the reason" in rejected
    ungraded = feedback.page_of(paper(status="ungraded"), ASSIGNMENT)
    assert "Not graded yet" in ungraded
    assert "of 90" not in ungraded
    assert "the reason" not in ungraded


def test_the_grade_stands_beside_the_score_and_tells_no_names_of_staff() -> None:
    change = overrides.Change("2026-03-01T10:00:00+00:00", "Prof. X", "ada", "losses", 20.0, 15.0, "private")
    result = paper(lost=["losses.mse"])
    marks = {"written_losses": HandMark(4.0, f"Well seen {HOSTILE}"), "written_latent": HandMark(5.0)}
    grade = policy.grade_of(result, ASSIGNMENT, [change], marks)
    page = feedback.page_of(result, ASSIGNMENT, grade)
    assert "Grade: <strong>94</strong> of 100" in page
    assert "20 of 25, set by staff" in page
    assert "4 of 5, marked by hand" in page
    assert "Well seen &lt;img" in page
    assert "Prof. X" not in page
    assert "private" not in page


def test_a_page_is_written_again_only_when_something_on_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "ada.html"
    result = paper()
    feedback.write(path, result, ASSIGNMENT)
    first = path.stat().st_mtime_ns
    feedback.write(path, replace(result, timing={"seconds": 9.0}), ASSIGNMENT)
    assert path.stat().st_mtime_ns == first
    feedback.write(path, paper(lost=["losses.mse"]), ASSIGNMENT)
    assert "the sum is taken" in path.read_text()
