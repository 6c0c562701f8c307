"""How a suite's author marks a test function as a check that awards points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autograder.errors import StudentFault
from autograder.judge.student import Student


def check(
    points: int, cpu: int | None = None, wall: int | None = None, kept: str = ""
) -> pytest.MarkDecorator:
    """Mark a test function as a check worth `points`; `cpu` and `wall` are its own limits in seconds.

    `kept` says why a check stays that catches no mistake which no other catches; see `autograder prove`.
    """
    return pytest.mark.check(points=points, cpu=cpu, wall=wall, kept=kept)


def picture() -> pytest.MarkDecorator:
    """Mark a test function that awards nothing: what it exhibits is shown beside the question.

    It runs where feedback pages come from it: in grading, not in practice.
    """
    return check(points=0, cpu=3, wall=15, kept="worth nothing: it shows the student a picture")


def shared(ask: Callable[[Student], Any]) -> Any:
    """Make a fixture of `ask(student)`, for what several checks of one file look at: it is asked once.

    It runs in a fresh process of its own, seeded by its name, within the assignment's limits of a check;
    what it returns must be values, for the process ends with it. What it raises, every one of the checks
    is lost by: see `attempt` for what only some of them look at. To compare is the checks' business.
    """

    @pytest.fixture(scope="module", name=ask.__name__)
    def asked(request: pytest.FixtureRequest, ask_once: Callable[..., Any]) -> Any:
        return ask_once(ask, request.path)

    return asked


def attempt(ask: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    """Ask now, and return a function that returns what came back or raises the student's fault that came."""
    try:
        value = ask(*args)
    except StudentFault as fault:
        caught = fault

        def failed() -> Any:
            raise caught

        return failed
    return lambda: value
