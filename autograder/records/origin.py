"""Where submissions came from: a path, how it was read, and which files in it match no student."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from autograder.records.submission import Member

Kind = Literal[
    "auto",
    "canvas",
    "moodle",
    "gradescope",
    "nbgrader",
    "brightspace",
    "blackboard",
    "classroom",
    "ilias",
    "teams",
    "folders",
    "plain",
]


class Refused(NamedTuple):
    """A file that cannot belong to any submission, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Doubt:
    """A submission that may belong to the students in `rows` of the roster, and why that is not certain."""

    submission: str
    student: str
    rows: tuple[Member, ...]
    why: str


@dataclass(frozen=True)
class Same:
    """Whom staff named for a submission: `rows` of the roster; `before` and `student` undo it."""

    rows: tuple[Member, ...]
    before: tuple[Member, ...]
    student: str


@dataclass(frozen=True)
class Source:
    """One path as the user gave it. `kind` is the requested way to read it, kept so it can be read again.

    `seen` describes what it turned out to be; `count` is the number of submissions in it.
    """

    path: str
    kind: Kind
    unmatched: tuple[Refused, ...] = ()
    seen: str = ""
    count: int = 0


@dataclass(frozen=True)
class Stamp:
    """The order in time of the work that counts for one submission, and of the newest that was ever seen.

    They differ where staff chose older work (`grade --older`); what lies between them is then passed over.
    """

    counts: tuple[float, ...]
    newest: tuple[float, ...]

    def passes_over(self, order: tuple[float, ...]) -> bool:
        """Whether staff decided against work of this order."""
        return self.counts < order <= self.newest
