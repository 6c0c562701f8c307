"""The drawing of a suite's numbers: the same for the same secret, in its ranges, and committed as drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.authoring import drawing
from autograder.errors import UsageError
from autograder.judge import drawn, plugin
from autograder.records import assignment as assignments
from autograder.records.assignment import Assignment
from autograder.suites.latent_space import curves

ALL = [assignment for assignment in assignments.known() if drawing.draws(assignment)]
LINE = "latent_space"


@pytest.fixture(scope="module", params=ALL, ids=lambda assignment: assignment.name)
def assignment(request: pytest.FixtureRequest) -> Assignment:
    return request.param


@pytest.fixture(scope="module")
def table(assignment: Assignment) -> dict[str, Any]:
    return json.loads(drawing.text(assignment, "another secret"))


def test_both_assignments_draw() -> None:
    assert len(ALL) == 2


def test_the_committed_drawing_is_that_of_the_development_secret(assignment: Assignment) -> None:
    committed = (assignment.suite / "drawn.json").read_text(encoding="utf-8")
    assert committed == drawing.text(assignment, drawing.DEVELOPMENT)


def test_a_secret_always_draws_the_same_and_another_secret_other_numbers(
    assignment: Assignment, table: dict[str, Any]
) -> None:
    assert json.loads(drawing.text(assignment, "another secret")) == table
    committed = json.loads((assignment.suite / "drawn.json").read_text(encoding="utf-8"))
    assert table.keys() == committed.keys()
    assert all(table[part] != committed[part] for part in table)
    assert table["key"] == drawn.key("another secret")


def sizes(value: Any) -> list[float]:
    """All numbers in a drawing that are no seeds."""
    if isinstance(value, dict):
        return [n for inner in value.values() for n in sizes(inner)]
    if isinstance(value, list):
        return [n for inner in value for n in sizes(inner)]
    return [value] if isinstance(value, (int, float)) and abs(value) < 10**6 else []


def test_a_drawing_has_as_much_to_compute_as_the_committed_one(
    assignment: Assignment, table: dict[str, Any]
) -> None:
    committed = json.loads((assignment.suite / "drawn.json").read_text(encoding="utf-8"))
    for part in table.keys() - {"key"}:
        here, there = sizes(table[part]), sizes(committed[part])
        assert sum(here) < 1.5 * sum(there) + 300, part


def test_a_copy_of_the_suite_has_the_drawing_of_its_secret(assignment: Assignment, tmp_path: Path) -> None:
    copy = drawing.suite_for(assignment, "a secret of a release", tmp_path)
    assert copy == tmp_path / assignment.name
    assert drawn.key_of(copy) == drawn.key("a secret of a release")
    rules, _ = plugin.run(replace(assignment, suites=copy), None, ("public", "hidden"))  # all can be imported
    assert sum(rule.points for rule in rules) == assignment.max_score
    with pytest.raises(UsageError, match="expected a secret of at least 16 characters, got 5; leave it out"):
        drawing.suite_for(assignment, "short", tmp_path)


def test_the_command_writes_only_what_differs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (second,) = [a for a in ALL if a.name != LINE]
    copy = drawing.suite_for(second, drawing.DEVELOPMENT, tmp_path, least=0)
    monkeypatch.setattr(assignments, "known", lambda: [replace(second, suites=copy)])
    assert drawing.main(["--check"]) == 0
    (copy / "drawn.json").write_text("{}")
    assert drawing.main(["--check"]) == 1
    assert "differs from what draw.py draws" in capsys.readouterr().out
    assert (drawing.main([]), drawing.main(["--check"])) == (0, 0)


def test_the_rule_of_the_docstring_finds_the_elbows_drawn() -> None:
    (line,) = [a for a in ALL if a.name == LINE]
    drawing_of = json.loads((line.suite / "drawn.json").read_text(encoding="utf-8"))["sweep"]
    for dims, errors, corner in drawing_of["curves"] + drawing_of["rounder"]:
        assert int(curves.depth(dims, errors).argmax()) == corner
        assert errors == sorted(errors, reverse=True)
        assert dims == sorted(set(dims))


def test_every_other_rule_is_wrong_on_a_rounder_curve() -> None:
    import numpy as np

    (line,) = [a for a in ALL if a.name == LINE]
    rounder = json.loads((line.suite / "drawn.json").read_text(encoding="utf-8"))["sweep"]["rounder"]
    for name, rule in curves.OTHER_RULES.items():
        found = [rule(np.array(dims, float), np.array(errors)) != corner for dims, errors, corner in rounder]
        assert any(found), name
