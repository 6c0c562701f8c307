"""The ledger: what was changed by hand is appended, read back, and never lost."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.grades import overrides
from autograder.grades.overrides import Change

ROOT = Path(__file__).parents[2]


def change(what: str = "model", value: float | None = 18, submission: str = "ada") -> Change:
    return Change(
        "2026-03-05T10:00:00+00:00", "Tara", submission, what, value, 15, "the check was too strict"
    )


def test_changes_are_read_back_in_the_order_they_were_made(tmp_path: Path) -> None:
    assert overrides.read(tmp_path) == ()
    made = (change(), change("grade", 61.5), change(submission="çelik"))
    for one in made:
        overrides.append(one, tmp_path)
    assert overrides.read(tmp_path) == made


def test_the_last_change_of_a_thing_counts_until_it_is_taken_back() -> None:
    changes = [change(value=18), change(value=20), change("grade", 70), change("grade", None)]
    standing = overrides.standing([*changes, change(value=1, submission="bob")], "ada")
    assert {what: c.value for what, c in standing.items()} == {"model": 20}


def test_a_line_that_a_crash_cut_short_is_named_and_spoils_no_other(tmp_path: Path) -> None:
    overrides.append(change(), tmp_path)
    path = tmp_path / overrides.LEDGER
    path.write_text(path.read_text() + '{"when": "2026')
    overrides.append(change("grade", 70), tmp_path)
    with pytest.raises(
        UsageError, match=r"overrides\.jsonl, line 2: expected a change, got '\{\"when\": .*delete it"
    ):
        overrides.read(tmp_path)
    lines = path.read_text().split("\n")
    path.write_text("\n".join([lines[0], *lines[2:]]))
    assert [c.what for c in overrides.read(tmp_path)] == ["model", "grade"]


def test_every_field_of_a_change_is_documented() -> None:
    documented = (ROOT / "docs/results.md").read_text()
    for field in dataclasses.fields(Change):
        assert f"`{field.name}`" in documented, field.name
