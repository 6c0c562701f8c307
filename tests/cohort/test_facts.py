"""What is known of a class: read when asked for, worked out once, and followed when a fact changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from papers import ASSIGNMENT, paper

from autograder.cohort.facts import Facts
from autograder.errors import UsageError
from autograder.grades.inventory import Inventory
from autograder.grades.overrides import Change
from autograder.records import results


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """The facts of a class of three, two of whom share a part of their names."""
    for name in ("ada", "adam", "eve"):
        results.write(paper(name, name.title()), tmp_path / "results" / f"{name}.json")
    return Facts(tmp_path, ASSIGNMENT)


def change(value: float | None) -> Change:
    return Change("2026-03-05T10:00:00+00:00", "Tara", "ada", "losses", value, 25, "read it")


def test_grades_are_worked_out_once_and_with_or_without_written_answers(facts: Facts) -> None:
    assert facts.grades() is facts.grades()
    assert facts.grades(written=False)["ada"].points == 90
    assert facts.grades()["ada"].points is None


def test_a_change_moves_one_grade_and_leaves_the_others(facts: Facts) -> None:
    before = facts.grades()
    after = facts.add(change(20), facts.one("ada"))
    assert facts.grades()["ada"] is after
    assert {mark.id: mark.points for mark in after.marks}["losses"] == 20
    assert facts.grades()["eve"] is before["eve"]
    assert facts.grades(written=False)["ada"].points == 85
    assert Facts(facts.out, ASSIGNMENT).grades() == facts.grades()


def test_what_changed_elsewhere_is_read_again_where_that_is_said(facts: Facts) -> None:
    before = facts.grades()
    facts.store.keep(paper("ada", "Ada", lost=["losses.mse"]))
    facts.forget_grades()
    assert facts.grades() == Facts(facts.out, ASSIGNMENT).grades() != before


def test_an_inventory_that_is_set_is_written(facts: Facts) -> None:
    facts.set_inventory(Inventory(roster="/class.csv"))
    assert facts.inventory == Facts(facts.out, ASSIGNMENT).inventory == Inventory(roster="/class.csv")


def test_a_whole_id_beats_a_part_of_one_and_several_are_named(facts: Facts) -> None:
    assert facts.one("ada").submission.id == "ada"
    with pytest.raises(UsageError, match=r"^'AD': several students; say which: ada, adam$"):
        facts.one("AD")
    with pytest.raises(UsageError, match=r"^no student 'evve' in .*; did you mean 'eve'\?$"):
        facts.one("evve")
