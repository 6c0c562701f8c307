"""How a suite's author marks a test function as a check that awards points."""

from __future__ import annotations

from typing import TypeVar

import pytest

Function = TypeVar("Function")


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
