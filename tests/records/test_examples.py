"""The examples of common mistakes: which one a cause names, and what is said about a bad file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from papers import ASSIGNMENT

from autograder.errors import AssignmentError
from autograder.records import examples
from autograder.records.examples import Example

GOOD = """\
[[losses]]
cause = "the mean is missing"
sample = "mse_sum"
code = '''
x = 1
print(x)
'''
right = "1"
wrong = "2"
"""
MEAN = Example("losses", "the mean is missing", "mse_sum", "x = 1\nprint(x)", "1", "2")


def loaded(folder: Path, text: str) -> tuple[Example, ...]:
    (folder / examples.FILE).write_text(text, encoding="utf-8")
    return examples.load(replace(ASSIGNMENT, folder=folder))


def test_examples_are_read_by_question(tmp_path: Path) -> None:
    assert loaded(tmp_path, GOOD) == (MEAN,)


@pytest.mark.parametrize("folder", [None, Path("nowhere")])
def test_an_assignment_without_the_file_has_no_examples(folder: Path | None) -> None:
    assert examples.load(replace(ASSIGNMENT, folder=folder)) == ()


def test_a_cause_names_the_example_of_its_question_with_the_longest_text() -> None:
    longer = replace(MEAN, cause="the mean is missing over pixels")
    other = replace(MEAN, question="sweep", cause="the mean is missing over pixels, too")
    listed = (MEAN, longer, other)
    assert examples.named(listed, "losses", "the mean is missing over pixels, too") == longer
    assert examples.named(listed, "losses", "the mean is missing; take it") == MEAN
    assert examples.named(listed, "losses", "the mean") is None
    assert examples.named(listed, "model", "the mean is missing") is None


def test_an_example_of_an_unknown_question_is_refused_when_it_is_released(tmp_path: Path) -> None:
    listed = loaded(tmp_path, GOOD.replace("[[losses]]", "[[loses]]"))
    message = "expected examples of model, losses, sweep, arithmetic, got one of 'loses'; name a question"
    with pytest.raises(AssignmentError, match=message):
        examples.require_known(ASSIGNMENT, listed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[losses]", "not readable as TOML"),
        ("losses = 1", r"entries such as \[\[QUESTION\]\], got losses = 1; write each example below"),
        ("losses = [1]", r"got losses = \[1\]; write each example below such a line, with the question's id"),
        (
            GOOD.replace("sample", "samples"),
            "entry 1 of losses: expected cause, sample, code, right, wrong, got cause, samples, code, right, "
            "wrong; write these, and only these",
        ),
        ("[[losses]]", "got nothing; write these"),
        (GOOD.replace('"1"', "1"), "entry 1 of losses: right: expected one line of text, got 1; correct it"),
        (GOOD.replace('"1"', r'"1\n2"'), r"right: expected one line of text, got '1\\n2'; correct it"),
        (GOOD.replace("x = 1\nprint(x)", ""), r"code: expected lines of Python, got '\\n'; correct it"),
        (
            GOOD.replace('"2"', '"1"'),
            "expected `wrong` to differ from `right`, got '1' for both; choose code",
        ),
        (GOOD + GOOD, "one example for each cause of losses, got two for 'the mean is missing'; remove one"),
    ],
)
def test_a_bad_file_is_refused_with_what_to_change(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AssignmentError, match=message) as refused:
        loaded(tmp_path, text)
    assert str(tmp_path / examples.FILE) in str(refused.value)
