"""Reads back what each export wrote: who is given which mark, and what else went wrong."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from autograder.cohort.records import Template
from autograder.exports.fill import Filled
from autograder.intake.names import safe_id, squeezed
from joins import rosters
from joins.downloads import TITLES, WORDS, cleaned, in_ascii, in_ilias_called
from joins.grading import Room
from joins.people import MOST, Person

TAG = re.compile("<[^>]*>")
SHOWN = re.compile(rf"(\d+)\s+of\s+{MOST}\b")  # the points, as a page writes them
NAMES = ("{student}-{id}", "{id}", "{student_id}", "{email}", "{student}")


@dataclass
class Written:
    """What an export gives: marks by person; the lines it told; and, in words, what is wrong.

    `strange` are marks, by their owner, under a name that is not the owner's: wrong unless it is told.
    """

    marks: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    told: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    strange: list[tuple[int, str]] = field(default_factory=list)


Export = Callable[[Room, Path, Random, bool], Written]


def to_canvas(room: Room, folder: Path, draw: Random, teams: bool) -> Written:
    """Fill Canvas's gradebook, and read each row."""
    template = folder / "gradebook.csv"
    template.write_text(rosters.gradebook(room.truth.class_, draw), "utf-8")
    filled, place = room.cohort.export("canvas", Template(template))
    return _rows(room, template, place, filled, "T (1)", 2)


def to_moodle(room: Room, folder: Path, draw: Random, teams: bool) -> Written:
    """Fill Moodle's worksheet, and read each row."""
    return _to_moodle(room, folder, draw, teams, named=True)


def to_blind(room: Room, folder: Path, draw: Random, teams: bool) -> Written:
    """Fill the worksheet of a blind assignment, and read each row."""
    return _to_moodle(room, folder, draw, teams, named=False)


def _to_moodle(room: Room, folder: Path, draw: Random, teams: bool, named: bool) -> Written:
    template = _worksheet(room, folder, draw, teams, named)
    filled, place = room.cohort.export("moodle", Template(template))
    return _rows(room, template, place, filled, "Grade", 1)


def _worksheet(room: Room, folder: Path, draw: Random, teams: bool, named: bool) -> Path:
    template = folder / "worksheet.csv"
    template.write_text(rosters.worksheet(room.truth.class_, draw, named, teams), "utf-8")
    return template


def _rows(room: Room, template: Path, place: Path, filled: Filled, column: str, top: int) -> Written:
    """Read the marks of a filled template, whose rows are those of the class; no other cell may change."""
    before, after = (list(csv.reader(path.open(encoding="utf-8", newline=""))) for path in (template, place))
    written = Written(told=[*filled.unmatched, *filled.blank, *filled.emptied])
    kept = [before[0].index(title) for title in after[0]]
    mark = after[0].index(column)
    for n, (old, new) in enumerate(zip(before, after, strict=True)):
        same = [old[at] == new[m] for m, at in enumerate(kept) if n == 0 or m != mark]
        written.wrong += [] if all(same) else [f"row {n}: a cell that is no mark changed"]
    for person, row, old in zip(room.truth.class_, after[top:], before[top:], strict=True):
        was = old[kept[mark]]
        if row[mark] and row[mark] != was:
            written.marks[person.n].add(int(float(row[mark])))
        elif was and not row[mark] and not any(was in line for line in filled.emptied):
            written.wrong.append(f"person {person.n}: {was} was emptied in silence")
    return written


def to_csv(room: Room, folder: Path, draw: Random, teams: bool) -> Written:
    """Write the kit's own table, and read each row with a mark."""
    _, place = room.cohort.export("csv", Template())
    written, ids, missing = Written(), set[str](), set[str]()
    for row in csv.DictReader(io.StringIO(place.read_text("utf-8"))):
        member = {"name": row["student"], "id": row["student_id"], "email": row["email"], "lms": {}}
        (missing if row["status"] == "missing" else ids).add(row["student_id"])
        if row["grade"] and row["grade"] != "0":
            _give(room, member, int(row["grade"]), row["id"].removeprefix("'"), written)
    written.wrong += [f"{id} handed in, and is missing" for id in (ids & missing) - {""}]
    return written


def to_json(room: Room, folder: Path, draw: Random, teams: bool) -> Written:
    """Write the grades as JSON, and read each student's."""
    _, place = room.cohort.export("json", Template())
    written = Written()
    for entry in json.loads(place.read_text("utf-8"))["grades"]:
        for member in entry["members"] if entry["points"] else ():
            _give(room, member, int(entry["points"]), entry["id"], written)
    return written


def to_gradescope(room: Room, folder: Path, draw: Random, teams: bool) -> Written:
    """Write Gradescope's results, and read each file under the id it is called by."""
    filled, place = room.cohort.export("gradescope", Template())
    written = Written(told=[*filled.blank])
    members = {r.submission.id: r.submission.members for r in room.results()}
    for path in sorted(place.glob("*.json")):
        score = int(json.loads(path.read_text("utf-8"))["score"])
        for member in members[path.stem] if score else ():
            about = {"name": member.name, "id": member.id, "email": member.email, "lms": member.lms}
            _give(room, about, score, path.stem, written)
    return written


def _give(room: Room, member: Mapping[str, Any], mark: int, of: str, written: Written) -> None:
    """Give a mark to everybody among the mark's owners whom `member` describes; nobody is a wrong mark."""
    owner = mark // 10
    people = room.truth.people.get(owner, ())
    if room.owners[of] != {owner}:
        written.wrong.append(f"the mark {mark} stands under {of}, the id of {sorted(room.owners[of])}")
    fits = [person for person in people if describes(member, person)]
    for person in fits:
        written.marks[person.n].add(mark)
    if not fits:
        text = f"the mark {mark} is given to {dict(member)}, who did not hand it in"
        written.strange.append((owner, text))


def describes(member: Mapping[str, Any], person: Person) -> bool:
    """Whether what a table says about a student fits a person: every id, the email, or else the name."""
    lms = member["lms"]
    numbers = {"canvas_user": person.canvas, "moodle_participant": person.participant}
    numbers["ilias_user"] = person.canvas
    sure = [str(numbers[kind]) == value for kind, value in lms.items() if kind in numbers]
    name = member["name"].removesuffix(f" (student {person.n})")
    named = squeezed(name) in _aliases(person) or name == f"hand-in {person.n}"
    if member["id"]:
        sure.append(member["id"] in {person.id, person.login, person.github, person.nbgrader})
    if member["email"]:
        sure.append(member["email"].lower() in {person.email.lower(), person.account})
    grouped = squeezed(member["name"]) in {squeezed(text) for text in _groups(person)}
    return (named and all(sure)) or grouped


def _groups(person: Person) -> list[str]:
    joined = cleaned(f"{person.group}-{person.name}")  # before Moodle 4.1
    return [person.group, cleaned(person.group), joined, f"{cleaned(person.group)} {person.name}"]


@cache
def _aliases(person: Person) -> set[str]:
    """Return everything that a system calls a person, by letters and digits."""
    texts = [person.name, person.sortable, person.listed, person.id, person.email, person.login]
    texts += [person.github, person.nbgrader, cleaned(person.name), person.name.replace("<", "")]
    texts += [
        in_ilias_called(person),
        in_ascii(person.name),
        f"anon_Ab{person.canvas}",
        *(f"{title}_{person.login}" for title in TITLES),
    ]
    texts += [f"{person.sortable}{person.canvas}", str(person.canvas)]
    texts += [f"{word}{person.participant}" for word in ("Participant", "Participant ", *map(cleaned, WORDS))]
    return {squeezed(text) for text in texts} | {squeezed(cleaned(word)) for word in WORDS}


def feedback_moodle(room: Room, folder: Path, draw: Random, teams: bool) -> Written:
    """Write the zip for Moodle, which finds a student by the number in a folder's name."""
    sheet = _worksheet(room, folder, draw, teams, named=draw.random() < 0.7)
    sent, place = room.cohort.feedback("feedback-moodle", sheet)
    people = {str(p.participant): p for p in room.truth.class_}
    written = Written(told=[*sent.left_out, *sent.early])
    for name, page in _zipped(place):
        match = re.fullmatch(r"[^/_]+_(\d+)_assignfeedback_file_?/feedback\.html", name)
        _page(room, people.get(match[1]) if match else None, name, page, written)
    return written


def feedback_canvas(room: Room, folder: Path, draw: Random, teams: bool) -> Written:
    """Write the zip for Canvas, which finds student and upload by the first two numbers in a name."""
    sent, place = room.cohort.feedback("feedback-canvas")
    written = Written(told=[*sent.left_out, *sent.early])
    for name, page in _zipped(place):
        parts = [part for part in name.split("_") if part != "LATE"]
        if parts[0] == "anon":
            person = next((p for p in room.truth.class_ if f"Ab{p.canvas}" == parts[1]), None)
        else:
            user = int(next(part for part in parts if re.fullmatch("[0-9]+", part)))
            person = next((p for p in room.truth.class_ if p.canvas == user), None)
        _page(room, person, name, page, written)
        shown = _marks(page)
        uploads = {path.rpartition("/")[2] for mark in shown for path in room.truth.files[mark]}
        if shown and name.removesuffix(".html") not in uploads:
            written.wrong.append(f"{name}: goes to an upload that has not the marks {sorted(shown)}")
        for member in room.truth.people.get(next(iter(shown), 0) // 10, ()):  # Canvas gives it to the group
            written.marks[member.n] |= shown
    return written


def feedback_nbgrader(room: Room, folder: Path, draw: Random, teams: bool) -> Written:
    """Write nbgrader's folders, called by its ids."""
    target = folder / "released"
    sent, place = room.cohort.feedback("feedback-nbgrader", target=target)
    people = {p.nbgrader: p for p in room.truth.class_}
    written = Written(told=[*sent.left_out, *sent.early])
    for path in sorted(place.rglob("*.html")):
        who = path.relative_to(place).parts[0]
        _page(room, people.get(who), who, path.read_text("utf-8"), written)
        secret = (path.parent / "submission_secret.txt").read_text("utf-8")
        if people.get(who) and secret != f"secret {people[who].n}":
            written.wrong.append(f"{who}: the {secret} is somebody else's")
    return written


def feedback_folder(room: Room, folder: Path, draw: Random, teams: bool) -> Written:
    """Write a page for each student, and read whose name each has."""
    name = draw.choice(NAMES)
    sent, place = room.cohort.feedback("feedback-folder", name=name, target=folder / "pages")
    written = Written(told=[*sent.left_out, *sent.early])
    expected = _names(room, name)
    for path in sorted(place.glob("*.html")):
        shown = _marks(path.read_text("utf-8"))
        for person in (p for p in room.truth.class_ if p.n in expected.get(path.name, ())):
            written.marks[person.n] |= shown
        if shown and not expected.get(path.name):
            text = f"{path.name}: nobody is called this, and it shows {sorted(shown)}"
            written.strange.append((min(shown) // 10, text))
    return written


def _names(room: Room, pattern: str) -> dict[str, set[int]]:
    """Return, by file name, the people whose page it is: those whom the submission's members describe."""
    names: dict[str, set[int]] = defaultdict(set)
    for result in room.results():
        info = result.submission
        owned = [p for owner in room.owners[info.id] for p in room.truth.people.get(owner, ())]
        for m in info.members:
            about = {"name": m.name, "id": m.id, "email": m.email, "lms": m.lms}
            text = pattern.replace("{student}", m.name).replace("{student_id}", m.id)
            text = text.replace("{email}", m.email).replace("{id}", info.id)
            names[f"{safe_id(text)}.html"] |= {p.n for p in owned if describes(about, p)}
    return names


def _zipped(place: Path) -> list[tuple[str, str]]:
    with zipfile.ZipFile(place) as archive:
        return [(name, archive.read(name).decode()) for name in archive.namelist()]


def _marks(page: str) -> set[int]:
    return {int(mark) for mark in SHOWN.findall(TAG.sub("", page))} - {0}


def _page(room: Room, person: Person | None, name: str, page: str, written: Written) -> None:
    if person is None:
        written.wrong.append(f"{name}: nobody in the class is found by this name")
    else:
        written.marks[person.n] |= _marks(page)


EXPORTS: dict[str, Export] = {
    "canvas": to_canvas,
    "moodle": to_moodle,
    "moodle, blind": to_blind,
    "gradescope": to_gradescope,
    "csv": to_csv,
    "json": to_json,
    "feedback-moodle": feedback_moodle,
    "feedback-canvas": feedback_canvas,
    "feedback-nbgrader": feedback_nbgrader,
    "feedback-folder": feedback_folder,
}
