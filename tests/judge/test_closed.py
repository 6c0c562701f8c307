"""What students read of hidden checks: fixed sentences, few of them, and how many bits they can carry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.judge import closed
from autograder.judge.closed import Lines
from autograder.records.results import CheckResult, Fault, Place
from autograder.records.submission import PARSED, Cell
from autograder.records.words import MORE

LOST = CheckResult("q.a", "q", "hidden", "A is right.", "failed", 0, 1)
TEXT = '''\
def f(x):
    """Says what it does."""
    y = (
        x + 1
    )
    return y
g = lambda x: x / 0
'''
CELL = Cell("f.py", TEXT, 11)


def read(*faults: Fault, question: str = "q") -> list[Fault | None]:
    """Return what a student reads of hidden checks that were lost for these faults."""
    lost = [replace(LOST, fault=fault, question=question) for fault in faults]
    return [result.told for result in closed.told(lost, [CELL])]


def test_a_hidden_check_says_its_cause_or_else_what_its_author_wrote() -> None:
    caused = Fault("a weight: not what was expected", "the mean is missing", None, "got 7")
    plain = Fault("a weight: not what was expected", detail="got 7")
    assert read(caused, plain) == [Fault(closed.WRONG, "the mean is missing"), Fault(plain.what)]


def test_public_checks_and_passed_ones_are_left_as_they_are() -> None:
    public = replace(LOST, visibility="public", fault=Fault("too high", detail="got 7"))
    passed = replace(LOST, outcome="passed", points=1)
    assert closed.told([public, passed], []) == [public, passed]


def test_an_exception_keeps_its_type_and_the_line_of_its_statement() -> None:
    raised = Fault("your code raised KeyError", None, Place("f.py", 14), "KeyError: 'secret'")
    assert read(raised) == [Fault("your code raised KeyError", place=Place("f.py", 13))]


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (Place("f.py", 11), None),
        (Place("f.py", 13), 13),
        (Place("f.py", 15), 13),
        (Place("f.py", 16), 16),
        (Place("f.py", 17), 17),
        (Place("f.py", 900), 17),
        (Place("g.py", 17), None),
    ],
)
def test_lines_are_those_of_statements_in_functions(place: Place, line: int | None) -> None:
    assert Lines([CELL]).nearest(place) == (None if line is None else Place("f.py", line))


def test_a_long_text_has_no_more_lines_than_a_short_one() -> None:
    many = Cell("f.py", "def f():\n" + "    x = 1\n" * 1000, 1)
    lines = Lines([many])
    found = {lines.nearest(Place("f.py", n)) for n in range(2, 1002)}
    assert len(found) == 200
    assert lines.nearest(Place("f.py", 4)) == Place("f.py", 2)
    huge = Cell("f.py", "def f():\n" + "    x = 1\n" * (PARSED // 10), 1)
    assert Lines([huge]).nearest(Place("f.py", 4)) is None
    assert Lines([Cell("f.py", "def f(:\n    x", 1)]).nearest(Place("f.py", 2)) is None


def test_a_question_has_three_messages_and_a_repeated_one_counts_once() -> None:
    first, second, third, fourth = (Fault(f"{name}: not right") for name in "abcd")
    shown = read(first, second, first, third, fourth, second)
    assert shown == [first, second, first, third, MORE, second]


def test_another_question_has_messages_of_its_own() -> None:
    faults = [Fault(f"{name}: not right") for name in "abcd"]
    lost = [replace(LOST, fault=fault, question=q) for q in ("q", "r") for fault in faults]
    more = [result.question for result in closed.told(lost, []) if result.told == MORE]
    assert more == ["q", "r"]


def test_one_place_is_named_in_a_whole_submission() -> None:
    places = [Place("f.py", 13), Place("f.py", 16), Place("f.py", 17), Place("f.py", 13)]
    lost = [
        replace(LOST, question=f"q{n}", fault=Fault("your code raised KeyError", place=place))
        for n, place in enumerate(places)
    ]
    shown = [result.told.place for result in closed.told(lost, [CELL]) if result.told]
    assert shown == [Place("f.py", 13), None, None, Place("f.py", 13)]


def test_a_check_that_was_not_tried_does_not_say_what_stopped_it() -> None:
    untried = replace(LOST, outcome="untried", because="q.b", fault=Fault("not tried: as in “B is right”, x"))
    (result,) = closed.told([untried], [])
    assert result.told == MORE
