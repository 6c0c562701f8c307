"""Each example of a common mistake prints what it says, with the solution and with its sample."""

from __future__ import annotations

import contextlib
import io
from functools import cache
from types import CodeType

import pytest

from autograder.proof import corpus
from autograder.proof.corpus import Sample
from autograder.records import assignment as assignments
from autograder.records import examples
from autograder.records.examples import Example

KNOWN = [(found.name, example) for found in assignments.known() for example in examples.load(found)]
EACH = pytest.mark.parametrize(("name", "example"), KNOWN, ids=[f"{e.question}-{e.sample}" for _, e in KNOWN])
LINES = 6  # in an example's code, at most


@cache
def samples(name: str) -> dict[str, Sample]:
    return {s.name: s for s in corpus.load(corpus.samples_of(name)) if s.kind == "mistaken"}


@cache
def work(name: str, sample: str) -> CodeType:
    """The compiled solution, or the sample of that name."""
    path = corpus.SOLUTIONS / name / f"{name}.py"
    text = corpus.source(samples(name)[sample])[1] if sample else path.read_text(encoding="utf-8")
    return compile(text, sample or "solution", "exec")


def printed(name: str, sample: str, example: Example) -> str:
    """What the example's code prints after the work."""
    names = {"__name__": "work"}
    exec(work(name, sample), names)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(example.code, names)
    return out.getvalue().rstrip("\n")


@EACH
def test_it_prints_what_right_work_gives_and_what_its_sample_gives(name: str, example: Example) -> None:
    assert printed(name, "", example) == example.right
    assert printed(name, example.sample, example) == example.wrong


@EACH
def test_its_cause_is_one_that_its_sample_is_told(name: str, example: Example) -> None:
    sample = samples(name)[example.sample]
    declared = [cause for cause in (sample.cause, *sample.also) if cause]
    assert [cause for cause in declared if cause in example.cause or example.cause in cause]
    assert example.question in (sample.loses or ())


@EACH
def test_its_code_is_short(name: str, example: Example) -> None:
    lines = example.code.splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= 110


@pytest.mark.parametrize("name", sorted({name for name, _ in KNOWN}))
def test_every_question_has_examples(name: str) -> None:
    found = next(each for each in assignments.known() if each.name == name)
    assert {question.id for question in found.questions} == {e.question for n, e in KNOWN if n == name}
