"""The facts about a class: read when needed, computed once, updated when a fact changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from papers import ASSIGNMENT, paper

from autograder.cohort.facts import Facts
from autograder.errors import AssignmentError, UsageError
from autograder.grades.inventory import Inventory
from autograder.grades.overrides import Change
from autograder.records import results
from autograder.records.assignment import LatePolicy
from autograder.records.origin import Source
from autograder.records.submission import Member


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """The facts of a class of three; two names share a part."""
    for name in ("ada", "adam", "eve"):
        results.write(paper(name, name.title()), tmp_path / "results" / f"{name}.json")
    return Facts(tmp_path, ASSIGNMENT)


def change(value: float | None) -> Change:
    return Change("2026-03-05T10:00:00+00:00", "Tara", "ada", "losses", value, 25, "read it")


def test_grades_are_computed_once_with_and_once_without_written_answers(facts: Facts) -> None:
    assert facts.grades() is facts.grades()
    assert facts.grades(written=False)["ada"].points == 90
    assert facts.grades()["ada"].points is None


def test_an_override_changes_one_grade_and_leaves_the_others(facts: Facts) -> None:
    before = facts.grades()
    facts.add([change(20)], [facts.one("ada")])
    assert {mark.id: mark.points for mark in facts.grades()["ada"].marks}["losses"] == 20
    assert facts.grades()["eve"] is before["eve"]
    assert facts.grades(written=False)["ada"].points == 85
    assert Facts(facts.out, ASSIGNMENT).grades() == facts.grades()


def test_forget_grades_reads_changed_results_again(facts: Facts) -> None:
    before = facts.grades()
    facts.store.keep(paper("ada", "Ada", lost=["losses.mse"]))
    facts.forget_grades()
    assert facts.grades() == Facts(facts.out, ASSIGNMENT).grades() != before


def test_set_inventory_writes_it(facts: Facts) -> None:
    facts.set_inventory(Inventory(roster="/class.csv"))
    assert facts.inventory == Facts(facts.out, ASSIGNMENT).inventory == Inventory(roster="/class.csv")


def test_a_whole_id_beats_a_partial_match_and_several_matches_are_listed(facts: Facts) -> None:
    assert facts.one("ada").submission.id == "ada"
    with pytest.raises(UsageError, match=r"^'AD' matches several students; name one of ada, adam$"):
        facts.one("AD")
    with pytest.raises(UsageError, match=r"^no student 'evve' in .*; did you mean 'eve'\?$"):
        facts.one("evve")


def test_an_extension_that_fits_nobody_stops_every_command_once_there_is_a_roster(facts: Facts) -> None:
    late = LatePolicy(extensions={"evee": 1})
    lost = Facts(facts.out, replace(ASSIGNMENT, late=late))
    assert (lost.lost_extensions(), len(lost.grades())) == (("'evee' (did you mean 'eve'?)",), 3)
    roster = Inventory((Source("/a", "auto", count=3),), "/class.csv", (Member("Eve"),))
    lost.set_inventory(roster)
    with pytest.raises(AssignmentError, match=r"^late\.extensions: .*, got 'evee' \(did you mean 'eve'\?\)"):
        lost.grades(written=False)
    lost.set_inventory(replace(roster, sources=(Source("/a", "auto", count=4),)))  # one is not graded yet
    assert len(lost.grades(written=False)) == 3
