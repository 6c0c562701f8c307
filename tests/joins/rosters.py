"""Writes the lists of a class: gradebooks, worksheets in several languages, and a teacher's own list."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Sequence
from typing import Any

from joins.people import MOST, Person

Write = Callable[[Sequence[Person], random.Random], str]
GERMAN = (
    *("ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung", "Änderbar"),
    *("Zuletzt geändert (Bewertung)",),
)
FRENCH = (
    *("Identifiant", "Nom complet", "Adresse de courriel", "Statut", "Note", "Note maximale", "Modifiable"),
    *("Dernière modification (note)",),
)
COMMENT = "- it's =right, see p. 3"  # a teacher's, which an export must not touch
BEFORE = "5.00"  # a grade that the LMS has already


def _csv(rows: Sequence[Sequence[Any]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def gradebook(class_: Sequence[Person], draw: random.Random) -> str:
    """Return Canvas's gradebook; a name in it may have changed since the work was handed in."""
    login = draw.choice(("email", "login"))
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "T (1)", "Notes"]
    rows = [
        [p.listed or p.sortable, p.canvas, p.id, getattr(p, login), "A", _before(draw), COMMENT]
        for p in class_
    ]
    return _csv([head, ["    Points Possible", *[""] * 4, MOST, ""], *rows])


def worksheet(class_: Sequence[Person], draw: random.Random, named: bool = True, teams: bool = False) -> str:
    """Return Moodle's worksheet."""
    who = ["Full name", "ID number", "Email address"] if named else []
    head = ["Identifier", *who, "Status", *["Group"] * teams, "Grade", "Maximum grade"]
    head += ["Grade can be changed", "Last modified (grade)", "Feedback comments"]
    rows = [
        [
            f"Participant {p.participant}",
            *([p.name, p.id, p.email] if named else []),
            *("Submitted", *[p.group] * teams, _before(draw), f"{MOST}.00", "Yes", "-", COMMENT),
        ]
        for p in class_
    ]
    return _csv([head, *rows])


def _before(draw: random.Random) -> str:
    return BEFORE if draw.random() < 0.1 else ""


def translated(class_: Sequence[Person], draw: random.Random) -> str:
    """Return Moodle's worksheet in German or French."""
    head, word = draw.choice(((GERMAN, "Teilnehmer/in"), (FRENCH, "Participant ")))
    rows = [[f"{word}{p.participant}", p.name, p.email, "-", "", f"{MOST},00", "Ja", "-"] for p in class_]
    return _csv([head, *rows])


def own(class_: Sequence[Person], draw: random.Random, teams: bool = False, login: str = "login") -> str:
    """Return a list of the teacher's own, with some of the columns."""
    columns = {"name": "name", **{c: c for c in ("id", "email") if draw.random() < 0.7}}
    columns |= {"login": login} if draw.random() < 0.7 else {}
    columns |= {"group": "group"} if teams else {}
    rows = [[p.listed or p.name, *(getattr(p, c) for c in [*columns.values()][1:])] for p in class_]
    return _csv([[*columns], *rows], draw.choice(",;\t"))


def _with(write: Callable[..., str], **how: Any) -> Write:
    return lambda class_, draw: write(class_, draw, **how)


ROSTERS: dict[str, Write | None] = {
    "none": None,
    "Canvas's gradebook": gradebook,
    "Moodle's worksheet": worksheet,
    "a blind worksheet": _with(worksheet, named=False),
    "a worksheet in another language": translated,
    "the teacher's own": own,
}
OF_TEAMS: dict[str, Write | None] = {
    "none": None,
    "Canvas's gradebook": gradebook,
    "Moodle's worksheet": _with(worksheet, teams=True),
    "a blind worksheet": _with(worksheet, named=False, teams=True),
    "the teacher's own": _with(own, teams=True),
}


def fitting(source: str, teams: bool) -> dict[str, Write | None]:
    """Return the lists that a teacher may give with a download."""
    if source == "GitHub Classroom":
        return {**ROSTERS, "the teacher's own": _with(own, login="github")}
    return OF_TEAMS if teams else ROSTERS
