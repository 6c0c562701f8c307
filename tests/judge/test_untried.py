"""Checks that were not tried, because what stopped them had stopped an earlier check."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.judge.evidence import Evidence
from autograder.judge.untried import marked
from autograder.records.results import CheckResult, Fault, Outcome, Place

RAISED = Fault("your code raised ValueError", None, Place("f.py", 3), "ValueError: x")
ENDED = Fault("the program ended before it could answer")


def lost(
    name: str, fault: Fault | None = RAISED, outcome: Outcome = "raised", points: int = 1
) -> CheckResult:
    return CheckResult(f"one.{name}", "one", "public", f"Title of {name}.", outcome, 0, points, fault)


def outcomes(checks: list[CheckResult], left: dict[str, Evidence] | None = None) -> list[str]:
    left = left or {}
    return [c.outcome for c in marked(checks, {c.id: left.get(c.id, Evidence(about="f")) for c in checks})]


def test_a_check_stopped_by_the_fault_of_an_earlier_one_names_it_and_keeps_its_loss() -> None:
    first, second, third = marked([lost("a"), lost("b"), lost("c")], {f"one.{n}": Evidence() for n in "abc"})
    assert first == lost("a")
    assert (second.outcome, second.because, second.points, second.max_points) == ("untried", "one.a", 0, 1)
    what = "not tried: as in “Title of a”, your code raised ValueError"
    assert second.fault == Fault(what, None, Place("f.py", 3))
    assert third.because == "one.a"


@pytest.mark.parametrize(
    "second",
    [
        lost("b", replace(RAISED, place=Place("f.py", 4))),
        lost("b", replace(RAISED, what="your code raised KeyError")),
        replace(lost("b"), question="two"),
        lost("b", outcome="crashed"),
        replace(lost("b"), outcome="passed", fault=None, points=1),
    ],
)
def test_a_check_stopped_by_something_else_is_judged(second: CheckResult) -> None:
    assert outcomes([lost("a"), second]) == ["raised", second.outcome]


def test_a_check_that_compared_something_was_tried() -> None:
    assert outcomes([lost("a"), lost("b")], {"one.b": Evidence(compared=True)}) == ["raised", "raised"]
    assert outcomes([lost("a"), lost("b")], {"one.a": Evidence(compared=True)}) == ["raised", "untried"]


def test_faults_without_a_line_are_the_same_only_in_the_same_function() -> None:
    two = [lost("a", ENDED, "crashed"), lost("b", ENDED, "crashed")]
    assert outcomes(two) == ["crashed", "untried"]
    assert outcomes(two, {"one.b": Evidence(about="g")}) == ["crashed", "crashed"]


def test_a_picture_stops_no_other_check() -> None:
    assert outcomes([lost("a", points=0), lost("b"), lost("c", points=0)]) == ["raised", "raised", "untried"]
