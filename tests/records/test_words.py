"""A fault as text: the same sentence for everyone, and no detail of a hidden check for students."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.records import words
from autograder.records.results import CheckResult, Fault, Outcome, Place

HIDDEN = CheckResult("losses.mse", "losses", "hidden", "MSE is right.", "failed", 0, 2)
ENDED = "your code ended the program (exit status 3) instead of returning"


@pytest.mark.parametrize(
    ("outcome", "fault", "sentence"),
    [
        ("failed", Fault("f(): too high", detail="got 7"), "f(): too high"),
        ("failed", Fault("f(): too high", "you summed"), "f(): too high. Likely cause: you summed."),
        (
            "raised",
            Fault("your code raised KeyError", None, Place("cell 3", 7), "KeyError: 'x'"),
            "your code raised KeyError at cell 3, line 7",
        ),
        (
            "raised",
            Fault("your code raised KeyError", "a typo", Place("f.py", 7)),
            "your code raised KeyError at f.py, line 7. Likely cause: a typo.",
        ),
        ("timeout", Fault("your code used up its time"), "your code used up its time"),
        ("memory", Fault("your code used up its memory"), "your code used up its memory"),
        ("crashed", Fault(ENDED), ENDED),
        ("malformed", Fault("what came back was not an answer"), "what came back was not an answer"),
    ],
)
def test_a_fault_is_one_sentence_with_its_detail_below(outcome: Outcome, fault: Fault, sentence: str) -> None:
    hidden = replace(HIDDEN, outcome=outcome, fault=fault)
    public = replace(hidden, visibility="public")
    whole = f"{sentence}\n{fault.detail}" if fault.detail else sentence
    assert words.sentence(fault) == words.for_students(hidden) == sentence
    assert words.for_students(public) == words.for_staff(public) == words.for_staff(hidden) == whole


def test_a_passed_check_has_no_text() -> None:
    passed = replace(HIDDEN, outcome="passed")
    assert words.for_students(passed) == words.for_staff(passed) == ""
    assert not words.tells(passed, "")


def test_a_student_reads_the_cause_the_place_and_in_public_checks_the_detail() -> None:
    fault = Fault("your code raised KeyError", "a TYPO", Place("f.py", 7), "KeyError: 'x'")
    hidden = replace(HIDDEN, fault=fault)
    assert all(words.tells(hidden, fact) for fact in ("a typo", "raised keyerror", "at f.py, line 7"))
    assert not words.tells(hidden, "KeyError: 'x'")
    assert words.tells(replace(hidden, visibility="public"), "KeyError: 'x'")


def test_a_student_reads_what_a_hidden_check_is_to_say_and_staff_read_all_of_it() -> None:
    fault = Fault("f(): expected 3 rows", None, Place("f.py", 7), "got 4")
    hidden = replace(HIDDEN, fault=fault, told=Fault("lost too"))
    assert words.for_students(hidden) == "lost too"
    assert words.for_staff(hidden) == "f(): expected 3 rows at f.py, line 7\ngot 4"
    assert not words.tells(hidden, "3 rows")


def test_headlines_are_found_in_the_output_of_another_tool() -> None:
    other = replace(HIDDEN, id="sweep.two_words", title="An ✗ in it: fine.")
    printed = f"E   {words.headline(HIDDEN)}\n  off by 1\n\n| {words.headline(other)}\\n  off"
    assert words.headline(HIDDEN) == "✗ losses.mse: MSE is right."
    assert words.lost_in(printed) == {"losses.mse", "sweep.two_words"}
    assert words.lost_in("All tests passed!") == frozenset()
