"""Draws people whom a careless comparison would take for each other, and their groups."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

FIRST = (
    *(
        "Jo",
        "jo",
        "Jo-Ann",
        "Jo_Ann",
        "José",
        "Jose",
        "student_1",
        "student",
        "李",
        "O'N",
        "ON",
        "C++",
        "C",
        "",
    ),
)
LAST = (
    *("Kim", "Kim_7", "Kim 7", "Kim, Jr.", "Ray", "Ray_17_40", "D'Arcy", "DArcy", "雷", "& Co", "<3", "Kım"),
    *("LATE", "Li 🐱", "Li 🐶", "Kim - 2nd"),
)
# left out, as nobody can tell: a group, a login or an nbgrader id that spells the name of somebody else
GROUPS = ("Team 1.1", "Team 11", "C", "C++", "R&D", "RD", "Ramp;D", "Lab 🐱", "Lab 🐶", "A_b", "A b", "A'b")
DEFAULT = "Default group"  # Moodle's, of students in no group or in several
IDS = ("1", "01", "s1", "s_1", "s-1", "s 1", "s1@x", "7", "17", "40017", "jo9", "kj7", "N/A", "")
EMAILS = ("jo.k@a.x", "jo.k@b.x", "jo+k@a.x", "jo_k@a.x", "Jo.K@c.x", "7@x.y", "-", "")
LOGINS = ("jk7", "a_jk7", "jk.7", "jkk", "1_jkk", "0017", "117", "x1", "x1-2", "x12", "lab-x1")
MOST = 9000  # points, more than the mark of the last student of the largest class
NUMBERS = (1, 7, 17, 40, 71, 117, 4007, 40017, 901, 1901)


@dataclass(frozen=True)
class Person:
    """One student, with what each system calls them; `listed` is the name in lists made at another time."""

    n: int
    first: str
    last: str
    id: str
    email: str
    login: str
    canvas: int
    participant: int
    group: str
    listed: str = ""

    @property
    def name(self) -> str:
        """The name as most systems write it."""
        return f"{self.first} {self.last}".strip()

    @property
    def sortable(self) -> str:
        """The name as Canvas sorts it."""
        return f"{self.last}, {self.first}" if self.first else self.last

    @property
    def github(self) -> str:
        """The name on GitHub, which has neither dots nor underscores."""
        return self.login.replace("_", "-").replace(".", "-")

    @property
    def account(self) -> str:
        """The email on Gradescope, where everybody has one."""
        return self.email if "@" in self.email else f"u{self.n}@g.x"

    @property
    def nbgrader(self) -> str:
        """The id in an nbgrader course: an email, or the institution's id."""
        return next((text for text in (self.email, self.id) if len(text) > 1), f"u{self.n}").replace("/", "")


@dataclass(frozen=True)
class Work:
    """One hand-in: whose it is, which attempt, and whether a second file in it could be meant as well."""

    owner: int
    attempt: int
    people: tuple[Person, ...]
    group: str = ""
    number: int = 0
    unclear: bool = False

    @property
    def mark(self) -> int:
        """The mark that is right for it, which says whose it is."""
        return 10 * self.owner + self.attempt

    @property
    def draft(self) -> int:
        """The mark of the other file."""
        return 10 * self.owner + 9


def class_of(draw: random.Random) -> list[Person]:
    """Return a class; names may repeat, numbers, ids, emails and logins do not."""
    size = draw.randint(2, 7)
    ids, emails, logins = draw.sample(IDS, size), draw.sample(EMAILS, size), draw.sample(LOGINS, size)
    numbers, participants = draw.sample(NUMBERS, size), draw.sample(NUMBERS, size)
    groups = draw.sample((*GROUPS, DEFAULT), draw.randint(1, 4))
    class_ = [
        Person(
            *(n, draw.choice(FIRST), draw.choice(LAST), *known, draw.choice(groups)),
            listed=f"Newby{n} Jo" if draw.random() < 0.05 else "",
        )
        for n, known in enumerate(zip(ids, emails, logins, numbers, participants, strict=True), start=1)
    ]
    letters = [re.sub(r"\W|_", "", p.name).casefold() for p in class_]
    return [  # nobody could tell a student whose name changed from one who has the old name
        replace(p, listed="") if letters.count(own) > 1 else p for p, own in zip(class_, letters, strict=True)
    ]


def works_of(
    class_: Sequence[Person], draw: random.Random, teams: bool, several: bool
) -> tuple[list[Work], list[Work]]:
    """Return what is in the first download, and in the later one: new work only, or everything.

    `several` is set where nobody could tell the folders of a single student from those of a class.
    """
    owners = _teams(class_, draw) if teams else [((p,), "", 0, p.n) for p in class_]
    unclear = {(owner, attempt): draw.random() < 0.06 for *_, owner in owners for attempt in (1, 2)}
    made = [
        {a: Work(owner, a, people, group, number, unclear[owner, a]) for a in (1, 2)}
        for people, group, number, owner in owners
    ]
    first = [work[1] for work in made if draw.random() < 0.8] or [made[0][1]]
    later = [work[2] for work in made if draw.random() < 0.4]
    if several and len(first) < 2:
        first = [work[1] for work in made]
    if draw.random() < 0.5 or (several and len(later) == 1):
        again = {work.owner for work in later}
        later += [work for work in first if work.owner not in again]
    return first, later


def _teams(class_: Sequence[Person], draw: random.Random) -> list[tuple[tuple[Person, ...], str, int, int]]:
    """Return each group's people, name, number in the LMS, and number as an owner."""
    names = sorted({person.group for person in class_})
    numbers = draw.sample(NUMBERS, len(names))
    return [
        (tuple(p for p in class_ if p.group == name), name, number, 20 + n)
        for n, (name, number) in enumerate(zip(names, numbers, strict=True))
    ]
