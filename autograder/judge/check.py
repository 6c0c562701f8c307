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

    `kept` gives the reason to keep a check that catches no mistake of its own; see `autograder prove`.
    """
    return pytest.mark.check(points=points, cpu=cpu, wall=wall, kept=kept)


def picture() -> pytest.MarkDecorator:
    """Mark a test function that awards no points; its exhibits appear beside the question.

    It runs only when a feedback page can show it: in grading, not in practice.
    """
    return check(points=0, cpu=3, wall=15, kept="worth no points: it shows the student a picture")


def shared(ask: Callable[[Student], Any]) -> Any:
    """Turn `ask(student)` into a fixture that runs once and is shared by several checks of one file.

    It runs in its own fresh process, seeded by its name, within the assignment's limits for a check. It must
    return values, because its process then ends. If it raises, every check that shares it fails; use
    `attempt` for a part that only some of them need. Comparisons belong in the checks.
    """

    @pytest.fixture(scope="module", name=ask.__name__)
    def asked(request: pytest.FixtureRequest, ask_once: Callable[..., Any]) -> Any:
        return ask_once(ask, request.path)

    return asked


def attempt(ask: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    """Call `ask` now; return a function that returns its value or raises its StudentFault."""
    try:
        value = ask(*args)
    except StudentFault as fault:
        caught = fault

        def failed() -> Any:
            raise caught

        return failed
    return lambda: value


def tried(ask: Callable[[], Any], otherwise: Any) -> Any:
    """Return ask(), or `otherwise` if it raises a StudentFault."""
    try:
        return ask()
    except StudentFault:
        return otherwise


def unlike(ask: Callable[[], Any], other: Callable[[], Any], cause: str) -> Any:
    """Return ask(); if it raises a StudentFault where other() does not, give that fault its `cause`.

    `other` differs from `ask` in one thing, which then explains the fault. If other() raises too, its fault
    is raised.
    """
    try:
        return ask()
    except StudentFault as fault:
        other()
        fault.cause = cause
        raise
