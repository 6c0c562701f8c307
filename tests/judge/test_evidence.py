"""Evidence belongs to the check that runs: to no other one, not even to one in another thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np

from autograder.judge import evidence, exhibit, expect


def test_what_a_check_compares_and_shows_is_in_its_record() -> None:
    with evidence.collected() as left:
        expect.below("f()", 1.0, 4.0)
        exhibit.images("One", 1, {"yours": np.zeros((1, 1))})
        exhibit.curve("A curve", [1, 2], [1, 2], ([0, 0], [3, 3]), ("k", "error"))
        exhibit.mark(2, "corner")
    assert left.margins == [0.25]
    assert [(one.kind, one.mark) for one in left.exhibits] == [("images", None), ("curve", 2.0)]


def test_a_run_begins_with_nothing_and_the_one_around_it_goes_on_afterwards() -> None:
    with evidence.collected() as outer:
        expect.below("f()", 1.0, 4.0)
        with evidence.collected() as inner:
            expect.below("f()", 1.0, 2.0)
        expect.below("f()", 1.0, 1.0)
    assert (outer.margins, inner.margins) == ([0.25, 1.0], [0.5])


def test_outside_of_a_check_nothing_is_kept() -> None:
    expect.below("f()", 1.0, 4.0)
    assert evidence.running().margins == []


def test_checks_in_two_threads_keep_apart() -> None:
    both = Barrier(2)

    def check(bound: float) -> list[float]:
        with evidence.collected() as left:
            both.wait(10)
            expect.below("f()", 1.0, bound)
            both.wait(10)
        return left.margins

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(check, [2.0, 4.0])) == [[0.5], [0.25]]
