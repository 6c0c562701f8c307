"""Evidence belongs only to the running check, even if another check runs in another thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np

from autograder.judge import evidence, exhibit, expect


def test_margins_and_exhibits_of_a_check_are_in_its_record() -> None:
    with evidence.collected() as left:
        expect.below("f()", 1.0, 4.0)
        exhibit.images("One", 1, {"yours": np.zeros((1, 1))})
        exhibit.curve("A curve", [1, 2], [1, 2], ([0, 0], [3, 3]), ("k", "error"))
        exhibit.mark(2, "corner")
    assert left.margins == [0.25]
    assert [(shown.kind, shown.mark) for shown in left.exhibits] == [("images", None), ("curve", 2.0)]


def test_an_inner_record_starts_empty_and_the_outer_one_continues_afterwards() -> None:
    with evidence.collected() as outer:
        expect.below("f()", 1.0, 4.0)
        with evidence.collected() as inner:
            expect.below("f()", 1.0, 2.0)
        expect.below("f()", 1.0, 1.0)
    assert (outer.margins, inner.margins) == ([0.25, 1.0], [0.5])


def test_evidence_outside_a_check_is_discarded() -> None:
    expect.below("f()", 1.0, 4.0)
    assert evidence.running().margins == []


def test_checks_in_two_threads_have_separate_records() -> None:
    both = Barrier(2)

    def check(bound: float) -> list[float]:
        with evidence.collected() as left:
            both.wait(10)
            expect.below("f()", 1.0, bound)
            both.wait(10)
        return left.margins

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(check, [2.0, 4.0])) == [[0.5], [0.25]]
