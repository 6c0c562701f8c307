"""The ledger: overrides are appended, read back, and never lost."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from papers import ASSIGNMENT, paper

from autograder.errors import UsageError
from autograder.grades import overrides
from autograder.grades.overrides import Change
from autograder.records.assignment import Assignment, Limits, Question, Written

ROOT = Path(__file__).parents[2]


WHY = "the check was too strict"
TASK = Assignment(
    *("scratch", "Scratch", ("f.py",)),
    questions=(Question("model", "Model", 20, ("f",)), Question("losses", "Losses", 70, ("g",))),
    written=(Written("essay", "Essay", 10),),
    limits=Limits(),
)


MOST = overrides.most_of(TASK)


def change(what: str = "model", value: float | None = 18, submission: str = "ada", why: str = WHY) -> Change:
    return Change("2026-03-05T10:00:00+00:00", "Tara", submission, what, value, 15, why)


def test_changes_are_read_back_in_order(tmp_path: Path) -> None:
    assert overrides.read(tmp_path) == ()
    made = (change(), change("grade", 61.5), change(submission="çelik"))
    for entry in made:
        overrides.append([(entry, MOST)], tmp_path)
    assert overrides.read(tmp_path) == made


def test_the_last_override_counts_until_it_is_undone() -> None:
    changes = [change(value=18), change(value=20), change("grade", 70), change("grade", None)]
    standing = overrides.standing([*changes, change(value=1, submission="bob")], "ada")
    assert {what: c.value for what, c in standing.items()} == {"model": 20}


def test_a_line_cut_short_by_a_crash_is_reported_and_damages_no_other(tmp_path: Path) -> None:
    overrides.append([(change(), MOST)], tmp_path)
    path = tmp_path / overrides.LEDGER
    path.write_text(path.read_text() + '{"when": "2026')
    overrides.append([(change("grade", 70), MOST)], tmp_path)
    with pytest.raises(
        UsageError, match=r"overrides\.jsonl, line 2: expected a change, got '\{\"when\": .*delete that line"
    ):
        overrides.read(tmp_path)
    lines = path.read_text().split("\n")
    path.write_text("\n".join([lines[0], *lines[2:]]))
    assert [c.what for c in overrides.read(tmp_path)] == ["model", "grade"]


@pytest.mark.parametrize(
    ("what", "text", "value"),
    [
        ("model", "18", 18),
        ("model", "20", 20),
        ("essay", "0", 0),
        ("losses", "12.5", 12.5),
        ("grade", "100", 100),
        ("late_days", "3", 3),
        ("late_days", "back", None),
    ],
)
def test_questions_the_grade_and_late_days_can_be_set_or_undone(
    what: str, text: str, value: float | None, tmp_path: Path
) -> None:
    assert overrides.value_of(what, text, MOST) == value
    overrides.append([(change(what, value), MOST)], tmp_path)
    assert [c.value for c in overrides.read(tmp_path)] == [value]


@pytest.mark.parametrize(
    ("what", "text", "message"),
    [
        ("modle", "18", "nothing called 'modle' can be changed; did you mean model?"),
        ("modle", "back", "nothing called 'modle' can be changed; did you mean model?"),
        (
            "x",
            "18",
            "nothing called 'x' can be changed; choose from model, losses, essay, grade, late_days",
        ),
        ("model", "21", "model: expected a number from 0 to 20, or `back`, got '21'"),
        ("model", "-1", "model: expected a number, got '-1', but there is none yet to add to; give one"),
        ("model", "nan", "model: expected a number from 0 to 20, or `back`, got 'nan'"),
        ("model", "much", "model: expected a number from 0 to 20, or `back`, got 'much'"),
        ("grade", "100.5", "grade: expected a number from 0 to 100, or `back`, got '100.5'"),
        ("late_days", "1.5", "late_days: expected a whole number from 0 to 1000, or `back`, got '1.5'"),
        ("late_days", "inf", "late_days: expected a whole number from 0 to 1000, or `back`, got 'inf'"),
    ],
)
def test_an_invalid_value_is_refused(what: str, text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        overrides.value_of(what, text, MOST)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (change("modle"), "nothing called 'modle' can be changed; did you mean model?"),
        (change("modle", None), "nothing called 'modle' can be changed; did you mean model?"),
        (change(value=20.5), "model: expected a number from 0 to 20, or `back`, got 20.5"),
        (change("late_days", 0.5), "late_days: expected a whole number from 0 to 1000, or `back`, got 0.5"),
        (change(why=" \n"), "--reason: expected a sentence, got nothing; say why, the student may ask"),
    ],
)
def test_the_ledger_refuses_an_invalid_change(wrong: Change, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        overrides.append([(change(), MOST), (wrong, MOST)], tmp_path)
    assert str(error.value) == message
    assert overrides.read(tmp_path) == ()


@pytest.mark.parametrize(
    ("what", "text", "before", "value"),
    [
        ("model", "+2", 15, 17),
        ("model", "-2", 15, 13),
        ("model", "\N{MINUS SIGN}2", 15, 13),
        ("model", "+0", 15, 15),
        ("losses", "+0.5", 12.25, 12.75),
        ("grade", "+2", 95, 97),
        ("late_days", "-1", 3, 2),
    ],
)
def test_a_sign_means_more_or_less_than_what_counts(
    what: str, text: str, before: float, value: float
) -> None:
    assert overrides.value_of(what, text, MOST, before) == value


def test_more_than_the_maximum_is_refused_with_both_values() -> None:
    with pytest.raises(UsageError) as error:
        overrides.value_of("model", "+2", MOST, 19)
    assert str(error.value) == "model: expected a number from 0 to 20, or `back`, got '+2': 19 → 21"


def test_a_single_check_can_be_changed_up_to_its_points() -> None:
    most = overrides.most_of(ASSIGNMENT, paper("ada"))
    assert overrides.value_of("losses.mse", "10", most) == 10
    with pytest.raises(
        UsageError, match=r"^losses\.mse: expected a number from 0 to 10, or `back`, got '11'$"
    ):
        overrides.value_of("losses.mse", "11", most)


def test_a_change_belongs_to_the_work_and_the_points_that_it_was_made_for() -> None:
    made = dataclasses.replace(change(), sha256="1" * 64, most=20)
    assert not overrides.for_other_work(made, "1" * 64, 20)
    assert overrides.for_other_work(made, "2" * 64, 20)
    assert overrides.for_other_work(made, "1" * 64, 25)
    assert not overrides.for_other_work(change(), "1" * 64, 20)  # an older kit did not record it


def test_every_field_of_a_change_is_documented() -> None:
    documented = (ROOT / "docs/results.md").read_text()
    for field in dataclasses.fields(Change):
        assert f"`{field.name}`" in documented, field.name
