"""A part of the proof: which samples it has, and what they declare about its question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.errors import AssignmentError, UsageError
from autograder.proof.corpus import Edit, Sample
from autograder.proof.part import WHOLE, Part
from autograder.records.assignment import Assignment, Limits, Question
from autograder.records.places import ASSIGNMENTS

QUESTIONS = tuple(Question(name, name, 3, ("f",)) for name in ("one", "two"))
ASSIGNMENT = Assignment("small", "Small", ("f.py",), QUESTIONS, (), Limits())


def sample(kind: str, name: str, loses: tuple[str, ...] | None = None, **more: Any) -> Sample:
    facts: dict[str, Any] = {
        "score": None,
        "cause": "",
        "base": "solution",
        "edits": (Edit("a", "b"),),
        **more,
    }
    return Sample(kind, name, Path(kind) / name, "Some words.", "graded", loses, **facts)


SAMPLES = [
    sample("correct", "solution", ()),
    sample("mistaken", "in_one", ("one",), cause="a cause"),
    sample("mistaken", "in_both", ("one", "two"), cause="a cause"),
    sample("mistaken", "in_two", ("two",), cause="a cause"),
    sample("cheating", "table", most={"two": 1}),
    sample("incomplete", "template", score=0, base="template", edits=()),
]


def names(part: Part) -> list[str]:
    return [sample.name for sample in part.chosen(SAMPLES, ASSIGNMENT)]


def test_the_whole_has_all_samples_as_they_are() -> None:
    assert not WHOLE
    assert WHOLE.chosen(SAMPLES, ASSIGNMENT) == SAMPLES


def test_a_question_has_the_samples_that_declare_something_about_it() -> None:
    assert names(Part("one")) == ["solution", "in_one", "in_both"]
    assert names(Part("two")) == ["solution", "in_both", "in_two", "table"]


def test_samples_are_named_with_or_without_their_kind() -> None:
    assert names(Part(samples=("in_one", "cheating-table"))) == ["in_one", "table"]


def test_a_sample_declares_about_a_question_what_it_declares_of_it() -> None:
    part = Part("one", ("in_one", "in_both", "in_two", "table", "template"))
    got = {s.name: (s.loses, s.cause, s.score, s.most) for s in part.chosen(SAMPLES, ASSIGNMENT)}
    assert got == {
        "in_one": (("one",), "a cause", None, {}),
        "in_both": (("one",), "", None, {}),  # the cause may be that of the other question
        "in_two": ((), "", None, {}),
        "table": ((), "", None, {}),  # its edits must cost nothing here
        "template": (None, "", None, {}),
    }


def test_an_unknown_question_is_refused() -> None:
    with pytest.raises(AssignmentError, match="no question 'three' in small: it has one, two"):
        Part("three").chosen(SAMPLES, ASSIGNMENT)


def test_an_unknown_sample_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"got 'in_tow', did you mean 'in_two'\?; name a folder in"):
        Part("", ("in_tow",)).chosen(SAMPLES, ASSIGNMENT)


def test_results_of_one_question_are_kept_apart_from_whole_ones() -> None:
    assert Part("one").store(Path("out"), 1) == Path("out/question-one/seed-1")
    assert (
        Part(samples=("in_one",)).store(Path("out"), 1) == WHOLE.store(Path("out"), 1) == Path("out/seed-1")
    )


def test_the_command_says_which_sample_there_is_not(tmp_path: Path) -> None:
    words = ["prove", "--sandbox", "process", "--out", str(tmp_path / "out"), "--only", "weight_at_most_onne"]
    done = CliRunner().invoke(main, [*words, "--assignment", str(ASSIGNMENTS / "undercomplete_overcomplete")])
    assert (done.exit_code, len(done.output.splitlines())) == (2, 1)
    assert "did you mean 'weight_at_most_one'?" in done.output
    assert not (tmp_path / "out").exists()
