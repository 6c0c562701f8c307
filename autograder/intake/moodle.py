"""Moodle downloads: `<full name>_<number>_assignsubmission_file/<path>`, or `_<file>` if folders are off."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from autograder.intake.archive import File
from autograder.intake.download import ALONE, Download, Handin, place, renamed
from autograder.intake.names import safe_id
from autograder.records.assignment import Assignment
from autograder.records.origin import Refused
from autograder.records.submission import Member, SubmissionInfo

NAME = re.compile(
    r"(?P<name>[^/]+?)_(?P<number>\d+)_assignsubmission_(?P<plugin>file|onlinetext)(?:_?/|_(?=[^/]))(?P<file>.+)"
)
Named = tuple[re.Match[str], File]


def read(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each Moodle participant or group handed in."""
    download, by_number = Download("moodle"), defaultdict(list)
    for file in files:
        if match := NAME.fullmatch(file.name):
            by_number[match["number"]].append((match, file))
        else:
            download.unmatched.append(Refused(file.name, ALONE.format("Moodle")))
    download.handins = [_of_moodle(number, named) for number, named in by_number.items()]
    return download


def _of_moodle(number: str, named: list[Named]) -> Handin:
    uploads = [pair for pair in named if pair[0]["plugin"] == "file"] or named
    files = tuple(renamed(file, match["file"]) for match, file in uploads)
    name = named[0][0]["name"].replace("_", " ")
    who = SubmissionInfo(
        id=safe_id(name, number),
        student=name,
        source=place(files),
        sha256="",
        members=(Member(name, lms={"moodle_participant": number}),),
    )
    return Handin(who, files, (max(file.modified for file in files),))
