"""The class as a CSV: a list of one's own, or what Canvas, Moodle or Gradescope exports, joined by ids.

Joining never guesses: an id decides where the roster has ids of its kind, else the name, if it is one only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from autograder.errors import UsageError
from autograder.intake import sheet
from autograder.intake.names import forms, squeezed
from autograder.intake.sheet import Sheet
from autograder.records.submission import Member, Submission

COLUMNS = {  # what a roster may call each thing, in lower case
    "name": ("name", "full name", "student name", "student"),
    "first": ("first name", "firstname", "given name"),
    "last": ("last name", "lastname", "surname", "family name"),
    "id": ("student id", "sis user id", "id number", "sid", "student number", "id"),
    "email": ("email", "email address", "e-mail"),
    "login": ("login", "sis login id", "username"),
    "group": ("group", "groups", "group name", "team"),
    "moodle_participant": ("identifier",),
    "submitted": ("submitted",),
}
TIME = "2026-03-01T23:59:00+01:00"
EXPECTED = "a header with name, id or email, such as `name,id,email`"


@dataclass(frozen=True)
class Entry:
    """One student of the class, with group and time of handing in, where the roster has them.

    `line` counts the rows below the header from 1 on.
    """

    member: Member
    login: str = ""
    group: str = ""
    submitted: str | None = None
    line: int = 0


@dataclass(frozen=True)
class Roster:
    """The class, indexed by what its students and groups may be called."""

    entries: tuple[Entry, ...]
    by_key: dict[tuple[str, str], Entry]
    by_name: dict[str, list[Entry]]
    by_group: dict[str, list[Entry]]

    @property
    def kinds(self) -> set[str]:
        """The kinds of ids that the roster knows."""
        return {kind for kind, _ in self.by_key}


def load(path: Path) -> Roster:
    """Read the roster at `path`. Raises UsageError when it is none, or when two rows have one id."""
    return of_sheet(path, sheet.read(path))


def of_sheet(path: Path, table: Sheet) -> Roster:
    """Return the roster in a sheet that was read from `path`. Raises UsageError; see load."""
    head = [name.strip().lower() for name in table.rows[0]]
    rows = [dict(zip(head, (cell.strip() for cell in row), strict=False)) for row in table.rows[1:]]
    try:
        found = [_entry(row, line) for line, row in enumerate(rows, start=1)]
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    entries = tuple(entry for entry in found if entry is not None)
    if not entries:
        raise UsageError(f"{path}: expected {EXPECTED}, got {', '.join(table.rows[0])!r}; add them")
    return _indexed(path, entries)


def _indexed(path: Path, entries: tuple[Entry, ...]) -> Roster:
    found = Roster(entries, {}, defaultdict(list), defaultdict(list))
    for entry in entries:
        for key in _keys(entry):
            if key in found.by_key:
                raise UsageError(f"{path}: two rows have the {key[0]} {key[1]!r}; keep one of them")
            found.by_key[key] = entry
        for form in forms(entry.member.name):
            found.by_name[form].append(entry)
        if entry.group:
            found.by_group[squeezed(entry.group)].append(entry)
    return found


def _entry(cells: dict[str, str], line: int) -> Entry | None:
    """Return the student in a row, or None in one that holds none."""
    canvas = "section" in cells and "id" in cells and bool({"student", "lastname"} & set(cells))
    found = {what: _first(cells, names) for what, names in COLUMNS.items()}
    if canvas:  # its `ID` is its own, the institution's is `SIS User ID`
        found["id"] = cells.get("sis user id", "")
    name = found["name"] or ", ".join(part for part in (found["last"], found["first"]) if part)
    if not (name or found["id"] or found["email"]) or "points possible" in name.lower():
        return None
    if canvas and (not cells["id"] or name == "Student, Test"):
        return None
    lms = {"canvas_user": cells["id"]} if canvas else {}
    if number := re.search(r"\d+$", found["moodle_participant"]):
        lms["moodle_participant"] = number[0]
    email = found["email"] or (found["login"] if "@" in found["login"] else "")
    member = Member(name, found["id"], email, lms)
    return Entry(member, found["login"], found["group"], _time(found["submitted"]), line)


def _time(text: str) -> str | None:
    """Return an ISO time with its offset, or None for no text. Raises UsageError for anything else."""
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = datetime.min
    if time.tzinfo is None:
        raise UsageError(f"submitted: expected a time such as {TIME}, got {text!r}; add its offset")
    return time.isoformat()


def _first(cells: dict[str, str], names: Iterable[str]) -> str:
    return next((cells[name] for name in names if cells.get(name)), "")


def _keys(entry: Entry) -> set[tuple[str, str]]:
    member = entry.member
    texts = {"id": member.id, "email": member.email, "login": entry.login}
    keys = {(kind, text.lower()) for kind, text in texts.items()} | {*member.lms.items()}
    return {key for key in keys if key[1]}


def join(submissions: Sequence[Submission], roster: Roster) -> tuple[Submission, ...]:
    """Return `submissions` with the names and ids that the roster has; who is not on it stays as found."""
    return tuple(_joined(submission, roster) for submission in submissions)


def _joined(submission: Submission, roster: Roster) -> Submission:
    own = [entry_of(member, roster) for member in submission.members]
    rows = _of_group(submission, roster) or [entry for entry in own if entry is not None]
    if len(rows) < len(submission.members):
        return submission
    members = tuple(_merged(submission, entry, alone=len(rows) == 1) for entry in rows)
    name = members[0].name if len(members) == 1 else ""  # a group keeps its own name
    times = [entry.submitted for entry in rows if entry.submitted]
    return replace(
        submission,
        members=members,
        student=name or submission.student,
        submitted=submission.submitted or max(times, default=None),
    )


def _merged(submission: Submission, entry: Entry, alone: bool) -> Member:
    """Return the roster's student, with what the download knows of them and the roster does not."""
    if not alone:
        return entry.member
    return replace(entry.member, lms={**submission.members[0].lms, **entry.member.lms})


def _of_group(submission: Submission, roster: Roster) -> list[Entry]:
    """Return the students of the group that a submission is called after."""
    alone = len(submission.members) == 1
    return roster.by_group.get(squeezed(submission.student), []) if alone else []


def entry_of(member: Member, roster: Roster) -> Entry | None:
    """Return the roster's row of a student: by an id; by name where the roster has no ids of its kind."""
    named = [entry for form in forms(member.name) for entry in roster.by_name.get(form, [])]
    for kind in sorted(member.lms.keys() & roster.kinds):
        entry = roster.by_key.get((kind, member.lms[kind]))
        return entry if entry and _agree(entry, member, named) else None
    for text in (member.id.lower(), member.email.lower()):
        for kind in ("id", "email", "login"):
            if entry := roster.by_key.get((kind, text)):
                return entry
    if member.id and member.id != member.name and "id" in roster.kinds:
        return None  # the roster has ids, and none is theirs: whoever has that name there is somebody else
    return named[0] if len({id(entry) for entry in named}) == 1 else None


def _agree(entry: Entry, member: Member, named: Sequence[Entry]) -> bool:
    """Whether a row found by its number is not somebody else's: a group may have a student's number."""
    same = bool(member.id) and member.id == entry.member.id
    blind = "moodle_participant" in member.lms and squeezed(member.name) == "participant"
    return same or blind or not entry.member.name or entry in named
