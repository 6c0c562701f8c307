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


def test_each_secret_has_the_solution_and_samples_of_each_kind_in_turn() -> None:
    wanted = secrets.plan(SECOND, 3, 2)
    assert list(wanted) == [secrets.text_of(number) for number in range(4)]
    for samples in wanted.values():
        kinds = [sample.kind for sample in samples]
        assert samples[0] == RIGHT
        assert [kinds.count(kind) for kind in secrets.CHOSEN] == [3, 2, 2]
    seen = [sample.id for sample in wanted[FIRST] + wanted[OTHER] if sample != RIGHT]
    assert len(seen) == len(set(seen))


def test_enough_secrets_grade_every_sample() -> None:
    chosen = secrets.samples_in(secrets.plan(SECOND, 77, 2))
    assert {sample.id for sample in chosen} == {s.id for s in EVERY.values() if s.kind in secrets.CHOSEN}
    assert len(chosen) == len({sample.id for sample in chosen})


def test_no_sample_has_two_turns_under_one_secret() -> None:
    ids = [sample.id for sample in secrets.plan(SECOND, 0, 1000)[FIRST]]
    assert len(ids) == len(set(ids))


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


def test_deviations_are_counted_by_question_and_kind() -> None:
    third = secrets.text_of(2)
    cheat = next(s for s in EVERY.values() if s.kind == "cheating" and "sparsity" in s.most)
    trials = [
        *(trial(RIGHT, FIRST), trial(WRONG, FIRST, "sparsity.b", "sparsity.c")),
        *(trial(RIGHT, OTHER, "linear.a"), trial(WRONG, OTHER, "linear.a")),
        *(trial(RIGHT, third), trial(WRONG, third, "sparsity.b", "sparsity.c")),
        Trial(third, cheat.id, (), above=("earns 9 points in sparsity, 8 at most",)),
    ]
    rows = {row[:2]: row[2:] for row in secrets.rows(trials, [*SAMPLES, cheat], SECOND)}
    assert rows["linear", "correct"] == ("1", "3", "1")
    assert rows["sparsity", "correct"] == ("1", "3", "0")
    assert rows["sparsity", "mistaken"] == ("1", "3", "1")
    assert rows["sparsity", "cheating"] == ("1", "1", "1")
    assert rows["linear", "mistaken"] == ("0", "0", "0")
    page = secrets.table(trials, [*SAMPLES, cheat], SECOND)
    assert "3 samples, graded under 3 secrets, in turn: 7 results, 3 deviations." in page
    assert "| sparsity | mistaken | 1 | 3 | 1 |" in page
    assert "correct work loses linear.a" in page


def test_samples_are_graded_under_their_secrets(tmp_path: Path) -> None:
    done: list[int] = []
    wanted = {OTHER: SAMPLES}
    trials = secrets.run(SECOND, "process", wanted, tmp_path, 1, lambda: done.append(1))
    assert {(t.secret, t.sample) for t in trials} == {(OTHER, RIGHT.id), (OTHER, WRONG.id)}
    assert secrets.misses(trials, SAMPLES) == []
    assert done == [1]
    again = secrets.run(SECOND, "process", wanted, tmp_path, 1, lambda: done.append(2))
    assert (again, done) == (trials, [1])  # read, not graded once more
    assert secrets.known(tmp_path / "trials.jsonl", "of other suites") == []
    assert (tmp_path / "drawn" / OTHER / SECOND.name / "drawn.json").is_file()
