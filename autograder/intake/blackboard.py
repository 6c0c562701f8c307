"""Blackboard downloads: one folder of `<assignment>_<username>_attempt_<time>_<file>`, with a .txt each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress

from autograder.errors import RejectedError
from autograder.intake.archive import File
from autograder.intake.download import ALONE, Download, Handin, renamed
from autograder.intake.names import safe_id
from autograder.records.assignment import Assignment
from autograder.records.origin import Refused
from autograder.records.submission import Member, SubmissionInfo

NAME = re.compile(
    r"(?P<head>[^/]+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>[^/]+)|(?P<told>\.txt))", re.DOTALL
)
PERSON = re.compile(r"Name:\s*(?P<name>.*\S)\s*\((?P<user>[^()]+)\)\s*")  # the first line of the .txt
Named = tuple[re.Match[str], File]


def read(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each student handed in; of several attempts of a student, the newest."""
    download, by_head = Download("blackboard"), defaultdict(list)
    for file in files:
        if match := NAME.fullmatch(file.name):
            by_head[match["head"]].append((match, file))
        else:
            download.unmatched.append(Refused(file.name, ALONE.format("Blackboard")))
    for head, named in by_head.items():
        uploads = [pair for pair in named if not pair[0]["told"]]
        name, user = _person(head, [file for match, file in named if match["told"]])
        if uploads:
            download.handins.append(_of_student(name, user, uploads))
        else:
            download.unmatched.append(Refused(named[0][1].name, "this attempt has no file"))
    return download


def _person(head: str, told: Iterable[File]) -> tuple[str, str]:
    """Return a student's name and username, which Blackboard's own .txt tells if it fits the file's name.

    Without it, the username is what follows the last underscore.
    """
    for file in told:
        with suppress(RejectedError):
            first = file.read().decode("utf-8-sig", "replace").partition("\n")[0]
            if (match := PERSON.fullmatch(first)) and head.endswith(f"_{match['user']}"):
                return match["name"], match["user"]
    user = head.rpartition("_")[2]
    return user, user


def _of_student(name: str, user: str, uploads: list[Named]) -> Handin:
    times = sorted({match["time"] for match, _ in uploads})
    files, each = [], {}
    for match, file in uploads:
        if match["time"] == times[-1]:
            files.append(renamed(file, match["file"]))
            each[match["file"]] = SubmissionInfo(
                id=safe_id(user), student=name, source=file.source, sha256="", members=(Member(name, user),)
            )
    older = ", ".join(file.name for match, file in uploads if match["time"] != times[-1])
    notes = (f"the newest of several attempts was graded; older: {older}",) if older else ()
    order = (float(times[-1].replace("-", "")),)
    return Handin(each[files[-1].name], tuple(files), order, notes, each)
