"""What a suite's author gets beside marks: a question asked now, whose fault is raised where it matters."""

from __future__ import annotations

import pytest

from autograder.errors import Mismatch, SuiteError
from autograder.judge import attempt, expect


def test_an_attempt_gives_what_came_back_every_time() -> None:
    asked: list[int] = []

    def ask(n: int) -> int:
        asked.append(n)
        return 2 * n

    later = attempt(ask, 3)
    assert (later(), later(), asked) == (6, 6, [3])


def test_an_attempt_raises_the_students_fault_where_it_is_looked_at() -> None:
    later = attempt(expect.fail, "a torch module was expected")
    for _ in range(2):
        with pytest.raises(Mismatch, match="a torch module was expected"):
            later()


def test_a_fault_of_ours_is_not_put_off() -> None:
    def broken() -> None:
        raise SuiteError("ours")

    with pytest.raises(SuiteError, match="ours"):
        attempt(broken)
