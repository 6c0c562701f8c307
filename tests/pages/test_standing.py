"""The headline of a page: final, so far, set by staff, late, of another version; and its lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from papers import ASSIGNMENT, paper

from autograder.grades import policy
from autograder.grades.overrides import Change
from autograder.grades.policy import Grade, HandMark
from autograder.pages import standing
from autograder.records.assignment import LatePolicy
from autograder.records.results import Result

BY_HAND = {"written_losses": HandMark(4.0), "written_latent": HandMark(5.0, "Good.")}
DUE = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATE = replace(ASSIGNMENT, late=LatePolicy(due=DUE, per_day=10, cap=50))


def change(what: str, value: float, why: str = "as agreed") -> Change:
    return Change("2026-03-02T10:00:00+00:00", "Tara", "ada", what, value, None, why)


def grade(result: Result, *changes: Change, by_hand: dict[str, HandMark] | None = None) -> Grade:
    return policy.grade_of(result, LATE, changes, BY_HAND if by_hand is None else by_hand)


def handed_in(hour: int, late: bool | None = None) -> Result:
    result = paper(lost=["losses.mse"])
    moment = None if late else f"2026-03-01T{hour}:00:00+00:00"
    return replace(result, submission=replace(result.submission, submitted=moment, late=late))


def test_without_a_grade_the_points_of_the_checks_stand() -> None:
    head = standing.standing(paper(lost=["losses.mse"]))
    assert (head.points, head.most, head.so_far) == (80, 90, False)
    assert [(line.id, line.points) for line in head.lines][1] == ("losses", 15)


def test_a_grade_that_lacks_marks_counts_so_far_and_says_what_is_missing() -> None:
    head = standing.standing(handed_in(11), grade(handed_in(11), by_hand={"written_latent": HandMark(5.0)}))
    assert (head.points, head.most, head.so_far) == (85, 95, True)
    assert head.said == ("5 more points are marked by hand, and not marked yet.",)
    assert [(line.said, line.points) for line in head.lines[-2:]] == [
        ("not marked yet", None),
        ("marked by hand", 5),
    ]


def test_a_whole_grade_includes_what_was_marked_by_hand() -> None:
    head = standing.standing(handed_in(11), grade(handed_in(11)))
    assert (head.points, head.most, head.so_far, head.said) == (89, 100, False, ())
    assert head.lines[-1].comment == "Good."


def test_lateness_is_deducted_or_to_be_deducted_or_not_known() -> None:
    head = standing.standing(handed_in(13), grade(handed_in(13)))
    assert (head.points, head.said) == (79, ("10 points deducted for 1 day late.",))
    head = standing.standing(handed_in(13), grade(handed_in(13), by_hand={}))
    assert (head.points, head.so_far) == (80, True)
    assert head.said[0] == "10 points to be deducted for 1 day late."
    head = standing.standing(handed_in(0, late=True), grade(handed_in(0, late=True)))
    assert (head.points, head.so_far, head.said) == (89, True, (standing.LATE,))


def test_every_override_gives_its_reason() -> None:
    result = handed_in(13)
    changes = [
        change("losses.mse", 9, "rounding"),
        change("sweep", 20, "a hint"),
        change("late_days", 0, "ill"),
    ]
    head = standing.standing(result, grade(result, *changes))
    assert head.points == 93
    assert head.said == ("Days late set to 0 by staff: ill",)
    assert head.line("losses").said == "changed by staff: rounding"
    assert head.line("sweep").said == "set by staff: a hint"
    assert head.line("model").said == ""
    assert head.by_staff == {"losses.mse": "Set by staff to 9 of 10: rounding"}


def test_a_grade_that_staff_set_is_the_headline_with_its_reason() -> None:
    result = handed_in(13)
    head = standing.standing(result, grade(result, change("grade", 42.5, "oral exam"), by_hand={}))
    assert (head.points, head.most, head.so_far) == (42.5, 100, False)
    assert head.said == ("Set by staff: oral exam",)


def test_points_of_an_earlier_version_are_shown_as_such() -> None:
    result = paper()
    head = standing.standing(result, replace(grade(result), stale=True))
    assert (head.points, head.most, head.said) == (90, 90, (standing.STALE,))


def test_a_line_without_points_or_maximum_has_an_empty_bar() -> None:
    assert standing.Line("a", "A", None, 5).share == 0
    assert standing.Line("a", "A", 0, 0).share == 0
    assert standing.Line("a", "A", 7, 5).share == 1
