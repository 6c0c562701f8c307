"""Rulings about checks: dropped or given for everyone, reversible, beaten by decisions about a student."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from papers import ASSIGNMENT, paper

from autograder.errors import UsageError
from autograder.grades import rulings
from autograder.grades.overrides import Change
from autograder.grades.policy import HandMark, grade_of
from autograder.grades.rulings import Ruling, What
from autograder.records.results import Result

MSE, BCE = "losses.mse", "losses.bce"  # 10 and 15 of the 25 points of `losses`
ADA = paper("ada", lost=[MSE])


def ruling(check: str = MSE, what: What = "drop", why: str = "the handout contradicts it") -> Ruling:
    return Ruling("2026-03-05T10:00:00+00:00", "Tara", check, what, why)


def points(
    result: Result, *ruled: Ruling, changes: tuple[Change, ...] = (), hand: float | None = None
) -> float | None:
    marks = {"losses": HandMark(hand)}
    grade = grade_of(result, ASSIGNMENT, changes, marks, False, rulings.standing(ruled))
    return {mark.id: mark.points for mark in grade.marks}["losses"]


def change(what: str, value: float) -> Change:
    return Change("2026-03-05T10:00:00+00:00", "Tara", "ada", what, value, None, "a reason")


@pytest.mark.parametrize(
    ("lost", "check", "what", "expected"),
    [
        ([MSE], MSE, "give", 25),
        ([], MSE, "give", 25),
        ([MSE], MSE, "drop", 25),  # the other 15 are worth 25
        ([BCE], MSE, "drop", 0),  # this student loses the 10
        ([BCE], BCE, "drop", 25),
        ([MSE, BCE], BCE, "give", 15),
        ([MSE], "sweep.errors", "give", 15),  # another question
    ],
)
def test_a_ruling_changes_the_points_of_its_question(
    lost: list[str], check: str, what: What, expected: float
) -> None:
    assert points(paper("ada", lost=lost), ruling(check, what)) == expected


def test_the_other_checks_are_scaled_to_two_decimals() -> None:
    checks = tuple(replace(c, points=7, outcome="failed") if c.id == BCE else c for c in paper("ada").checks)
    questions = tuple(replace(q, score=17) if q.id == "losses" else q for q in paper("ada").questions)
    assert points(replace(paper("ada"), checks=checks, questions=questions), ruling()) == 11.67  # 7 of 15


def test_what_was_decided_about_a_student_beats_a_ruling() -> None:
    assert points(ADA, ruling(), changes=(change("losses", 3),)) == 3
    assert points(ADA, ruling(), changes=(change(MSE, 4),)) == 19
    assert points(ADA, ruling(), hand=8) == 8
    for decided in (
        grade_of(ADA, ASSIGNMENT, [change("losses", 3)], None, False, {MSE: ruling()}),
        grade_of(ADA, ASSIGNMENT, [change("grade", 3)], None, False, {MSE: ruling()}),
    ):
        assert decided.rulings == ()


def test_a_grade_says_which_rulings_count_and_why() -> None:
    grade = grade_of(ADA, ASSIGNMENT, (), None, False, rulings.standing([ruling()]))
    assert (grade.rulings, {m.id: m.by for m in grade.marks}["losses"]) == ((ruling(),), "ruling")
    assert f"{MSE} dropped for everyone by Tara on 2026-03-05: the handout contradicts it" in grade.why


def test_work_without_the_check_is_left_as_it_is() -> None:
    rejected = paper("ada", status="rejected")
    assert points(rejected, ruling(what="give")) == 0
    assert grade_of(rejected, ASSIGNMENT, ruled={MSE: ruling()}).rulings == ()


def test_rulings_are_read_back_and_the_last_one_counts(tmp_path: Path) -> None:
    made: tuple[Ruling, ...] = ()
    for what in ("drop", "give", "back", "give"):
        rulings.append(ruling(what=what), made, [ADA], tmp_path)  # type: ignore[arg-type]
        made = rulings.read(tmp_path)
    assert [r.what for r in made] == ["drop", "give", "back", "give"]
    assert rulings.standing(made) == {MSE: made[-1]}
    assert rulings.standing(made[:3]) == {}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            ruling("losses.mes"),
            "no result has a check 'losses.mes' that awards points; did you mean losses.mse?",
        ),
        (ruling("zzz"), "no result has a check 'zzz' that awards points; the report lists every check"),
        (ruling(what="back"), "losses.mse: expected a ruling to take back, got none; nothing was changed"),
        (ruling(why=" "), "--reason: expected a sentence, got nothing"),
        (ruling(what="less"), "expected drop, give, back, got 'less'; say one of these"),  # type: ignore[arg-type]
        (
            ruling("sweep.errors"),
            "sweep.errors: expected a check beside others, got the last one of sweep that",
        ),
    ],
)
def test_an_impossible_ruling_is_refused_and_not_written(
    wanted: Ruling, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(message)}"):
        rulings.append(wanted, (), [ADA], tmp_path)
    assert not (tmp_path / rulings.LEDGER).exists()


def test_the_last_check_of_a_question_cannot_be_dropped_after_the_others(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"^losses\.bce: expected a check beside others, got the last one of los"
    ):
        rulings.append(ruling(BCE), [ruling(MSE)], [ADA], tmp_path)


@pytest.mark.parametrize(
    "line", ["{", '{"check": "x"}', '{"when":"","who":"","check":"","what":"x","why":""}']
)
def test_a_malformed_line_is_named(line: str, tmp_path: Path) -> None:
    (tmp_path / rulings.LEDGER).write_text(f"\n{line}\n")
    with pytest.raises(
        UsageError, match=r"rulings\.jsonl, line 2: expected a ruling, got '.*; delete that line"
    ):
        rulings.read(tmp_path)
