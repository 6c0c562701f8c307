"""Makes a class of 300 from each source, takes it through the kit, and settles what the kit asks about."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import classroom

from autograder.records.origin import Kind
from joins import compare
from joins.compare import Count
from joins.downloads import code
from joins.grading import Room, Truth
from joins.people import MOST, Person, Work

ENROLLED = 315  # of whom 15 hand in nothing
ROSTERS = {  # the list that a teacher of each LMS has; roster.csv is the teacher's own
    "canvas": "canvas.csv",
    "moodle": "moodle.csv",
    "moodle_blind": "moodle.csv",
    "moodle_groups": "moodle.csv",
}
TARGETS = {"moodle_blind": ("moodle", "moodle, blind", "csv", "json")}  # Canvas knows no participant numbers
SAID: dict[str, Kind] = {"teams": "folders", "folders": "folders"}  # what only staff can say


@dataclass(frozen=True)
class Run:
    """One class of 300: students with the right mark in every export that has their row, before and after
    what the kit asks for was settled; `told` students are blank and told in some export, `wrong` and `lost`
    are described.
    """

    source: str
    students: int
    right: int
    told: int
    settled: int
    finally_right: int
    wrong: tuple[str, ...]
    lost: tuple[str, ...]
    grading: float
    exporting: float


def run(kind: str, folder: Path) -> Run:
    """Return what became of a class of 300 from one source."""
    shutil.rmtree(folder, ignore_errors=True)
    enrolled = classroom.people(ENROLLED)
    works = [("latent_space.py", code(10 * _n(person) + 1)) for person in enrolled]
    path = classroom.make(kind, folder, enrolled, works, MOST)
    class_ = [_known(person, kind) for person in enrolled]
    truth = _truth(kind, enrolled, class_)
    truth.see(
        classroom.LMS[kind]([(p, work) for p, work in zip(enrolled, works, strict=True) if not p.absent])
    )
    out = path if kind == "nbgrader" else folder / "out"
    room = Room(out, truth, folder / ROSTERS.get(kind, "roster.csv"))
    began = time.monotonic()
    room.grade(path, SAID.get(kind, "auto"))
    graded = time.monotonic()
    before, count = _right(room, kind, folder)
    exported = time.monotonic()
    settled = room.settle()
    after, again = _right(room, kind, folder) if settled else (before, count)
    students = len(truth.due())
    return Run(
        *(kind, students, before, students - before, settled, after),
        *(tuple({*count.wrong, *again.wrong}), tuple({*count.lost, *again.lost})),
        *(graded - began, exported - graded),
    )


def _right(room: Room, kind: str, folder: Path) -> tuple[int, Count]:
    """Export to everything; return how many students have the right mark in each LMS's own file."""
    count = Count()
    teams = kind.endswith("groups")
    compare.export_all(room, kind, kind, teams, folder, random.Random(0), count, every=True)
    rows = [count.right[kind, to] for to in TARGETS.get(kind, ("canvas", "moodle", "csv", "json"))]
    return min(rows), count  # a student whom one of these leaves blank is not right


def _n(person: classroom.Person) -> int:
    return person.number + 1


def _known(person: classroom.Person, kind: str) -> Person:
    """Return a student of the messy class as the comparison knows students."""
    return Person(
        *(_n(person), person.first, person.last, person.sid, person.email),
        login=person.github if kind == "github" else person.login,
        canvas=int(person.canvas),
        participant=int(person.participant),
        group=person.group,
    )


def _truth(kind: str, enrolled: Sequence[classroom.Person], class_: Sequence[Person]) -> Truth:
    """Return whose each mark is: the first member's of a group who hands in, a pair's in Gradescope."""
    truth = Truth(class_)
    present = [(person, ("", b"")) for person in enrolled if not person.absent]
    by_n = {person.n: person for person in class_}
    members = {_n(person): [_n(person)] for person, _ in present}
    if kind.endswith("groups"):
        firsts = {person.group: _n(person) for person, _ in classroom.grouped(present)}
        members = {n: [_n(p) for p in enrolled if firsts.get(p.group) == n] for n in firsts.values()}
    if kind == "gradescope":
        for place, (person, _) in enumerate(present):
            if place % 10 == 9:
                partner = present[place - 1][0]
                members[_n(person)].append(_n(partner))
                del members[_n(partner)]
    for n, group in members.items():
        truth.add([Work(n, 1, tuple(by_n[m] for m in group))], versions=False)
    return truth


def table(runs: Sequence[Run]) -> str:
    """Return the runs as a table in Markdown."""
    head = (
        "| source | students due a mark | right at once | blank and told | settled by staff | right then "
        "| wrong | lost | reading, s | all exports, s |\n|---|" + "---:|" * 9
    )
    rows = [
        f"| {r.source} | {r.students} | {r.right} | {r.told} | {r.settled} | {r.finally_right} | "
        f"{len(r.wrong)} | {len(r.lost)} | {r.grading:.1f} | {r.exporting:.1f} |"
        for r in runs
    ]
    return "\n".join([head, *rows])
