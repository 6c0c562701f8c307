"""A submission as a record: who handed in which cells of source, and what intake noticed about them."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cell:
    """One piece of source: its name as the student knows it, its text, and the line that it begins at."""

    name: str
    source: str
    first_line: int = 1

    def __post_init__(self) -> None:
        """Have the text in memory once, however many submissions and results hold it."""
        object.__setattr__(self, "source", sys.intern(self.source))

    def __reduce__(self) -> tuple[type[Cell], tuple[str, str, int]]:
        """Come by the same way from another process."""
        return Cell, (self.name, self.source, self.first_line)


@dataclass(frozen=True)
class Member:
    """One student whose work a submission is. `id` is the institution's; `lms` holds what an LMS calls them.

    The keys of `lms` are `canvas_user`, `canvas_anonymous` and `moodle_participant`; the values are text.
    """

    name: str
    id: str = ""
    email: str = ""
    lms: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SubmissionInfo:
    """Whose work it is, when it came and what was graded, as results keep it.

    `student` is the name to show, `id` names files and commands; both come from where the file lay (a name
    in the LMS), never from what is in it. `members` are the students, several for a group. `lms` holds what
    the LMS calls the submission itself. `submitted` is an ISO time with its offset, or None where the
    download does not tell it; `late` is the LMS's own mark, or None; `attempt` is the number of this one.
    """

    id: str
    student: str
    source: str
    sha256: str
    members: tuple[Member, ...] = field(default=(), kw_only=True)
    lms: dict[str, str] = field(default_factory=dict, kw_only=True)
    submitted: str | None = field(default=None, kw_only=True)
    late: bool | None = field(default=None, kw_only=True)
    attempt: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Submission(SubmissionInfo):
    """One student's work, ready to be graded; where `rejected` says why it cannot be, there are no cells."""

    cells: tuple[Cell, ...] = ()
    notes: tuple[str, ...] = ()
    rejected: str | None = None


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
