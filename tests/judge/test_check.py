"""`attempt` raises the student's fault when a check reads the value; `tried` and `unlike` catch it."""

from __future__ import annotations

from functools import partial

import pytest

from autograder.errors import Mismatch, SuiteError
from autograder.judge import attempt, expect, tried, unlike


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


def test_tried_returns_the_value_or_the_one_given_for_a_students_fault() -> None:
    assert tried(lambda: 3, None) == 3
    assert tried(partial(expect.fail, "no such attribute"), False) is False


def test_unlike_names_the_cause_only_where_the_other_call_goes_well() -> None:
    assert unlike(lambda: 3, partial(expect.fail, "not asked"), "the device is text") == 3
    with pytest.raises(Mismatch, match="text fails") as only:
        unlike(partial(expect.fail, "text fails"), lambda: 3, "the device is text")
    assert only.value.cause == "the device is text"
    with pytest.raises(Mismatch, match="both fail") as both:
        unlike(partial(expect.fail, "text fails"), partial(expect.fail, "both fail"), "the device is text")
    assert both.value.cause is None
