"""The committed table says that every door gives the same, of these very suites; some of it is tried live."""

from __future__ import annotations

import re

import pytest

from autograder.assignment import Assignment
from autograder.release import parity
from autograder.render import ROOT

TABLE = ROOT / "docs" / "proof" / "parity.md"


def row(**changes: object) -> parity.Row:
    points = {door: {"model": 20} for door in parity.OFFICIAL}
    failing: dict[str, list[str] | str] = {door: ["model.a"] for door in parity.PRACTICE}
    return parity.Row(
        "mistaken-x", {**points, **changes.get("points", {})}, {**failing, **changes.get("failing", {})}
    )  # type: ignore[dict-item]


def test_a_door_that_gives_other_points_is_not_the_same() -> None:
    assert row().same_points
    assert not row(points={"gradescope": {"model": 19}}).same_points
    assert not row(points={"gradescope": {}}).same_points


def test_a_door_that_finds_other_checks_is_not_the_same_and_one_without_an_answer_does_not_count() -> None:
    assert row().same_checks
    assert not row(failing={"otter check": ["model.b"]}).same_checks
    assert row(failing={"otter check": parity.NO_ANSWER}).same_checks


def test_the_table_tells_both(assignment: Assignment) -> None:
    rows = [row(), row(points={"nbgrader": {"model": 1}})]
    text = parity.table(rows, assignment)
    assert "| mistaken-x | 20 – – – | 20 – – – | 20 – – – | 1 | 1 | 1 | yes |" in text
    assert "2 samples; the same points in 1, the same public checks in 2." in text
    assert parity.key(assignment) in text


def test_at_least_forty_samples_of_every_kind_are_looked_at(assignment: Assignment) -> None:
    chosen = parity.chosen(assignment)
    assert len(chosen) >= 40
    assert {sample.kind for sample in chosen} == {"correct", "mistaken", "hostile", "incomplete"}


@pytest.mark.skipif(not TABLE.is_file(), reason="docs/proof/parity.md is not made yet: make parity")
def test_the_committed_table_is_of_this_suite_and_says_the_same_throughout(assignment: Assignment) -> None:
    text = TABLE.read_text()
    assert parity.key(assignment) in text, "the suites changed: make parity"
    rows = re.findall(
        r"^\| ((?:correct|mistaken|hostile|incomplete)-\S+) \|.*\| (\S+) \|$", text, re.MULTILINE
    )
    assert len(rows) >= 40
    assert {said for _, said in rows} == {"yes"}
