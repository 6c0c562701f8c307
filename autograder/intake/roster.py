"""Reads the roster, a CSV of your own or exported from Canvas, Moodle or Gradescope, and joins it by id.

Joining never guesses: an id decides if the roster has ids of that kind; otherwise a unique name does.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from autograder.errors import UsageError
from autograder.intake import lateness, sheet
from autograder.intake.names import forms, squeezed
from autograder.intake.sheet import Sheet
from autograder.records.assignment import LatePolicy
from autograder.records.submission import Member, Submission

COLUMNS = {  # the column names that a roster may use for each field, in lower case
    "name": ("name", "full name", "student name", "student"),
    "first": ("first name", "firstname", "given name"),
    "last": ("last name", "lastname", "surname", "family name"),
    "id": ("student id", "sis user id", "id number", "sid", "student number", "id"),
    "email": ("email", "email address", "e-mail"),
    "login": ("login", "sis login id", "username"),
    "group": ("group", "groups", "group name", "team"),
    "moodle_participant": ("identifier",),
    "submitted": ("submitted",),
    "status": ("status",),
    "modified": ("last modified (submission)", "zuletzt geändert (abgabe)"),
}
TIME = "2026-03-01T23:59:00+01:00"
EXPECTED = "a header with name, id or email, such as `name,id,email`"


@dataclass(frozen=True)
class Entry:
    """One student of the class, with group and time of submission if the roster gives them.

    `told` contains the status and the time in a worksheet of Moodle, as it writes them; see lateness.
    `line` counts the rows below the header, from 1.
    """

    member: Member
    login: str = ""
    group: str = ""
    submitted: str | None = None
    line: int = 0
    told: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Roster:
    """The class, indexed by the ids and names of its students and groups."""

    entries: tuple[Entry, ...]
    by_key: dict[tuple[str, str], Entry]
    by_name: dict[str, list[Entry]]
    by_group: dict[str, list[Entry]]

    @property
    def kinds(self) -> set[str]:
        """The kinds of ids that the roster contains."""
        return {kind for kind, _ in self.by_key}


def load(path: Path) -> Roster:
    """Read the roster at `path`. Raises UsageError when it is not a roster, or two rows share an id."""
    return of_sheet(path, sheet.read(path))


def of_sheet(path: Path, table: Sheet) -> Roster:
    """Return the roster in a sheet read from `path`. Raises UsageError; see load."""
    head = [name.strip().lower() for name in table.rows[0]]
    rows = [dict(zip(head, (cell.strip() for cell in row), strict=False)) for row in table.rows[1:]]
    try:
        parsed = [_entry(row, line) for line, row in enumerate(rows, start=1)]
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    entries = tuple(entry for entry in parsed if entry is not None)
    if not entries:
        raise UsageError(f"{path}: expected {EXPECTED}, got {', '.join(table.rows[0])!r}; add one")
    return _indexed(path, entries)


def _indexed(path: Path, entries: tuple[Entry, ...]) -> Roster:
    roster = Roster(entries, {}, defaultdict(list), defaultdict(list))
    for entry in entries:
        for key in _keys(entry):
            if key in roster.by_key:
                raise UsageError(f"{path}: two rows have the {key[0]} {key[1]!r}; keep one of them")
            roster.by_key[key] = entry
        for form in forms(entry.member.name):
            roster.by_name[form].append(entry)
        if entry.group:
            roster.by_group[squeezed(entry.group)].append(entry)
    return roster


def _entry(cells: dict[str, str], line: int) -> Entry | None:
    """Return the student in a row, or None if the row has no student."""
    canvas = "section" in cells and "id" in cells and bool({"student", "lastname"} & set(cells))
    fields = {what: _first(cells, names) for what, names in COLUMNS.items()}
    if canvas:  # `ID` is Canvas's own id; the institution's is `SIS User ID`
        fields["id"] = cells.get("sis user id", "")
    name = fields["name"] or ", ".join(part for part in (fields["last"], fields["first"]) if part)
    if not (name or fields["id"] or fields["email"]) or "points possible" in name.lower():
        return None
    if canvas and (not cells["id"] or name == "Student, Test"):
        return None
    lms = {"canvas_user": cells["id"]} if canvas else {}
    if number := re.search(r"\d+$", fields["moodle_participant"]):
        lms["moodle_participant"] = number[0]
    email = fields["email"] or (fields["login"] if "@" in fields["login"] else "")
    member = Member(name, fields["id"], email, lms)
    told = (fields["status"], fields["modified"]) if number else ("", "")
    return Entry(member, fields["login"], fields["group"], _time(fields["submitted"]), line, told)


def _time(text: str) -> str | None:
    """Return an ISO time with its offset, or None for empty text. Raises UsageError for anything else."""
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


def join(
    submissions: Sequence[Submission], roster: Roster, policy: LatePolicy | None = None
) -> tuple[Submission, ...]:
    """Return `submissions` with names and ids from the roster; students who are not on it are unchanged."""
    return tuple(_joined(submission, roster, policy or LatePolicy()) for submission in submissions)


def _joined(submission: Submission, roster: Roster, policy: LatePolicy) -> Submission:
    matches = [entry_of(member, roster) for member in submission.members]
    rows = _of_group(submission, roster) or [entry for entry in matches if entry is not None]
    if len(rows) < len(submission.members):
        return submission
    members = tuple(_merged(submission, entry, alone=len(rows) == 1) for entry in rows)
    name = members[0].name if len(members) == 1 else ""  # a group keeps its own name
    times = [entry.submitted for entry in rows if entry.submitted]
    joined = replace(
        submission,
        members=members,
        student=name or submission.student,
        submitted=submission.submitted or max(times, default=None),
    )
    return lateness.add(joined, [entry.told for entry in rows], policy)


def _merged(submission: Submission, entry: Entry, alone: bool) -> Member:
    """Return the roster's student, plus any LMS ids that only the download has."""
    if not alone:
        return entry.member
    return replace(entry.member, lms={**submission.members[0].lms, **entry.member.lms})


def _of_group(submission: Submission, roster: Roster) -> list[Entry]:
    """Return the students of the group whose name the submission has."""
    alone = len(submission.members) == 1
    return roster.by_group.get(squeezed(submission.student), []) if alone else []


def entry_of(member: Member, roster: Roster) -> Entry | None:
    """Return a student's row in the roster: by id, or by name if the roster has no ids of that kind."""
    named = [entry for form in forms(member.name) for entry in roster.by_name.get(form, [])]
    for kind in sorted(member.lms.keys() & roster.kinds):
        entry = roster.by_key.get((kind, member.lms[kind]))
        return entry if entry and _agree(entry, member, named) else None
    for text in (member.id.lower(), member.email.lower()):
        for kind in ("id", "email", "login"):
            if entry := roster.by_key.get((kind, text)):
                return entry
    if member.id and member.id != member.name and "id" in roster.kinds:
        return None  # the roster has ids but not this one: a row with that name is another student's
    return named[0] if len({id(entry) for entry in named}) == 1 else None


def _agree(entry: Entry, member: Member, named: Sequence[Entry]) -> bool:
    """Whether a row found by number really is this member's: a group may have the number of a student."""
    same = bool(member.id) and member.id == entry.member.id
    blind = "moodle_participant" in member.lms and squeezed(member.name) == "participant"
    return same or blind or not entry.member.name or entry in named
