"""Teams' downloads: `<student>/<assignment>/Version <n>/<file>`, perhaps below one folder.

Teams makes a version each time a student turns work in; the one with the greatest number was turned in last.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from autograder.errors import UsageError
from autograder.intake.archive import File
from autograder.intake.download import ALONE, Download, Handin, place, renamed
from autograder.intake.names import safe_id
from autograder.records.assignment import Assignment
from autograder.records.origin import Refused
from autograder.records.submission import Member, SubmissionInfo

NAME = re.compile(
    r"(?:(?P<top>[^/]+)/)??(?P<user>[^/]+)/(?P<task>[^/]+)/(?P<version>Version (?P<number>\d+))/(?P<file>.+)"
)
Named = tuple[re.Match[str], File]


def is_download(files: Sequence[File]) -> bool:
    """Whether all `files` have this form and are work for one assignment, of at least two students."""
    matches = [NAME.fullmatch(file.name) for file in files]
    found = [match for match in matches if match]
    one = len({(match["top"], match["task"]) for match in found}) == 1
    return all(matches) and one and len({match["user"] for match in found}) > 1


def read(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each student turned in last. Raises UsageError for work of one student for two tasks."""
    download, by_student = Download("teams"), defaultdict(list)
    for file in files:
        if match := NAME.fullmatch(file.name):
            by_student[match["top"], match["user"]].append((match, file))
        else:
            download.unmatched.append(Refused(file.name, ALONE.format("Teams")))
    for (_, user), named in by_student.items():
        if len(tasks := sorted({match["task"] for match, _ in named})) > 1:
            raise UsageError(
                f"{user}: expected work for one assignment, got {', '.join(tasks)}; keep the folders of the "
                "assignment that you grade"
            )
        download.handins.append(_of_student(user, named))
    return download


def _of_student(user: str, named: Sequence[Named]) -> Handin:
    versions = {int(match["number"]): match["version"] for match, _ in named}
    newest, *older = sorted(versions, reverse=True)
    files = tuple(renamed(f, match["file"]) for match, f in named if int(match["number"]) == newest)
    who = SubmissionInfo(safe_id(user), user, place(files), "", members=(Member(user),))
    before = ", ".join(versions[number] for number in sorted(older))
    notes = (f"{versions[newest]} was graded, which was turned in last; older: {before}",) if older else ()
    return Handin(who, files, f"teams {user}", (newest,), notes)
