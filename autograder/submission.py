"""A submission as a record: who handed in which cells of source, and what intake noticed about them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One piece of source: its name as the student knows it, its text, and the line that it begins at."""

    name: str
    source: str
    first_line: int = 1


@dataclass(frozen=True)
class Submission:
    """One student's work, ready to be graded.

    `student` and `id` come from where the file lay (a name in the LMS), never from what is in it.
    `rejected` says why nothing in it can be graded; then there are no cells.
    """

    id: str
    student: str
    source: str
    sha256: str
    cells: tuple[Cell, ...] = ()
    notes: tuple[str, ...] = ()
    rejected: str | None = None


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
