"""Moodle downloads: `<full name>_<number>_assignsubmission_file/<path>`, or `_<file>` if folders are off."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from autograder.intake.archive import File
from autograder.intake.download import ALONE, Download, Handin, place, renamed
from autograder.intake.names import safe_id
from autograder.intake.worksheet import is_blind
from autograder.records.assignment import Assignment
from autograder.records.origin import Refused
from autograder.records.submission import Member, SubmissionInfo

NAME = re.compile(  # students who are in no group, or in several, share a group that has no number
    r"(?P<name>[^/]+?)(?:_(?P<number>\d+))?_assignsubmission_(?P<plugin>file|onlinetext)"
    r"(?:_?/|_(?=[^/]))(?P<file>.+)"
)
DEFAULT_GROUP = "moodle_default_group"  # in what the LMS calls a submission: it has no number
Named = tuple[re.Match[str], File]


def read(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each Moodle participant or group handed in."""
    download, by_owner = Download("moodle"), defaultdict(list)
    for file in files:
        if match := NAME.fullmatch(file.name):
            by_owner[match["name"], match["number"] or ""].append((match, file))
        else:
            download.unmatched.append(Refused(file.name, ALONE.format("Moodle")))
    download.handins = [_of_moodle(name, number, named) for (name, number), named in by_owner.items()]
    return download


def _of_moodle(name: str, number: str, named: list[Named]) -> Handin:
    uploads = [pair for pair in named if pair[0]["plugin"] == "file"] or named
    files = tuple(renamed(file, match["file"]) for match, file in uploads)
    name = name.replace("_", " ")
    who = SubmissionInfo(
        id=safe_id(name, number) if number else safe_id(name),
        student=f"{name} {number}" if is_blind(name) else name,
        source=place(files),
        sha256="",
        members=(Member(name, lms={"moodle_participant": number} if number else {}),),
        lms={} if number else {DEFAULT_GROUP: name},
    )
    hidden = f"moodle participant {number}" if number else ""
    person = hidden if hidden and is_blind(name) else f"moodle {number} {name}"
    order = (max(file.modified for file in files),)
    return Handin(who, files, person, order, hidden=hidden if person != hidden else "")
