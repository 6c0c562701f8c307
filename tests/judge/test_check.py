"""`attempt` asks at once and raises the student's fault only when a check reads the value."""

from __future__ import annotations

import pytest

from autograder.errors import Mismatch, SuiteError
from autograder.judge import attempt, expect


def test_attempt_asks_once_and_returns_the_value_every_time() -> None:
    asked: list[int] = []

    def ask(n: int) -> int:
        asked.append(n)
        return 2 * n

    later = attempt(ask, 3)
    assert (later(), later(), asked) == (6, 6, [3])


def test_attempt_raises_the_students_fault_when_its_value_is_read() -> None:
    later = attempt(expect.fail, "a torch module was expected")
    for _ in range(2):
        with pytest.raises(Mismatch, match="a torch module was expected"):
            later()


def test_attempt_raises_an_error_of_the_kit_at_once() -> None:
    def broken() -> None:
        raise SuiteError("ours")

    with pytest.raises(SuiteError, match="ours"):
        attempt(broken)
