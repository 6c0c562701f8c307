"""Brightspace downloads: a folder `<number>-<number> - <full name> - <time>` for each hand-in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from autograder.intake.archive import File
from autograder.intake.download import ALONE, Download, Handin, place, renamed
from autograder.intake.names import safe_id
from autograder.records.assignment import Assignment
from autograder.records.origin import Refused
from autograder.records.submission import Member, SubmissionInfo

NAME = re.compile(
    r"(?P<numbers>\d+-\d+) - (?P<name>[^/]+) - (?P<when>[^/]*\b\d{4}\b[^/]*)/(?P<file>.+)", re.DOTALL
)
TIMES = ("%b %d, %Y %I%M %p", "%B %d, %Y %I%M %p", "%d %B, %Y %I%M %p", "%d %b, %Y %I%M %p")
OWN = "index.html"  # Brightspace's own list of the hand-ins
Named = tuple[re.Match[str], File]


def read(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each student handed in; of several hand-ins of a student, the newest."""
    download, by_student = Download("brightspace"), defaultdict(list)
    for file in files:
        if match := NAME.fullmatch(file.name):
            by_student[match["numbers"], match["name"]].append((match, file))
        elif file.name != OWN:
            download.unmatched.append(Refused(file.name, ALONE.format("Brightspace")))
    download.handins = [_of_student(*key, named) for key, named in by_student.items()]
    return download


def _of_student(numbers: str, name: str, named: list[Named]) -> Handin:
    times = sorted({match["when"] for match, _ in named}, key=_time)
    known = all(_time(text) for text in times)
    newest = times[-1:] if known else times
    files = [renamed(f, _name(m, alone=len(newest) == 1)) for m, f in named if m["when"] in newest]
    who = SubmissionInfo(
        id=safe_id(name, numbers), student=name, source=place(files), sha256="", members=(Member(name),)
    )
    older = ", ".join(times[:-1]) if known else ""
    notes = (f"the newest of several hand-ins was graded; older: {older}",) if older else ()
    return Handin(
        who, tuple(files), f"brightspace {numbers} {name}", (_time(times[-1]),) if known else (), notes
    )


def _name(match: re.Match[str], alone: bool) -> str:
    """Return the student's name of a file; with the hand-in's folder before it if there are several."""
    return match["file"] if alone else match[0]


def _time(text: str) -> float:
    """Return a time that orders the hand-ins of one student, or 0 if it cannot be read."""
    for form in TIMES:
        with suppress(ValueError):
            return datetime.strptime(text, form).timestamp()
    return 0.0
