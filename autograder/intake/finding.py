"""Finds the submissions in files, folders, zips and downloads, and reports files that match no student.

A plain folder of folders, files or zips is a batch: each entry is a submission, and its name gives the id
and the student. A problem with one submission is recorded as its `rejected`; the others are unaffected.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from autograder.errors import UsageError
from autograder.intake import archive, lms, roster, work
from autograder.intake.archive import SOURCES, composed, writable
from autograder.intake.download import Download, Handin
from autograder.intake.names import safe_id
from autograder.intake.notebook import decode
from autograder.records.assignment import Assignment
from autograder.records.origin import Kind, Refused, Source
from autograder.records.submission import Member, Submission, SubmissionInfo, digest

INSIDE = re.compile(r"(?:[^/]+\.zip/.+|[^/]+)$", re.IGNORECASE)
HANDED_IN = (*SOURCES, ".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".pdf", ".docx", ".html")


@dataclass(frozen=True)
class Intake:
    """The submissions, sorted by id, the paths they came from, and the students on the roster."""

    submissions: tuple[Submission, ...]
    sources: tuple[Source, ...]
    students: tuple[Member, ...] = ()


def find(paths: Iterable[Path], assignment: Assignment, besides: Path | None = None) -> list[Submission]:
    """Return the submissions at `paths`, read as plain files and folders, sorted by id; skip `besides`.

    Raises UsageError when a path does not exist, or when nothing was handed in.
    """
    return list(collect(paths, assignment, besides, "plain").submissions)


def collect(
    paths: Iterable[Path],
    assignment: Assignment,
    besides: Path | None = None,
    kind: Kind = "auto",
    roster_at: Path | None = None,
) -> Intake:
    """Return the submissions at `paths`, all of the same kind; see collect_each."""
    return collect_each([(path, kind) for path in paths], assignment, besides, roster_at)


def collect_each(
    sources: Sequence[tuple[Path, Kind]],
    assignment: Assignment,
    besides: Path | None = None,
    roster_at: Path | None = None,
) -> Intake:
    """Return the submissions at each path, read as a download of its kind; "auto" decides by file names.

    Raises UsageError when a path does not exist or is not of its kind, or when nothing was handed in.
    """
    students = roster.load(roster_at) if roster_at else None
    skipped = [path.resolve() for path in (besides, roster_at) if path is not None]
    paths = [path for path, _ in sources]
    with ExitStack() as stack:  # a zip stays open until its files are read
        downloads = [_look(path, assignment, skipped, kind, stack) for path, kind in sources]
        handins = _newest(handin for download in downloads for handin in download.handins)
        if not handins:
            raise UsageError(_nothing(paths))
        submissions = [work.read(h.files, assignment, h.who, h.notes) for _, h in sorted(handins.items())]
    seen = tuple(
        Source(str(path), kind, tuple(d.unmatched), d.seen, len(d.handins))
        for (path, kind), d in zip(sources, downloads, strict=True)
    )
    if students is None:
        return Intake(tuple(submissions), seen)
    members = tuple(entry.member for entry in students.entries)
    return Intake(roster.join(submissions, students, assignment.late), seen, members)


def reopen(info: SubmissionInfo, assignment: Assignment) -> tuple[str, str]:
    """Return the name and the text of exactly the file that was graded.

    Raises OSError or RejectedError when it can no longer be read, UsageError when it has changed.
    """
    with archive.found_at(info.source) as files:
        name, data = work.chosen(files, assignment)
    if digest(data) != info.sha256:
        raise UsageError(
            f"{info.source}: expected the file that was graded, got a changed one; grade it again"
        )
    return PurePosixPath(name).name, decode(name, data)


def _nothing(paths: Sequence[Path]) -> str:
    where = ", ".join(map(str, paths))
    return f"no submissions in {where}: expected .py, .ipynb or .zip files, or folders of them"


def _not_there(path: Path) -> str:
    siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, siblings, 1)
    hint = f"; did you mean {path.parent / near[0]}?" if near else ""
    return f"{path}: no such file or folder{hint}"


def _look(
    path: Path, assignment: Assignment, skipped: Sequence[Path], kind: Kind, stack: ExitStack
) -> Download:
    """Return what was handed in at one path, read as `kind`, or as its file names suggest."""
    if not path.exists():
        raise UsageError(_not_there(path))
    download = None
    if kind != "plain" and path.is_file():
        download = _look_at_file(path, assignment, skipped, kind, stack)
    elif kind != "plain":
        download = _look_inside(path, assignment, skipped, kind, stack)
    return download or _plain(path, assignment, skipped)


def _look_at_file(
    path: Path, assignment: Assignment, skipped: Sequence[Path], kind: Kind, stack: ExitStack
) -> Download | None:
    """Return what a zip contains, or one student's file with the name that an LMS gave it, or None."""
    alone, zipped = [archive.single(path)], path.suffix.lower() == ".zip"
    named = lms.recognise(alone) if kind == "auto" else None if zipped else kind
    inside = None
    try:
        inside = _look_inside(path, assignment, skipped, kind, stack) if zipped else None
    except UsageError:
        if not named:
            raise
    if named and inside:
        raise UsageError(
            f"{path}: expected a download or one student's work, got names that fit both; "
            f"if it is a download, add --from {inside.seen.split()[-1]}, otherwise unpack it"
        )
    return inside or (lms.read(named, alone, assignment) if named else None)


def _look_inside(
    path: Path, assignment: Assignment, skipped: Sequence[Path], kind: Kind, stack: ExitStack
) -> Download | None:
    """Return what a folder or zip contains if it is a download, otherwise None."""
    files, refused = stack.enter_context(archive.opened(path))
    kept = [file for file in files if not any(_below(path, file.name, other) for other in skipped)]
    course = kind == "auto" and path.is_dir() and path.absolute().name == "submitted"
    seen = "nbgrader" if course else lms.recognise(kept) if kind == "auto" else kind
    if seen is None:
        return None
    download = lms.read(seen, kept, assignment)
    download.unmatched += refused
    return replace(download, seen=f"a download from {download.seen}")


def _below(path: Path, name: str, other: Path) -> bool:
    """Whether the file `name` below `path` is `other` or is inside it."""
    if not other.is_relative_to(path.resolve()):
        return False
    inside = composed(other.relative_to(path.resolve()).as_posix())
    return name == inside or name.startswith(f"{inside}/")


def _plain(path: Path, assignment: Assignment, skipped: Sequence[Path]) -> Download:
    """Return the work at or in a plain path: each file, zip or folder is one submission, named after it."""
    if path.is_file() or any((path / name).is_file() for name in assignment.files):
        return Download("one piece of work", [_alone(path)])
    download = Download("files and folders")
    for entry in sorted(path.iterdir()):
        if entry.name.startswith((".", "__")) or entry.resolve() in skipped:
            continue
        if entry.is_symlink():
            download.unmatched.append(Refused(writable(entry.name), "a link; links are not followed"))
        elif entry.is_dir() or entry.suffix.lower() in HANDED_IN:
            download.handins.append(_alone(entry))
        else:
            why = f"expected one of {', '.join(HANDED_IN)}"
            download.unmatched.append(Refused(writable(entry.name), why))
    return download


def _alone(entry: Path) -> Handin:
    student = composed(entry.absolute().name if entry.is_dir() else entry.stem)
    files = archive.in_folder(entry) if entry.is_dir() else [archive.single(entry)]
    who = SubmissionInfo(safe_id(student), student, writable(str(entry)), "", members=(Member(student),))
    return Handin(who, tuple(files))


def _newest(handins: Iterable[Handin]) -> dict[str, Handin]:
    """Return the hand-ins that count, by id: for one student in two downloads the newer, on a tie the later.

    Plain files that share a name belong to different students; the second gets a numbered id.
    """
    by_id: dict[str, Handin] = {}
    for handin in handins:
        name = handin.who.id
        before = by_id.get(name)
        if before is not None and before.order and handin.order:
            newer, older = (handin, before) if handin.order >= before.order else (before, handin)
            note = f"handed in more than once: the newest was graded; older: {_shown(older.who.source)}"
            by_id[name] = replace(newer, notes=(*newer.notes, note))
            continue
        name = _free_id(name, by_id)
        by_id[name] = replace(handin, who=replace(handin.who, id=name))
    return by_id


def _shown(source: str) -> str:
    """Return where a file was in its download, for its student: the folders of staff are left out."""
    match = INSIDE.search(source)
    return match[0] if match else source


def _free_id(name: str, taken: Iterable[str]) -> str:
    folded = {other.casefold() for other in taken}  # some file systems treat ada and Ada as one name
    numbers = (f"{name}-{n}" for n in range(2, len(folded) + 3))
    return name if name.casefold() not in folded else next(n for n in numbers if n.casefold() not in folded)
