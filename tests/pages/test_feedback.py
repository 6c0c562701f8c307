"""The feedback page: points, causes, next steps, code and pictures; nothing for staff, no scripts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from markupsafe import escape
from papers import ASSIGNMENT, CURVE, HOSTILE, IMAGES, STRIP, check, paper, with_exhibits

from autograder.grades import overrides, policy
from autograder.grades.policy import HandMark
from autograder.judge.replies import ENDINGS, ending
from autograder.pages import boxes, feedback
from autograder.records import examples, words
from autograder.records.results import CheckResult, Fault, Outcome, Place
from autograder.records.submission import Cell

IMPERATIVES = (
    *("Change", "Compare", "Define", "Find", "Look", "Print", "Read"),
    *("Remove", "Replace", "Return", "Run", "Tell", "Try", "Wait", "Work"),
)


def box_of(*checks: CheckResult) -> boxes.Box:
    (box,), _ = boxes.sort(checks, ())
    return box


def imperative(sentence: str) -> bool:
    return sentence.strip().partition(" ")[0] in IMPERATIVES


@pytest.mark.parametrize("outcome", sorted(set(get_args(Outcome)) - {"passed"}))
@pytest.mark.parametrize("cause", [None, "the sum is taken"])
def test_every_outcome_of_a_check_has_a_next_step(outcome: Outcome, cause: str | None) -> None:
    lost = check("losses.mse", True, Fault("it went wrong", cause), outcome)
    assert imperative(box_of(lost).next)


@pytest.mark.parametrize("how", sorted(ENDINGS))
def test_every_ending_of_a_worker_has_a_next_step_of_its_own_and_one_on_the_page(how: str) -> None:
    fault = ending(how, {"code": 1}, (1, 2), 3)
    lost = check("losses.mse", True, Fault(fault.what), fault.outcome)  # type: ignore[arg-type]
    assert imperative(fault.what.rpartition("; ")[2].capitalize())
    assert imperative(box_of(lost).next)


@pytest.mark.parametrize("exit", ["REJECTED", "UNGRADED", "WAITING", "PUBLIC", "HIDDEN", "WRITE"])
def test_every_exit_of_the_page_has_a_next_step(exit: str) -> None:
    assert imperative(getattr(feedback, exit))


def test_a_question_stays_a_question() -> None:
    lost = check("losses.mse", True, Fault("`f` is not defined. You defined `g`; should it be named `f`?"))
    assert box_of(lost).what.endswith("`f`?")


def test_a_page_shows_points_by_question_and_cause_and_next_step_of_each_failed_check() -> None:
    page = feedback.page_of(paper(lost=["losses.mse"]), ASSIGNMENT)
    assert "<strong>80</strong> <span>of 90 points</span>" in page
    assert "15 of 25" in page
    assert "the sum is taken, not the mean" in page
    assert boxes.KNOWN in page
    assert "<code>losses.mse</code> is right." in page


@pytest.mark.parametrize("outcome", sorted(set(boxes.WORDS) - {"passed"}))
def test_a_failed_check_without_a_cause_says_what_to_do_next(outcome: str) -> None:
    fault = Fault("it went wrong", detail="expected 1, got 2")
    advice = box_of(replace(check("losses.mse", True, fault), outcome=outcome))
    assert (advice.what, advice.cause, advice.detail) == ("it went wrong.", "", "expected 1, got 2")
    assert advice.word == boxes.WORDS[outcome]
    assert advice.next == boxes.NEXT[outcome]


def test_checks_that_were_not_tried_are_listed_in_the_box_of_the_fault_that_stopped_them() -> None:
    raised = check("losses.mse", True, Fault("your code raised ValueError"), "raised")
    untried = check(
        "losses.bce", True, Fault("not tried: as in “MSE”, your code raised ValueError"), "untried"
    )
    result = replace(paper(), checks=(raised, replace(untried, because="losses.mse")))
    page = feedback.page_of(result, ASSIGNMENT)
    assert page.count('<div class="check">') == 1
    assert page.count("our code raised ValueError") == 1
    assert "<h3>Your code raised ValueError.</h3>" in page
    assert "<span>0 of 25</span>" in page
    assert "<dt>Cost</dt><dd>2 checks:" in page
    assert '<code>losses.mse</code> is right. <span class="quiet">(0 of 10)</span>' in page
    assert '<code>losses.bce</code> is right. <span class="quiet">(0 of 15, hidden)</span>' in page
    assert feedback.HIDDEN.partition(":")[0] in page


def test_an_open_page_shows_all_of_a_hidden_check_and_a_closed_one_what_its_student_may_read() -> None:
    fault = Fault("f(): expected 3 rows", "one is missing", detail="got 4")
    hidden = replace(check("losses.bce", True, fault), told=words.MORE)
    result = replace(paper(), checks=(hidden,))
    closed, whole = (feedback.page_of(result, ASSIGNMENT, whole=whole) for whole in (False, True))
    said = ("one is missing", "got 4", "The last deadline is over")
    assert [text in closed for text in said] == [False] * 3
    assert [text in whole for text in said] == [True] * 3
    assert "1 hidden check lost too; begin with what is said above" in closed


def test_a_page_shows_values_of_public_checks_but_not_of_hidden_ones() -> None:
    assert "expected 0.25" in feedback.page_of(paper(lost=["losses.mse"]), ASSIGNMENT)
    page = feedback.page_of(paper(lost=["losses.bce"]), ASSIGNMENT)
    assert "the sum is taken, not the mean" in page
    assert "SECRET" not in page
    assert "expected 0.25" not in page


CAUSE = "log(0): keep x_hat away from 0 and 1; note that 1 - 1e-8 is 1 in float32"


def test_a_hidden_check_whose_cause_has_an_example_shows_it_with_its_numbers() -> None:
    hidden = check(
        "losses.bce", True, Fault("what came back is not what was asked for", CAUSE, None, "SECRET")
    )
    page = feedback.page_of(replace(paper(), checks=(hidden,)), ASSIGNMENT)
    example = examples.named(examples.load(ASSIGNMENT), "losses", CAUSE)
    assert example is not None
    assert f'<dt>Try it</dt><dd class="try"><pre>{escape(example.code)}</pre>' in page
    assert f"right: <code>{example.right}</code>" in page
    assert f"with this mistake: <code>{example.wrong}</code>" in page
    assert page.count("Try it") == 1


def test_what_an_example_says_depends_on_the_cause_only() -> None:
    faults = (Fault("one", CAUSE, None, "1"), Fault("other", CAUSE, Place("cell 3", 5), "2"))
    pages = [
        feedback.page_of(replace(paper(), checks=(check("losses.bce", True, fault),)), ASSIGNMENT)
        for fault in faults
    ]
    first, second = (re.findall(r'<dd class="try">.*?</dd>', page, re.DOTALL) for page in pages)
    assert first == second != []


@pytest.mark.parametrize(
    ("name", "cause"),
    [("losses.mse", CAUSE), ("sweep.errors", CAUSE), ("losses.bce", "log"), ("losses.bce", None)],
)
def test_no_example_is_shown_for_a_public_check_or_another_cause(name: str, cause: str | None) -> None:
    lost = check(name, True, Fault("it went wrong", cause))
    assert "Try it" not in feedback.page_of(replace(paper(), checks=(lost,)), ASSIGNMENT)


def test_links_lead_to_the_section_of_the_handout_in_the_page() -> None:
    page = feedback.page_of(paper(lost=["losses.mse"]), ASSIGNMENT)
    (link,) = re.findall(r'href="#(handout-[^"]+)">Read handout', page)
    assert f'<article id="{link}">' in page
    assert "All three are means over <strong>all elements</strong>" in page


def test_a_page_without_a_handout_names_the_section_to_read() -> None:
    page = feedback.page_of(paper(lost=["losses.mse"]), replace(ASSIGNMENT, folder=None))
    assert "Read handout, section Losses." in page
    assert 'href="#handout' not in page


def test_a_page_shows_the_graded_code_and_marks_the_line_at_fault() -> None:
    fault = Fault("your code raised ValueError", place=Place("cell 3", 5))
    lost = check("losses.mse", True, fault, "raised")
    result = paper()
    page = feedback.page_of(replace(result, checks=(result.checks[0], lost)), ASSIGNMENT)
    assert "cell 3, line 4" in page
    assert 'class="line" data-n="4"' in page
    assert page.count('class="line hit"') == 1
    assert 'class="line hit" data-n="5"' in page
    assert "<dd>your code raised ValueError at cell 3, line 5.</dd>" in page
    assert "Define <code>bce_loss</code> at the top level of your file; it is not there." in page


def test_every_kind_of_exhibit_is_drawn() -> None:
    page = feedback.page_of(with_exhibits(paper(), IMAGES, STRIP, replace(CURVE, mark=2)), ASSIGNMENT)
    assert page.count("data:image/png;base64,") == 4
    assert "error by latent dimension: 1: 0.3, 2: 0.2, 4: 0.1; elbow at 2" in page
    assert "your elbow" in page


def test_a_missing_picture_says_why_and_is_not_a_failed_check() -> None:
    result = paper()
    lost = check("model.shapes", True, Fault("it raised"), "raised")
    picture = replace(lost, max_points=0, id="model.p")
    page = feedback.page_of(replace(result, checks=(*result.checks, picture)), ASSIGNMENT)
    assert f"No picture here: it raised. {boxes.NEXT['raised']}" in page
    assert "An exception was raised" not in page


def test_text_from_a_student_is_escaped() -> None:
    code = Cell(HOSTILE, f'def mse_loss(x_hat, x):\n    return "{HOSTILE}"\n')
    lost = check("losses.mse", True, Fault(HOSTILE, HOSTILE, Place(HOSTILE, 1), HOSTILE))
    result = replace(paper("eve", HOSTILE, cells=[code]), checks=(lost,), notes=(HOSTILE,))
    page = feedback.page_of(result, ASSIGNMENT)
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_a_rejected_submission_says_what_to_change_and_an_ungraded_one_has_no_score() -> None:
    rejected = feedback.page_of(paper(status="rejected"), ASSIGNMENT)
    assert "What to change" in rejected
    assert "the reason" in rejected
    assert escape(feedback.REJECTED) in rejected
    ungraded = feedback.page_of(paper(status="ungraded"), ASSIGNMENT)
    assert "Not graded yet" in ungraded
    assert escape(feedback.UNGRADED) in ungraded
    assert "of 90" not in ungraded
    assert "the reason" not in ungraded


def test_the_headline_is_the_grade_with_overrides_and_their_reasons_without_names_of_staff() -> None:
    why = "the handout left it open"
    change = overrides.Change("2026-03-01T10:00:00+00:00", "Prof. X", "ada", "losses", 20.0, 15.0, why)
    result = paper(lost=["losses.mse"])
    marks = {"written_losses": HandMark(4.0, f"Well seen {HOSTILE}"), "written_latent": HandMark(5.0)}
    grade = policy.grade_of(result, ASSIGNMENT, [change], marks)
    page = feedback.page_of(result, ASSIGNMENT, grade)
    assert "<strong>94</strong> <span>of 100 points</span>" in page
    assert page.count("<strong>20</strong> of 25 points") == 1
    assert '<rect class="fill" width="80.0"' in page
    assert f"set by staff: {why}" in page
    assert "4 of 5" in page
    assert "marked by hand" in page
    assert "Well seen &lt;img" in page
    assert "Prof. X" not in page


def test_a_check_that_staff_changed_says_so_in_its_box() -> None:
    change = overrides.Change("2026-03-01T10:00:00+00:00", "Tara", "ada", "losses.mse", 10.0, 0.0, "too <b>")
    result = paper(lost=["losses.mse"])
    page = feedback.page_of(result, ASSIGNMENT, policy.grade_of(result, ASSIGNMENT, [change]))
    assert "<dt>Staff</dt><dd>Set by staff to 10 of 10: too &lt;b&gt;</dd>" in page
    assert "<strong>25</strong> of 25 points" in page
    assert "Tara" not in page


def test_functions_that_are_not_written_are_one_line_each_without_code() -> None:
    stub = Fault(
        "your code raised NotImplementedError",
        place=Place("cell 3", 5),
        detail="NotImplementedError: mse_loss is not written yet: Return the mean.",
    )
    lost = check("losses.mse", True, stub, "raised")
    other = replace(check("losses.bce", True, Fault("not tried"), "untried"), because="losses.mse")
    page = feedback.page_of(replace(paper(), checks=(lost, other)), ASSIGNMENT)
    assert page.count('<div class="check">') == 1
    (line,) = re.findall(r"<li><code>mse_loss</code>.*</li>", page)
    assert "cell 3, line 5" in line
    assert "0 of 25" in line
    assert "in 2 checks" in line
    assert "Your code of mse_loss" not in page
    assert "An exception was raised" not in page


def test_the_code_beside_a_box_is_that_of_the_function_it_is_about_with_its_docstring_folded() -> None:
    text = ["def helper(x):", '    """One', "    two", "    three", '    four."""', "    return x[0]", "", ""]
    losses = "def mse_loss(x_hat, x):\n    return helper(x)\n\n\ndef bce_loss(x_hat, x):\n    return 1\n"
    cell = Cell("cell 3", "\n".join(text) + losses)
    raised = check("losses.mse", True, Fault("your code raised KeyError", place=Place("cell 3", 6)), "raised")
    wrong = check("losses.bce", True, Fault("bce_loss(x_hat, x): not what was expected"))
    result = replace(paper(cells=[cell]), checks=(raised, wrong))
    rows = feedback.page_of(result, ASSIGNMENT).split('<div class="row">')[1:]
    assert ["<figcaption><code>helper</code>" in row for row in rows] == [True, False]
    assert '<span class="line gap">⋯ 3 lines</span>' in rows[0]
    assert 'class="line hit" data-n="6"' in rows[0]
    assert "<figcaption><code>bce_loss</code>" in rows[1].partition("details")[0]
    assert "Your other code: <code>mse_loss</code>" in rows[1]


def test_long_code_shows_only_what_is_near_the_marked_line() -> None:
    body = "".join(f"    x{n} = {n}\n" for n in range(200))
    cell = Cell("cell 3", f"def mse_loss(x_hat, x):\n{body}")
    raised = check(
        "losses.mse", True, Fault("your code raised KeyError", place=Place("cell 3", 100)), "raised"
    )
    page = feedback.page_of(replace(paper(cells=[cell]), checks=(raised,)), ASSIGNMENT)
    shown = [int(n) for n in re.findall(r'data-n="(\d+)"', page)]
    assert shown == list(range(100 - feedback.NEAR, 101 + feedback.NEAR))


def test_one_fault_in_two_questions_is_explained_once() -> None:
    fault = Fault("your code raised KeyError", place=Place("cell 3", 5))
    lost = [check(name, True, fault, "raised") for name in ("losses.mse", "sweep.errors")]
    page = feedback.page_of(replace(paper(), checks=tuple(lost)), ASSIGNMENT)
    assert page.count("This is the same as in “Exercise 1: three reconstruction losses”") == 1
    assert page.count(boxes.NEXT["raised"]) == 1


def test_a_page_is_written_again_only_when_its_content_changes(tmp_path: Path) -> None:
    path = tmp_path / "ada.html"
    result = paper()
    feedback.write(path, result, ASSIGNMENT)
    first = path.stat().st_mtime_ns
    feedback.write(path, replace(result, timing={"seconds": 9.0}), ASSIGNMENT)
    assert path.stat().st_mtime_ns == first
    feedback.write(path, paper(lost=["losses.mse"]), ASSIGNMENT)
    assert "the sum is taken" in path.read_text()


def test_a_page_names_the_files_that_could_be_meant_and_shows_no_points() -> None:
    one = paper("zoe", status="waiting", cells=())
    files = {"draft/x.py": "1" * 64, HOSTILE: "2" * 64}
    waits = replace(one, score=None, questions=(), submission=replace(one.submission, candidates=files))
    page = feedback.page_of(waits, ASSIGNMENT)
    assert "<bdi>draft/x.py</bdi>" in page
    assert f"<bdi>{escape(HOSTILE)}</bdi>" in page
    assert "Not graded yet" in page
    assert escape(feedback.WAITING) in page
    assert "points so far" not in page
    assert '<p class="score"><strong>' not in page
