"""What a download holds, whatever LMS it is from: who handed in which files, and what is nobody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from autograder.intake.archive import File
from autograder.records.origin import Refused
from autograder.records.submission import SubmissionInfo

ALONE = "it has no name that {} gives: it belongs to nobody"


@dataclass(frozen=True)
class Handin:
    """What one student or group handed in. Of two by the same, the one with the greater `order` counts."""

    who: SubmissionInfo
    files: tuple[File, ...]
    order: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class Download:
    """What was found in one download, what it is in words, and what in it belongs to no student."""

    seen: str
    handins: list[Handin] = field(default_factory=list)
    unmatched: list[Refused] = field(default_factory=list)


def renamed(file: File, name: str) -> File:
    """Return `file` under the name that its student knows."""
    return replace(file, name=name)


def place(files: Sequence[File]) -> str:
    """Return where a submission of these files lies: the file, or the folder that holds them."""
    if len(files) == 1:
        return files[0].source
    return files[0].source.removesuffix(files[0].name).rstrip("/") or files[0].source
