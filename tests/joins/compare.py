"""Draws one class, takes it through the kit, and counts what became of every mark in every export."""

from __future__ import annotations

import os
import random
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from autograder.errors import UsageError
from autograder.records.origin import Kind
from joins import rosters
from joins.downloads import SOURCES, Course, Files, Source
from joins.exports import EXPORTS, Written
from joins.grading import Room, Truth, marks_in
from joins.people import Work, class_of, works_of

OLDER = 0.3  # how often the older of two downloads is given last
SOME = 3  # exports that are drawn each time


@dataclass
class Count:
    """What became of the marks of all classes, by source and export; the failures are described in words.

    `refused` are downloads that stopped with a message, `exports` those of whole exports, by their reason.
    """

    classes: int = 0
    settled: int = 0
    right: Counter[tuple[str, str]] = field(default_factory=Counter)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    exports: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    why: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)


def run(seed: int, folder: Path, count: Count, only: str = "") -> None:
    """Draw one class, grade its downloads by their truth, export it, and count what became of every mark."""
    draw = random.Random(seed)
    name = only or draw.choice(list(SOURCES))
    source = SOURCES[name]
    class_ = class_of(draw)
    kind = draw.choice([*rosters.fitting(name, source.teams)])
    write = rosters.fitting(name, source.teams)[kind]
    roster = folder / "roster.csv" if write else None
    if roster and write:
        roster.write_text(write(class_, draw), "utf-8")
    for old in ("out", "first", "later", "pages", "released"):
        shutil.rmtree(folder / old, ignore_errors=True)
    room = Room(folder / "out", Truth(class_), roster)
    title = f"seed {seed}, {name}, roster {kind}"
    count.classes += 1
    count.of[name] += 1
    if not _read(
        room, name, works_of(class_, draw, source.teams, source.kind == "folders"), folder, draw, count
    ):
        return
    export_all(room, title, name, source.teams, folder, draw, count)
    if draw.random() < 0.4 and (done := room.settle()):
        count.settled += done
        room.regrade()
        export_all(room, f"{title}, settled", name, source.teams, folder, draw, count)
    elif draw.random() < 0.3:
        room.regrade()
        export_all(room, f"{title}, regraded", name, source.teams, folder, draw, count)


def _read(
    room: Room,
    name: str,
    works: tuple[list[Work], list[Work]],
    folder: Path,
    draw: random.Random,
    count: Count,
) -> bool:
    """Give the kit both downloads, the older last at times; return whether it took one."""
    source, course, downloads = SOURCES[name], Course.drawn(draw, room.truth.class_), []
    first, later = works
    for which, handed_in, make in (
        ("first", first, source.make),
        (
            "later",
            [*later, *(w for w in first if source.whole and w not in later)],
            source.later or source.make,
        ),
    ):
        if later or which == "first":
            downloads.append((which, handed_in, make(handed_in, draw, course)))
    if source.timed and not source.later and draw.random() < OLDER:
        downloads.reverse()
    taken = False
    for which, handed_in, files in downloads:
        room.truth.see(files)
        place, kind = _placed(files, which, folder, name, source, draw)
        if not _taken(room, place, kind, name, count):
            continue
        room.truth.add(handed_in, versions=name == "Teams")
        taken = True
    return taken


def _taken(room: Room, place: Path, kind: Kind, name: str, count: Count) -> bool:
    """Give the kit one download; where it stops and asks what it is, say so. Return whether it took it."""
    try:
        room.grade(place, kind)
    except UsageError as error:
        count.refused[name] += 1
        count.why[_reason(error)] += 1
        said = re.search(r"if it is a download, add --from (\w+)", str(error))
        return bool(said and kind == "auto") and _taken(room, place, said[1], name, count)  # type: ignore
    return True


def _placed(
    files: Files, which: str, folder: Path, name: str, source: Source, draw: random.Random
) -> tuple[Path, Kind]:
    """Write a download as a teacher has it on the disk; return its path and how to read it."""
    if name == "nbgrader":
        for student in {path.split("/")[1] for path in files}:
            shutil.rmtree(folder / "out" / "submitted" / student, ignore_errors=True)
        return _unpacked(files, folder / "out"), "auto"
    if source.kind == "plain":
        return _unpacked(files, folder / which) / "class", draw.choice(("plain", "auto"))
    if draw.random() < 0.2:
        return _unpacked(files, folder / which), source.kind
    (folder / which).mkdir()
    place = folder / which / "download.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 3, _day(data), 12, 0, 0)), data)
    return place, source.kind


def _unpacked(files: Files, place: Path) -> Path:
    for path, data in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(data)
        os.utime(place / path, (datetime(2026, 3, _day(data), 12).timestamp(),) * 2)
    return place


def _day(data: bytes) -> int:
    """Return the day of an attempt: drafts are as old as the file that counts."""
    return min((mark % 10 for mark in marks_in(data)), default=1) % 9 or 1


def _reason(error: UsageError) -> str:
    """Return the beginning of a message, without the names and numbers of one class."""
    text = str(error).partition(", got")[0]
    return re.sub(r"\d+", "n", re.sub(r"/\S*(?: \S*)*?: ", "…: ", text))[:100]


def export_all(
    room: Room,
    title: str,
    name: str,
    teams: bool,
    folder: Path,
    draw: random.Random,
    count: Count,
    every: bool = False,
) -> None:
    """Write some exports of a class, or every one, and count the marks; `name` is the source's."""
    needs, unmatched = room.needs(), room.unmatched()
    for to, export in EXPORTS.items() if every else draw.sample([*EXPORTS.items()], SOME):
        for old in ("pages", "released"):
            shutil.rmtree(folder / old, ignore_errors=True)
        try:
            written = export(room, folder, draw, teams)
        except UsageError as error:
            count.exports[name, to] += 1
            count.why[_reason(error)] += 1
            continue
        told = _Told(room, [*needs, *written.told], unmatched)
        strange = [text for owner, text in written.strange if not told.of(owner, 0)]
        count.wrong += [f"{title}, {to}: {text}" for text in (*written.wrong, *strange)]
        _compare(f"{title}, {to}", (name, to), room, written, told, count)


class _Told:
    """What the kit told about a class, on screen and in an export."""

    def __init__(self, room: Room, lines: Iterable[str], unmatched: set[str]) -> None:
        self.room, self.unmatched = room, unmatched
        self.ids = {found for line in lines for found in _ids(line)}

    def of(self, owner: int, mark: int) -> bool:
        """Whether an owner's submission, or the file with a mark, is on a line."""
        ids = {name for name, owners in self.room.owners.items() if owner in owners}
        paths = self.room.truth.files.get(mark, set())
        inside = any(path == name or path.startswith(f"{name}/") for path in paths for name in self.unmatched)
        return inside or bool(ids & self.ids)


def _ids(line: str) -> set[str]:
    """Return the submissions that a line may be about: `ada: …`, `ada = …`, `ada and bob: …`."""
    head, _, rest = line.partition(": ")
    return {head, line, line.partition(" = ")[0], *head.split(" and "), *rest.split(", ")}


def _compare(
    title: str, key: tuple[str, str], room: Room, written: Written, told: _Told, count: Count
) -> None:
    """Count the mark of each person: right; or else blank, or an older one of their own, and told."""
    owners = {p.n: owner for owner, people in room.truth.people.items() for p in people}
    due = room.truth.due()
    for person in room.truth.class_:
        right, got, owner = due.get(person.n), written.marks[person.n], owners.get(person.n, 0)
        waits = right is not None and room.truth.waits(owner)
        newest = {room.truth.newest[owner].mark, room.truth.newest[owner].draft} if waits else set()
        own = all(mark // 10 == owner for mark in got) and not newest & got
        if got == {right} and not waits:
            count.right[key] += 1
        elif got and not (own and told.of(owner, right or 0)):
            count.wrong.append(f"{title}: person {person.n} has {sorted(got)}, not {right}")
        elif right is not None and told.of(owner, right):
            count.told[key] += 1
        elif right is not None:
            count.lost.append(f"{title}: the mark {right} of person {person.n}")
