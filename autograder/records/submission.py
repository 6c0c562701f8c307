"""A submission as a record: who handed in which cells of source, and what intake noticed about them."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field


class Compressed:
    """A field of text that is compressed in memory: a class's texts are many, and are seldom looked at."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> str:
        if instance is None:
            raise AttributeError("a field without a default")
        return zlib.decompress(vars(instance)[self.name]).decode("utf-8", "surrogatepass")

    def __set__(self, instance: object, text: str) -> None:
        vars(instance)[self.name] = zlib.compress(str.encode(text, "utf-8", "surrogatepass"), 1)


@dataclass(frozen=True)
class Cell:
    """One piece of source: its name as the student knows it, its text, and the line that it begins at."""

    name: str
    source: Compressed = Compressed()
    first_line: int = 1


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
