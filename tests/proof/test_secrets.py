"""Samples under many secrets: what counts as a false fail, what as a mistake that got away, and the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.proof import corpus, secrets
from autograder.proof.corpus import Sample
from autograder.proof.secrets import Trial
from autograder.records import assignment as assignments
from autograder.records.places import CHECKOUT

SECOND = assignments.load(CHECKOUT / "assignments/undercomplete_overcomplete/assignment.toml")
EVERY = {sample.id: sample for sample in corpus.load(corpus.samples_of(SECOND.name))}
RIGHT = EVERY["correct-solution"]
WRONG = next(
    sample for sample in EVERY.values() if sample.kind == "mistaken" and sample.loses == ("sparsity",)
)
FIRST, OTHER = secrets.text_of(0), secrets.text_of(1)
SAMPLES = [RIGHT, WRONG]


def trial(sample: Sample, secret: str, *lost: str, reason: str = "") -> Trial:
    return Trial(secret, sample.id, lost, reason)


def test_the_first_secret_is_that_of_the_checkout_and_others_differ() -> None:
    assert FIRST == "development"
    assert len({secrets.text_of(number) for number in range(200)}) == 200


def test_the_solution_is_always_chosen_once() -> None:
    chosen = [sample.id for sample in secrets.chosen(SECOND, 2)]
    assert chosen.count(RIGHT.id) == 1
    assert {sample.split("-")[0] for sample in chosen} == {"correct", "mistaken", "cheating"}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            trial(RIGHT, OTHER, "linear.a"),
            "correct-solution under calibration-00001: correct work loses linear.a",
        ),
        (trial(WRONG, OTHER), "the mistake costs nothing in sparsity"),
        (trial(WRONG, OTHER, "linear.a"), "the mistake costs nothing in sparsity"),
        (
            Trial(OTHER, WRONG.id, (), above=("earns 9 points in sparsity, 8 at most",)),
            "under calibration-00001: earns 9 points in sparsity, 8 at most",
        ),
        (trial(RIGHT, OTHER, reason="a bug"), "correct-solution under calibration-00001: not graded: a bug"),
    ],
)
def test_what_deviates_is_said(bad: Trial, message: str) -> None:
    good = [trial(RIGHT, FIRST), trial(WRONG, FIRST, "sparsity.b")]
    assert secrets.misses(good, SAMPLES) == []
    (missed,) = secrets.misses([*good, bad], SAMPLES)
    assert missed.endswith(message)


def test_false_fails_and_kills_are_counted_by_check() -> None:
    third = secrets.text_of(2)
    trials = [
        *(trial(RIGHT, FIRST), trial(WRONG, FIRST, "sparsity.b", "sparsity.c")),
        *(trial(RIGHT, OTHER, "linear.a"), trial(WRONG, OTHER, "sparsity.b")),
        *(trial(RIGHT, third), trial(WRONG, third, "sparsity.b", "sparsity.c")),
    ]
    assert secrets.rows(trials, SAMPLES) == [
        ("linear.a", 3, 1, 0, 0),
        ("sparsity.b", 3, 0, 2, 2),
        ("sparsity.c", 3, 0, 2, 1),
    ]
    page = secrets.table(trials, SAMPLES, SECOND)
    assert "1 correct, 1 mistaken samples, graded under 3 secrets" in page
    assert "| `sparsity.c` | 3 | 0 | 2 | 1 |" in page
    assert "correct work loses linear.a" in page


def test_samples_are_graded_under_every_secret(tmp_path: Path) -> None:
    done: list[int] = []
    trials = secrets.run(SECOND, "process", SAMPLES, [OTHER], tmp_path, 1, lambda: done.append(1))
    assert {(t.secret, t.sample) for t in trials} == {(OTHER, RIGHT.id), (OTHER, WRONG.id)}
    assert secrets.misses(trials, SAMPLES) == []
    assert done == [1]
    again = secrets.run(SECOND, "process", SAMPLES, [OTHER], tmp_path, 1, lambda: done.append(2))
    assert (again, done) == (trials, [1])  # read, not graded once more
    assert secrets.known(tmp_path / "trials.jsonl", "of other suites") == []
    assert (tmp_path / "drawn" / OTHER / SECOND.name / "drawn.json").is_file()
