"""The inventory of a class: paths add up, the roster stays, missing students are listed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.grades import inventory
from autograder.grades.inventory import Inventory
from autograder.records.origin import Refused, Source
from autograder.records.results import Result
from autograder.records.submission import Member, SubmissionInfo

ROOT = Path(__file__).parents[2]
ADA, BOB, EVE = (Member(name, name[0]) for name in ("Ada", "Bob", "Eve"))


def result(name: str, *members: Member) -> Result:
    return Result(SubmissionInfo(name, name, "", "", members=members), "graded", None, 1, 1)


def test_an_inventory_is_read_back_as_written_and_is_empty_without_a_file(tmp_path: Path) -> None:
    assert inventory.read(tmp_path) == Inventory()
    source = Source("/a.zip", "auto", (Refused("x.txt", "a link"),), "a download from canvas", 7)
    written = Inventory((source,), "/class.csv", (ADA, BOB))
    inventory.write(written, tmp_path / "new")
    assert inventory.read(tmp_path / "new") == written
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["intake.json"]


def test_a_path_given_again_replaces_itself_and_a_roster_stays() -> None:
    first = inventory.add(Inventory(), [Source("/a", "auto", (Refused("x", "y"),))], "/class.csv", [ADA])
    then = inventory.add(first, [Source("/b", "plain"), Source("/a", "canvas")], None, [])
    assert [(source.path, source.kind) for source in then.sources] == [("/b", "plain"), ("/a", "canvas")]
    assert (then.roster, then.students) == ("/class.csv", (ADA,))


def test_missing_students_and_strangers_are_listed() -> None:
    with_roster = Inventory(roster="/class.csv", students=(ADA, BOB))
    results = [result("group", ADA, EVE), result("eve", EVE)]
    assert with_roster.missing(results) == (BOB,)
    assert with_roster.strangers(results) == ("group", "eve")
    assert Inventory().strangers(results) == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"sources": [{}], "roster": null, "students": []}'])
def test_a_damaged_inventory_is_reported(tmp_path: Path, text: str) -> None:
    (tmp_path / "intake.json").write_text(text)
    with pytest.raises(UsageError, match=r"intake\.json: not readable .*; grade again"):
        inventory.read(tmp_path)


def test_every_field_of_the_inventory_is_documented() -> None:
    documented = (ROOT / "docs/results.md").read_text()
    for record in (Inventory, Source):
        for field in dataclasses.fields(record):
            assert f"`{field.name}`" in documented, field.name
