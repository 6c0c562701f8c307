"""Classes as a folder or a file for each student: GitHub Classroom's, ILIAS's, or zipped by hand.

Nothing in such names tells a class from the folders of one student, so staff must say that it is one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
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
ILIAS = re.compile(
    r"(?P<root>[^/]+_\d+/[^/]+)/(?P<last>[^/_]+)_(?P<first>[^/_]+)_(?P<login>[^/]+)_(?P<number>\d+)/(?P<file>.+)"
)
FEW = 3  # names in a message


def of_one_kind(files: Sequence[File], pattern: re.Pattern[str]) -> bool:
    """Whether all work in `files` is below one root that fits `pattern`, from at least two students."""
    matches = [pattern.fullmatch(file.name) for file in files if _is_work(file)]
    roots = {match["root"] for match in matches if match}
    return all(matches) and len(roots) == 1 and len({m[0][: m.start("file")] for m in matches if m}) > 1


def read_folders(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each student of a class handed in, who has a folder or a file of that name."""
    download, root = Download("folders"), _root(files)
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
        download.handins.append(_handin(who, [file for _, file in named], len(head)))
    return download


def _github(match: re.Match[str]) -> Member:
    user = match["user"]
    return Member(user.removeprefix(f"{match['task']}-") if match["task"] else user)


def _ilias(match: re.Match[str]) -> Member:
    """Return a student by name and login; by the whole folder's name if an underscore in one is unclear."""
    if "_" in match["login"]:
        return Member(match[0][match.start("last") : match.start("file") - 1])
    return Member(f"{match['first']} {match['last']}", match["login"])


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


def _root(files: Iterable[File]) -> tuple[str, ...]:
    """Return the folders that contain all work among `files`."""
    paths = [file.parts[:-1] for file in files if _is_work(file)]
    if not paths:
        return ()
    root = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        root.append(parts[0])
    return tuple(root)
