"""The sources of a class (intake.json): paths, files that matched no student, roster, order of the work."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.records.files import write_whole
from autograder.records.origin import Doubt, Refused, Same, Source, Stamp
from autograder.records.results import Result
from autograder.records.submission import Member

FILE = "intake.json"


@dataclass(frozen=True)
class Inventory:
    """All paths that the class came from, its roster with students, if any, and the order of its work.

    `ids` maps what an LMS calls a person to the id of that person's work. `same` maps such an id to the
    students on the roster whom staff named for it. `doubts` are the joins that nobody has settled yet.
    `stamps` tells, by submission, how new the work is that counts.
    """

    sources: tuple[Source, ...] = ()
    roster: str | None = None
    students: tuple[Member, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    same: Mapping[str, Same] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    stamps: Mapping[str, Stamp] = field(default_factory=dict)

    def missing(self, results: Iterable[Result]) -> tuple[Member, ...]:
        """Return the students on the roster who have no result."""
        present = {key_of(member) for result in results for member in result.submission.members}
        return tuple(member for member in self.students if key_of(member) not in present)

    def unsettled(self, results: Iterable[Result]) -> tuple[Doubt, ...]:
        """Return the doubts about submissions that still have a student who is not on the roster."""
        strangers = set(self.strangers(results))
        return tuple(doubt for doubt in self.doubts if doubt.submission in strangers)

    def strangers(self, results: Iterable[Result]) -> tuple[str, ...]:
        """Return the ids of submissions with a student who is not on the roster."""
        listed = {key_of(member) for member in self.students}
        return tuple(
            result.submission.id
            for result in results
            if listed and not all(key_of(member) in listed for member in result.submission.members)
        )


def key_of(member: Member) -> tuple[str, str, str]:
    """Return what tells a student on the roster from the others."""
    return member.name, member.id, member.email


def add(
    inventory: Inventory,
    sources: Sequence[Source],
    roster: str | None,
    students: Sequence[Member],
    ids: Mapping[str, str] | None = None,
    doubts: Iterable[Doubt] = (),
    joined: Iterable[str] = (),
) -> Inventory:
    """Return `inventory` with `sources` added (as absolute paths) or replaced, and with any new roster.

    `joined` are the ids of the submissions that `doubts` are about: other doubts stay.
    """
    new = [replace(source, path=str(Path(source.path).absolute())) for source in sources]
    replaced = {source.path for source in new}
    kept = [source for source in inventory.sources if source.path not in replaced]
    again = set(joined)
    old = [doubt for doubt in inventory.doubts if doubt.submission not in again]
    merged = replace(
        inventory, sources=(*kept, *new), ids={**inventory.ids, **(ids or {})}, doubts=(*old, *doubts)
    )
    return merged if roster is None else replace(merged, roster=roster, students=tuple(students))


def stamped(
    inventory: Inventory, orders: Mapping[str, tuple[float, ...]], held: Iterable[str] = ()
) -> Inventory:
    """Return `inventory` with the order of work that counts from now on, except of submissions in `held`."""
    now = dict(inventory.stamps)
    for name in orders.keys() - set(held):
        newest = max(orders[name], now[name].newest) if name in now else orders[name]
        now[name] = Stamp(orders[name], newest)
    return replace(inventory, stamps=dict(sorted(now.items())))


def write(inventory: Inventory, out: Path) -> None:
    """Write out/intake.json, whole or not at all."""
    write_whole(out / FILE, json.dumps(asdict(inventory), indent=1, ensure_ascii=False) + "\n")


def read(out: Path) -> Inventory:
    """Return the inventory in out/intake.json, or an empty one. Raises UsageError if it cannot be read."""
    path = out / FILE
    if not path.is_file():
        return Inventory()
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return Inventory(
            tuple(_source(entry) for entry in table["sources"]),
            table["roster"],
            _members(table["students"]),
            dict(table.get("ids", {})),
            {name: _same(entry) for name, entry in table.get("same", {}).items()},
            tuple(Doubt(**{**entry, "rows": _members(entry["rows"])}) for entry in table.get("doubts", ())),
            {name: _stamp(entry) for name, entry in table.get("stamps", {}).items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: not readable ({type(error).__name__}: {error}); grade again") from error


def _stamp(entry: dict[str, Any]) -> Stamp:
    return Stamp(tuple(entry["counts"]), tuple(entry["newest"]))


def _members(entries: Iterable[dict[str, Any]]) -> tuple[Member, ...]:
    return tuple(Member(**entry) for entry in entries)


def _same(entry: dict[str, Any]) -> Same:
    return Same(_members(entry["rows"]), _members(entry["before"]), entry["student"])


def _source(entry: dict[str, Any]) -> Source:
    return Source(**{**entry, "unmatched": tuple(Refused(name, why) for name, why in entry["unmatched"])})
