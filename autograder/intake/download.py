"""The contents of a download from any LMS: which student handed in which files, and what matches no one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from autograder.intake.archive import File
from autograder.records.origin import Refused
from autograder.records.submission import SubmissionInfo

ALONE = "its name is not one that {} gives, so it matches no student"


@dataclass(frozen=True)
class Handin:
    """What one student or group handed in. If there are several, the one with the greatest `order` counts.

    `person` is what the LMS calls the student or group, in full: whose ids the file names share is no matter.
    `hidden` is what it called them while it hid their names, if it may have.
    `each` contains what the download says about single files, by their names in `files`.
    """

    who: SubmissionInfo
    files: tuple[File, ...]
    person: str
    order: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()
    hidden: str = ""
    each: dict[str, SubmissionInfo] = field(default_factory=dict)


@dataclass
class Download:
    """The hand-ins in one download, a description of it (`seen`), and the files that match no student."""

    seen: str
    handins: list[Handin] = field(default_factory=list)
    unmatched: list[Refused] = field(default_factory=list)


def renamed(file: File, name: str) -> File:
    """Return `file` with the name that its student gave it."""
    return replace(file, name=name)


def place(files: Sequence[File]) -> str:
    """Return where a submission of these files is stored: the file, or the folder that contains them."""
    if len(files) == 1:
        return files[0].source
    return files[0].source.removesuffix(files[0].name).rstrip("/") or files[0].source
