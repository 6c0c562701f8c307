"""Exhibits: only of public checks, of bounded size, kept in the result as bytes and rounded numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import grading
from autograder.errors import SuiteError
from autograder.judge import exhibit
from autograder.records.results import Result
from autograder.records.submission import Cell, Submission
from autograder.sandbox.fake import FakeSandbox, answering

WORK = Submission("ada", "ada", "f.py", "0" * 64, (Cell("f.py", "x = 1"),))
SHOWS = '''
import numpy as np
from autograder.judge import exhibit, picture

@check(points=1)
def test_right(student):
    """It is."""

@picture()
def test_shown(student):
    """A picture."""
    exhibit.images("A pixel", 1, {"yours": expect.array("f()", student.call("f"), (1, 1))})
    exhibit.curve("A curve", [1, 2], [0.123456, 2], ([0, 0], [1, 1]), ("k", "error"))
    exhibit.mark(2, "corner")
'''


def graded(assignment: Any, value: Any) -> Result:
    return grading.grade(WORK, assignment, FakeSandbox(answering({"call": value})))


def test_exhibits_of_a_public_check_are_kept_and_award_no_points(scratch: Callable[..., Any]) -> None:
    assignment = scratch({"public/test_one.py": SHOWS}, {"one": 1})
    result = graded(assignment, np.array([[0.5]], np.float32))
    right, shown = result.checks
    assert (result.score, shown.max_points, right.exhibits) == (1, 0, ())
    images, curve = shown.exhibits
    assert [(p.label, p.pixels) for p in images.pictures] == [("yours", "80")]
    assert (curve.x, curve.y, curve.high, curve.mark) == ((1.0, 2.0), (0.1235, 2.0), (1.0, 1.0), 2.0)
    assert result.cells == WORK.cells


def test_pictures_do_not_run_in_practice(scratch: Callable[..., Any]) -> None:
    assignment = scratch({"public/test_one.py": SHOWS}, {"one": 1})
    worker = FakeSandbox(answering({}))
    result = grading.grade(WORK, assignment, worker, grading.PRACTICE)
    assert [check.id for check in result.checks] == ["one.right"]


def test_a_picture_that_fails_costs_no_points(scratch: Callable[..., Any]) -> None:
    result = graded(scratch({"public/test_one.py": SHOWS}, {"one": 1}), np.array([[np.nan]]))
    assert (result.score, result.checks[1].outcome, result.checks[1].exhibits) == (1, "failed", ())


def test_a_hidden_check_with_an_exhibit_leaves_the_submission_ungraded(scratch: Callable[..., Any]) -> None:
    result = graded(scratch({"hidden/test_one.py": SHOWS}, {"one": 1}), np.array([[0.5]]))
    assert result.status == "ungraded"
    assert "one.shown: a hidden check showed a picture; move it to a public one" in (result.reason or "")


def test_pixels_are_clipped_and_converted_to_bytes() -> None:
    assert exhibit.hexed(np.array([[-1.0, 0.0], [1.0, 7.0]])) == "0000ffff"


@pytest.mark.parametrize(("pictures", "pixels"), [(exhibit.MAX_PICTURES + 1, 4), (1, exhibit.MAX_PIXELS + 1)])
def test_an_exhibit_that_is_too_large_is_a_bug_in_the_suite(pictures: int, pixels: int) -> None:
    with pytest.raises(SuiteError, match=f"expected at most 40 .*got {pictures} of {pixels} .*; show less"):
        exhibit.images("many", 2, {"row": np.zeros((pictures, pixels))})
    with pytest.raises(SuiteError, match="33 points"):
        exhibit.curve("long", range(33), range(33), (range(33), range(33)), ("k", "error"))
