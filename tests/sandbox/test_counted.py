"""The sandbox that counts the checks that begin, and passes everything else on unchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder import grading
from autograder.records import results
from autograder.records.submission import Cell, Submission
from autograder.sandbox.counted import CountedSandbox
from autograder.sandbox.process import ProcessSandbox

SUITE = {
    "public/test_one.py": '''
@check(points=1)
def test_right(student):
    """It is 1."""
    expect.close("one()", student.call("one"), 1.0)

@check(points=1)
def test_again(student):
    """It is 1 again."""
    expect.close("one()", student.call("one"), 1.0)
'''
}


def test_each_check_is_counted_when_it_begins_and_the_result_is_the_same(scratch: Callable[..., Any]) -> None:
    assignment, counts = scratch(SUITE, {"one": 2}), []
    work = Submission("ada", "ada", "f.py", "0" * 64, (Cell("f.py", "def one(): return 1.0"),))
    counted = grading.grade(work, assignment, CountedSandbox(ProcessSandbox(), counts.append))
    assert counts == [1, 2]
    assert counted.score == 2
    alone = grading.grade(work, assignment, ProcessSandbox())
    assert results.without_timing(counted) == results.without_timing(alone)
