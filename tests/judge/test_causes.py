"""Which cause a lost check names, given everything that the checks of its question saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import grading
from autograder.judge.causes import Claim, Comparison, named
from autograder.records.results import CheckResult
from autograder.records.submission import Cell, Submission
from autograder.sandbox.fake import FakeSandbox, answering

WORK = Submission("ada", "ada", "f.py", "0" * 64, (Cell("f.py", "x = 1"),))


def compared(
    got: Any, right: Any, likely: dict[str, Any], about: str = "f", rtol: float = 1e-4
) -> Comparison:
    got, right = np.asarray(got, float), np.asarray(right, float)
    return Comparison(about, got, likely, right, 1e-6 + rtol * np.abs(right))


def claim(*causes: str, about: str = "f") -> Claim:
    return Claim("f(): wrong", about, causes, valued=True)


SUM = compared(6.0, 2.0, {"you summed": 6.0, "you trebled": 6.0})


def test_a_cause_that_fits_is_named_and_two_are_joined() -> None:
    assert named(claim("you summed"), [SUM]) == "you summed"
    assert named(claim("you summed", "you trebled"), [SUM]) == "you summed; or you trebled"


def test_of_three_causes_that_fit_alike_none_is_named() -> None:
    three = compared(6.0, 2.0, dict.fromkeys("abc", 6.0))
    assert named(claim(*"abc"), [three]) is None


@pytest.mark.parametrize(
    "other",
    [
        compared(3.0, 3.0, {"you summed": 9.0}),  # it passed, and a sum would not have
        compared([3.0, 3.0], [3.0, 3.0], {"you summed": 6.0}),  # a sum would have another shape
        compared(5.0, 3.0, {"you summed": 9.0}),  # it was lost, and not by a sum
        compared(3.0, 3.0, {"you summed": np.nan}),
    ],
)
def test_a_cause_is_refuted_by_any_check_that_saw_something_else(other: Comparison) -> None:
    assert named(claim("you summed"), [SUM, other]) is None
    assert named(claim("you summed", "you trebled"), [SUM, other]) == "you trebled"


@pytest.mark.parametrize(
    "other",
    [
        compared(3.0, 3.0, {"you summed": 3.0004}),  # within two tolerances: nobody could tell
        compared(3.0, 3.0, {"you summed": 9.0}, about="g"),  # about another function
        compared([3.0, 4.0], 3.0, {"you summed": 9.0}),  # another shape came back
        compared(np.nan, 3.0, {"you summed": 9.0}),
        Comparison("f", None, {"you summed": 9.0}, np.array(3.0), 1e-3),
    ],
)
def test_a_comparison_that_cannot_tell_refutes_nothing(other: Comparison) -> None:
    assert named(claim("you summed"), [SUM, other]) == "you summed"


def test_a_cause_must_explain_most_of_the_deviation() -> None:
    """Rounded values are within a thousandth of another cause's, but that cause does not explain them."""
    right = np.array([0.08137, 0.07964])
    rounded = compared(right.round(3), right, {"the weights decay": right * 1.001, "rounded": right.round(3)})
    assert rounded.fits == {"the weights decay": False, "rounded": True}


def test_an_accident_that_fits_one_number_gives_way_to_a_cause_that_fits_many() -> None:
    many = compared([2.0, 4.0, 6.0], [1.0, 2.0, 3.0], {"you doubled": [2.0, 4.0, 6.0]})
    one = compared(8.0, 4.0, {"you squared": 8.0, "you doubled": 8.0})
    assert named(claim("you squared", "you doubled"), [one, many]) == "you doubled"


def test_a_cause_of_another_shape_fits_what_came_back() -> None:
    wrong = compared([1.0, 2.0], 1.5, {"there is no mean": [1.0, 2.0], "you summed": 3.0})
    assert wrong.fits == {"there is no mean": True}


def test_values_of_causes_that_are_not_finite_are_no_error() -> None:
    one = compared([np.inf, 1.0], [1.0, 1.0], {"log(0)": [np.inf, 1.0], "other": [np.nan, 1.0]})
    assert one.fits["log(0)"] is True


def test_a_cause_without_a_value_gives_way_to_one_that_fits() -> None:
    stated = Claim("f(0): expected more than 10", "f", ("it is clamped",))
    assert named(stated, []) == "it is clamped"
    assert named(stated, [SUM]) is None
    assert named(Claim("g(0)", "g", ("it is clamped",)), [SUM]) == "it is clamped"
    assert named(stated, [compared(1.0, 1.0, {"it is clamped": 9.0})]) is None


def test_likely_causes_are_computed_once() -> None:
    asked: list[str] = []

    def likely() -> dict[str, float]:
        asked.append("asked")
        return {"you summed": 6.0}

    lazy = Comparison("f", np.array(6.0), likely, np.array(2.0), 1e-3)
    assert named(claim("you summed"), [lazy, lazy]) == "you summed"
    assert asked == ["asked"]


SUITE = '''
LIKELY = {"you summed": 6.0, "you squared": 8.0}

@check(points=1)
def test_f(student):
    """It is 2."""
    expect.close("f(3)", student.call("f", 3.0), 2.0, likely=LIKELY, otherwise="Another loss was recorded")

@check(points=1)
def test_again(student):
    """It is 4."""
    expect.close("f(4)", student.call("f", 4.0), RIGHT, likely={"you summed": 9.0}, about=ABOUT)

@check(points=1)
def test_count(student):
    """It is 2, too."""
    value = student.call("f", 3.0)
    expect.true(value == 2.0, "f(3): a wrong number", cause=expect.cause_of(value, {"a": 6.0, "b": 6.0}))
'''


def graded(scratch: Callable[..., Any], right: float, about: str) -> tuple[CheckResult, ...]:
    source = SUITE.replace("RIGHT", str(right)).replace("ABOUT", about)
    assignment = scratch({"public/test_one.py": source}, {"one": 3})
    return grading.grade(WORK, assignment, FakeSandbox(answering({"call": 6.0}))).checks


@pytest.mark.parametrize(
    ("right", "about", "what", "cause"),
    [
        (6.0, '"g"', "f(3): not what was expected", "you summed"),
        (6.0, "None", "f(3): not what was expected. Another loss was recorded", None),  # a check that passes
        (7.0, "None", "f(3): not what was expected. Another loss was recorded", None),
    ],
)
def test_a_graded_check_names_a_cause_that_no_other_check_refutes(
    scratch: Callable[..., Any], right: float, about: str, what: str, cause: str | None
) -> None:
    first, _, last = graded(scratch, right, about)
    assert first.fault is not None
    assert last.fault is not None
    assert (first.fault.what, first.fault.cause) == (what, cause)
    assert last.fault.cause == "a; or b"


def test_a_cause_stated_about_the_whole_gives_way_to_one_that_fits_a_part() -> None:
    part = compared(6.0, 2.0, {"you summed": 6.0}, about="f, MSE")
    assert named(Claim("f()", "f", ("a guess",)), [part]) is None
    assert named(Claim("f()", "f, BCE", ("a guess",)), [part]) == "a guess"
    assert named(claim("you summed"), [SUM, compared(3.0, 3.0, {"you summed": 9.0}, "f, L1")]) == "you summed"
