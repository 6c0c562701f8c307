"""Reads the roster: a CSV of your own, or one exported from Canvas, Moodle or Gradescope."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from autograder.errors import UsageError
from autograder.intake import sheet, worksheet
from autograder.intake.sheet import Sheet
from autograder.intake.worksheet import Worksheet
from autograder.records.submission import Member

COLUMNS = {  # the column names that a roster may use for each field, in lower case
    "name": ("name", "full name", "student name", "student"),
    "first": ("first name", "firstname", "given name"),
    "last": ("last name", "lastname", "surname", "family name"),
    "id": ("student id", "sis user id", "id number", "sid", "student number", "id"),
    "email": ("email", "email address", "e-mail"),
    "login": ("login", "sis login id", "username"),
    "group": ("group", "groups", "group name", "team"),
    "identifier": ("identifier",),
    "submitted": ("submitted",),
    "status": ("status",),
    "modified": ("last modified (submission)", "zuletzt geändert (abgabe)"),
}
KNOWN = frozenset(title for titles in COLUMNS.values() for title in titles)
TOP = 10  # rows in which the header is looked for: some lists begin with a title
NO_NAME = {"-", "--", "?", "n/a", "#n/a"}  # cells that stand for none; people are called None, Null and Na
NOTHING = NO_NAME | {"na", "none", "null", "nan", "unknown"}  # in columns other than names
SURE, PERHAPS = re.compile(r";\s"), re.compile("[,;]")  # what stands between two groups of a student
ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d+")  # what Excel makes of a number of 12 digits or more
TIME = "2026-03-01T23:59:00+01:00"
EXPECTED = "a header with name, id or email, such as `name,id,email`"


@dataclass(frozen=True)
class Entry:
    """One student of the class, with groups and time of submission if the roster gives them.

    `told` contains the status and the time in a worksheet of Moodle, as it writes them; see lateness.
    `line` is the index of its row in the sheet. `blind` is set if the roster hides the student's name:
    then the member's name is Moodle's Identifier.
    """

    member: Member
    login: str = ""
    groups: tuple[str, ...] = ()
    submitted: str | None = None
    line: int = 0
    told: tuple[str, str] = ("", "")
    blind: bool = False

    @property
    def keys(self) -> set[tuple[str, str]]:
        """The kinds and values of the student's ids."""
        texts = {"id": self.member.id, "email": self.member.email, "login": self.login}
        keys = {(kind, text.lower()) for kind, text in texts.items()} | {*self.member.lms.items()}
        return {key for key in keys if key[1]}


@dataclass(frozen=True)
class Roster:
    """The class, also by the ids of its students."""

    entries: tuple[Entry, ...]
    by_key: dict[tuple[str, str], Entry]

    @property
    def kinds(self) -> set[str]:
        """The kinds of ids that the roster contains."""
        return {kind for kind, _ in self.by_key}

    def names_by(self, kind: str) -> dict[str, str]:
        """Return the names of the students by their ids of one kind."""
        return {value: entry.member.name for (k, value), entry in self.by_key.items() if k == kind}


def load(path: Path) -> Roster:
    """Read the roster at `path`. Raises UsageError when it is not a roster, or two rows share an id."""
    return of_sheet(path, sheet.read(path))


def of_sheet(path: Path, table: Sheet) -> Roster:
    """Return the roster in a sheet read from `path`. Raises UsageError; see load."""
    top, fields = _fields(table.rows)
    try:
        parsed = [_entry(cells, line) for line, cells in enumerate(fields, start=top + 1)]
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    entries = _one_each(_grouped([entry for entry in parsed if entry is not None]))
    if not entries:
        raise UsageError(f"{path}: expected {EXPECTED}, got {', '.join(table.rows[0])!r}; add one")
    return _indexed(path, entries)


def _fields(rows: Sequence[Sequence[str]]) -> tuple[int, list[dict[str, str]]]:
    """Return the index of the header, and the cells of each row below it by the names in COLUMNS."""
    if form := worksheet.recognise(rows):
        return 0, [_of_worksheet(row, form) for row in rows[1:]]
    top = next((n for n, row in enumerate(rows[:TOP]) if KNOWN & set(_titles(row))), 0)
    head = _titles(rows[top])
    return top, [dict(zip(head, (cell.strip() for cell in row), strict=False)) for row in rows[top + 1 :]]


def _titles(row: Sequence[str]) -> list[str]:
    return [cell.strip().lower() for cell in row]


def _of_worksheet(row: Sequence[str], form: Worksheet) -> dict[str, str]:
    places = {
        "identifier": form.identifier,
        "full name": form.name,
        "id number": form.id,
        "email": form.email,
        "group": form.group,
        "status": form.status,
        "last modified (submission)": form.modified,
    }
    return {title: row[n].strip() for title, n in places.items() if n is not None and n < len(row)}


def _grouped(entries: Sequence[Entry]) -> list[Entry]:
    """Return `entries` with each group of a cell that lists several, except of Moodle, which never does.

    A semicolon and a space separate groups. A comma or a lone semicolon does only if each part is a group
    elsewhere (a cell of its own, or part of two different cells); otherwise it belongs to a group's name. The
    whole cell stays one of the groups.
    """
    cells = {group for entry in entries if not _of_moodle(entry) for group in entry.groups}
    alone = {part for cell in cells for part in _parts(cell, SURE)}
    listed = Counter(part for cell in alone for part in set(_parts(cell, PERHAPS)))

    def groups(cell: str) -> list[str]:
        parts = _parts(cell, PERHAPS)
        return [cell, *parts] if all(part in alone or listed[part] > 1 for part in parts) else [cell]

    split = {
        cell: [cell, *(group for part in _parts(cell, SURE) for group in groups(part))] for cell in cells
    }
    return [
        entry
        if _of_moodle(entry)
        else replace(
            entry, groups=tuple(dict.fromkeys(group for cell in entry.groups for group in split[cell]))
        )
        for entry in entries
    ]


def _of_moodle(entry: Entry) -> bool:
    return "moodle_participant" in entry.member.lms


def _parts(cell: str, separator: re.Pattern[str]) -> list[str]:
    return [part.strip() for part in separator.split(cell) if part.strip()]


def _one_each(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return one entry for a student who has a row for each group: rows with equal ids and names."""
    merged: dict[object, Entry] = {}
    for entry in entries:
        own = entry.groups and not entry.member.lms and (entry.member.id or entry.member.email or entry.login)
        key = (entry.member.name, entry.member.id, entry.member.email, entry.login) if own else entry.line
        before = merged.get(key)
        if before is None:
            merged[key] = entry
        else:
            times = [time for time in (before.submitted, entry.submitted) if time]
            groups = tuple(dict.fromkeys((*before.groups, *entry.groups)))
            merged[key] = replace(before, groups=groups, submitted=max(times, default=None))
    return tuple(merged.values())


def _indexed(path: Path, entries: tuple[Entry, ...]) -> Roster:
    roster = Roster(entries, {})
    for entry in entries:
        for key in sorted(entry.keys):
            _refuse_rounded(path, *key)
            if other := roster.by_key.get(key):
                names = " and ".join(e.member.name or f"row {e.line + 1}" for e in (other, entry))
                raise UsageError(
                    f"{path}: two rows have the {key[0]} {key[1]!r}: {names}; "
                    "if they are one student, keep one of them, otherwise correct or empty that cell"
                )
            roster.by_key[key] = entry
    return roster


def _refuse_rounded(path: Path, kind: str, value: str) -> None:
    if ROUNDED.fullmatch(value):
        raise UsageError(
            f"{path}: expected whole numbers as {kind}, got {value}, which a spreadsheet has rounded; "
            "export the file again, and give it as it came, without saving it in a spreadsheet"
        )


def _entry(cells: dict[str, str], line: int) -> Entry | None:
    """Return the student in a row, or None if the row has no student."""
    canvas = "section" in cells and "id" in cells and bool({"student", "lastname"} & set(cells))
    fields = {
        what: _first(cells, names, NO_NAME if what in ("name", "first", "last") else NOTHING)
        for what, names in COLUMNS.items()
    }
    if canvas:  # `ID` is Canvas's own id; the institution's is `SIS User ID`
        fields["id"] = _value(cells.get("sis user id", ""))
    name = fields["name"] or ", ".join(part for part in (fields["last"], fields["first"]) if part)
    number = re.search(r"\d+$", fields["identifier"])
    if not (name or fields["id"] or fields["email"] or number) or "points possible" in name.lower():
        return None
    if canvas and (not cells["id"] or name == "Student, Test"):
        return None
    lms = {"canvas_user": cells["id"]} if canvas else {}
    if number:
        lms["moodle_participant"] = number[0]
    blind = not (name or fields["id"] or fields["email"])
    email = fields["email"] or (fields["login"] if "@" in fields["login"] else "")
    member = Member(fields["identifier"] if blind else name, fields["id"], email, lms)
    told = (fields["status"], fields["modified"]) if number else ("", "")
    groups = (fields["group"],) if fields["group"] else ()
    return Entry(member, fields["login"], groups, _time(fields["submitted"]), line, told, blind)


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


def _first(cells: dict[str, str], names: Iterable[str], nothing: Collection[str]) -> str:
    return next((value for name in names if (value := _value(cells.get(name, ""), nothing))), "")


def _value(cell: str, nothing: Collection[str] = NOTHING) -> str:
    """Return a cell's text, or an empty text if it says that there is none."""
    return "" if cell.lower() in nothing else cell
