"""Classes as a folder or a file for each student: GitHub Classroom's, ILIAS's, or zipped by hand.

Nothing in such names tells a class from the folders of one student, so staff must say that it is one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from autograder.errors import UsageError
from autograder.intake import naming
from autograder.intake.archive import File
from autograder.intake.download import Download, Handin, place, renamed
from autograder.intake.names import safe_id
from autograder.records.assignment import Assignment
from autograder.records.origin import Refused
from autograder.records.submission import Member, SubmissionInfo

CLASSROOM = re.compile(
    r"(?P<root>[^/]+-(?:\d\d-\d\d-\d{4}|\d{4}-\d\d-\d\d)|(?P<task>[^/]+)-submissions)/(?P<user>[^/]+)/(?P<file>.+)"
)
ILIAS = re.compile(r"(?P<root>[^/]+_\d+/[^/]+)/(?P<user>[^/]+)_(?P<number>\d+)/(?P<file>.+)")
FULL = re.compile(r"(?P<last>[^_]+)_(?P<first>[^_]+)_(?P<login>.+)")  # `_` may stand for a letter, too
VERSION = re.compile(r"Version \d+")  # how Teams names a student's attempts
FEW = 3  # names in a message


def of_one_kind(files: Sequence[File], pattern: re.Pattern[str]) -> bool:
    """Whether all work in `files` is below one root that fits `pattern`, from at least two students."""
    students = _students(files, pattern)
    return len(students) > 1 and (pattern is CLASSROOM or any(map(FULL.fullmatch, students.values())))


def _students(files: Iterable[File], pattern: re.Pattern[str]) -> dict[str, str]:
    """Return the students' folders, and what these call them, if all work is in some, below one root."""
    matches = [pattern.fullmatch(file.name) for file in files if _is_work(file)]
    found = [match for match in matches if match]
    if len(found) < len(matches) or len({match["root"] for match in found}) != 1:
        return {}
    return {match[0][: match.start("file")]: match["user"] for match in found}


def read_folders(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each student of a class handed in, who has a folder or a file of that name.

    Raises UsageError for the work of a single student: nothing tells which of its folders is the student's.
    """
    download, root = Download("folders"), _root_of_class(files, assignment)
    groups: dict[str, list[File]] = defaultdict(list)
    for file in files:
        if file.parts[: len(root)] == root and (len(file.parts) > len(root) + 1 or _is_work(file)):
            groups[file.parts[len(root)]].append(file)
        else:
            download.unmatched.append(Refused(file.name, "it is in no student's folder"))
    for head, group in groups.items():
        folder = len(group[0].parts) > len(root) + 1
        student = head if folder else naming.stem(head)
        cut = len("/".join((*root, head))) + 1 if folder else len("/".join((*root, "")))
        download.handins.append(_handin(Member(student), group, cut))
    return download


def read_classroom(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each student of a GitHub Classroom handed in; the folders have their GitHub names."""
    return _read("classroom", CLASSROOM, files)


def read_ilias(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each student of an ILIAS exercise handed in; the folders have their names and logins."""
    return _read("ilias", ILIAS, files)


def _read(kind: str, pattern: re.Pattern[str], files: Sequence[File]) -> Download:
    download, groups = Download(kind), defaultdict(list)
    for file in files:
        if match := pattern.fullmatch(file.name):
            groups[match[0][: match.start("file")]].append((match, file))
        else:
            download.unmatched.append(Refused(file.name, "it is in no student's folder"))
    for head, named in groups.items():
        who = _github(named[0][0]) if kind == "classroom" else _ilias(named[0][0])
        handin = _handin(who, [file for _, file in named], len(head))
        person = " ".join([*who.lms, *who.lms.values()]) or handin.person
        order = (max(file.modified for file in handin.files),)
        hidden = handin.person if person != handin.person else ""
        download.handins.append(replace(handin, person=person, order=order, hidden=hidden))
    return download


def _github(match: re.Match[str]) -> Member:
    user = match["user"]
    return Member(user.removeprefix(f"{match['task']}-") if match["task"] else user)


def _ilias(match: re.Match[str]) -> Member:
    """Return a student by name and login; by the whole folder's name if that can be read in several ways."""
    full, lms = FULL.fullmatch(match["user"]), {"ilias_user": match["number"]}
    if full is None or "_" in full["login"]:
        return Member(match[0][match.start("user") : match.start("file") - 1], lms=lms)
    return Member(f"{full['first']} {full['last']}", full["login"], lms=lms)


def _handin(member: Member, group: Sequence[File], cut: int) -> Handin:
    """Return what a student handed in; the first `cut` characters of each file's name are not theirs."""
    files = tuple(renamed(file, file.name[cut:]) for file in group)
    who = SubmissionInfo(
        id=safe_id(member.name, member.id) if member.id else safe_id(member.name),
        student=member.name,
        source=place(files),
        sha256="",
        members=(member,),
    )
    return Handin(who, files, f"folders {member.name} {member.id}".strip())


def refuse_only(path: Path, files: Iterable[File]) -> None:
    """Raise UsageError if `files`, found at `path`, may be a download with the work of a single student."""
    kept = [file for file in files if not file.noise]
    for kind, pattern in (("classroom", CLASSROOM), ("ilias", ILIAS)):
        if students := _students(kept, pattern):
            raise UsageError(
                f"{path}: expected one student's work or a download, got names that fit both "
                f"({min(students)}…); if it is a download, add --from {kind}; if a student packed it, add "
                "--from plain"
            )


def refuse(path: Path, files: Iterable[File], assignment: Assignment) -> None:
    """Raise UsageError if `files`, found at `path`, may be a class instead of one student's work."""
    kept = [file for file in files if not file.noise]
    root = _root(kept)
    work = [file for file in kept if _is_work(file)]
    heads = sorted({file.parts[len(root)] for file in work})
    named = any(naming.asked(head, assignment) for head in heads)
    if len(heads) > 1 and not named:
        some = f"{', '.join(heads[:FEW])}{' …' if len(heads) > FEW else ''}"
        raise UsageError(
            f"{path}: expected one student's work or a download, got work in {len(heads)} places ({some}); "
            "if each is a student's, add --from folders; if all are one student's, add --from plain"
        )


def _is_work(file: File) -> bool:
    return naming.is_source(file.name) or file.name.lower().endswith(".zip")


def _root_of_class(files: Sequence[File], assignment: Assignment) -> tuple[str, ...]:
    """Return the folder whose entries are the students'. Raises UsageError if it may have only one."""
    if not files:
        return ()
    for root in (_root(files), _common(files)):
        heads = {file.parts[len(root)] for file in files if file.parts[: len(root)] == root}
        students = {head for head in heads if not (VERSION.fullmatch(head) or naming.asked(head, assignment))}
        if len(students) > 1:
            return root
    where = "/".join(_root(files)) or min(heads)
    raise UsageError(
        f"expected folders or files of at least two students, got all work in {where}, whose student no name "
        "tells for sure; unpack it and give that student's own folder or file: --from plain"
    )


def _root(files: Iterable[File]) -> tuple[str, ...]:
    """Return the folders that contain all work among `files`."""
    return _common(file for file in files if _is_work(file))


def _common(files: Iterable[File]) -> tuple[str, ...]:
    """Return the folders that contain all `files`."""
    paths = [file.parts[:-1] for file in files]
    root = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        root.append(parts[0])
    return tuple(root)
