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
    told = {head: _told(head, named) for head, named in by_head.items()}
    titles = {head.removesuffix(f"_{who.id}") for head, who in told.items() if who and who.id}
    for head, named in by_head.items():
        uploads = [pair for pair in named if not pair[0]["told"]]
        if uploads:
            download.handins.append(_of_student(head, told[head] or _person(head, titles), uploads))
        else:
            download.unmatched.append(Refused(named[0][1].name, "this attempt has no file"))
    return download


def _told(head: str, named: Iterable[Named]) -> Member | None:
    """Return the student whom Blackboard's own .txt tells, if it fits the file's name, or None.

    Only the first two lines are Blackboard's: a student's comment may follow.
    """
    for match, file in named:
        with suppress(RejectedError):
            text = file.read().decode("utf-8-sig", "replace") if match["told"] else ""
            first, second, *_ = [line.strip() for line in f"{text}\n\n".splitlines()]
            person, title = PERSON.fullmatch(first), second.removeprefix("Assignment:").strip()
            if person and head.endswith(f"_{person['user']}"):
                return Member(person["name"], person["user"])
            if title and head.startswith(f"{title}_"):
                user = head.removeprefix(f"{title}_")
                return Member(user, user)
    return None


def _person(head: str, titles: Iterable[str]) -> Member:
    """Return the student after one of the assignment's `titles`, or one called by the whole `head`.

    Titles and usernames may both contain underscores, so the name alone does not tell them apart.
    """
    users = {head.removeprefix(f"{title}_") for title in titles if head.startswith(f"{title}_")}
    return Member(user, user) if len(users) == 1 and (user := users.pop()) else Member(head)


def _of_student(head: str, who: Member, uploads: list[Named]) -> Handin:
    times = sorted({match["time"] for match, _ in uploads})
    files, each = [], {}
    for match, file in uploads:
        if match["time"] == times[-1]:
            files.append(renamed(file, match["file"]))
            each[match["file"]] = SubmissionInfo(
                id=safe_id(who.id or head), student=who.name, source=file.source, sha256="", members=(who,)
            )
    older = ", ".join(file.name for match, file in uploads if match["time"] != times[-1])
    notes = (f"the newest of several attempts was graded; older: {older}",) if older else ()
    order = (float(times[-1].replace("-", "")),)
    last, before = each[files[-1].name], f"blackboard {who.id}" if who.id else ""  # a .txt may come later
    return Handin(last, tuple(files), f"blackboard {head}", order, notes, before, each)
