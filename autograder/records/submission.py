"""A submission as a record: who handed in which cells of source, and what intake noted about it."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

CELL = "cell "  # how the name of a notebook's cell begins; a number follows
PARSED = 128 << 10  # characters of one submission's code that are parsed outside a sandbox: 1.3 s at worst


class Compressed:
    """A text field that is compressed in memory: a class has many such texts, which are rarely read."""

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
    """One piece of source: its name as the student knows it, its text, and the number of its first line."""

    name: str
    source: Compressed = Compressed()
    first_line: int = 1


def is_helper(cell: Cell, cells: Sequence[Cell]) -> bool:
    """Whether one of a submission's `cells` is a file that the graded one, whose cells are first, imports."""
    return cell.name.endswith(".py") and cell.name != cells[0].name


@dataclass(frozen=True)
class Member:
    """One of a submission's students. `id` is the institution's id; `lms` contains the LMS's ids for them.

    The keys of `lms` are `canvas_user`, `canvas_anonymous`, `moodle_participant` and `ilias_user`; the values
    are text.
    """

    name: str
    id: str = ""
    email: str = ""
    lms: dict[str, str] = field(default_factory=dict)


def shown(member: Member) -> str:
    """Return a student as staff read it: `Ada Lovelace (s1)`."""
    key = next((text for text in (member.id, member.email, *member.lms.values()) if text), "")
    return f"{member.name} ({key})" if key and member.name else member.name or key


@dataclass(frozen=True)
class SubmissionInfo:
    """Whose work it is, when it was submitted and what was graded, as results record it.

    `student` is the name to show; `id` is used in file names and commands. Both come from the file's location
    (a name in the LMS), never from its contents. `members` are the students, several for a group. `lms`
    contains the LMS's ids of the submission. `submitted` is an ISO time with its offset, or None if the
    download does not give it; `late` is the LMS's late mark, or None; `extended` is the ISO time until which
    the LMS extended the due date, or None; `attempt` numbers the attempts.
    `candidates` maps the files of which only staff can say which counts to their SHA-256; usually empty.
    `doubts` says what a person should look at in how it was handed in: a draft, a time that cannot be read.
    """

    id: str
    student: str
    source: str
    sha256: str
    members: tuple[Member, ...] = field(default=(), kw_only=True)
    lms: dict[str, str] = field(default_factory=dict, kw_only=True)
    submitted: str | None = field(default=None, kw_only=True)
    late: bool | None = field(default=None, kw_only=True)
    extended: str | None = field(default=None, kw_only=True)
    attempt: int | None = field(default=None, kw_only=True)
    candidates: dict[str, str] = field(default_factory=dict, kw_only=True)
    doubts: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Submission(SubmissionInfo):
    """A submission ready to be graded. Without cells, `rejected` or `waiting` says why it cannot be.

    It is waiting if it has several `candidates` and staff have not chosen one.
    """

    cells: tuple[Cell, ...] = ()
    notes: tuple[str, ...] = ()
    rejected: str | None = None
    waiting: str | None = None

    @property
    def is_notebook(self) -> bool:
        """Whether it is a notebook, not a script."""
        return any(cell.name.startswith(CELL) for cell in self.cells)


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
