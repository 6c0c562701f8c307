"""Finds the submissions in files, folders, zips and downloads, and reports files that match no student.

A plain folder of folders, files or zips is a batch: each entry is a submission, and its name gives the id
and the student. A problem with one submission is recorded as its `rejected`; the others are unaffected.
"""

from __future__ import annotations

import difflib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from autograder.errors import UsageError
from autograder.intake import archive, classes, ids, lms, matching, naming, roster, work
from autograder.intake.archive import composed, writable
from autograder.intake.download import Download, Handin
from autograder.intake.names import safe_id
from autograder.intake.naming import SOURCES
from autograder.intake.notebook import decode
from autograder.intake.roster import Roster
from autograder.records import choices
from autograder.records.assignment import Assignment
from autograder.records.choices import Choice
from autograder.records.origin import Doubt, Kind, Refused, Source, Stamp
from autograder.records.submission import Member, Submission, SubmissionInfo

HANDED_IN = (*SOURCES, ".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".pdf", ".docx", ".html")


@dataclass(frozen=True)
class Intake:
    """The submissions, sorted by id, the paths they came from, and the students on the roster.

    `ids` maps what an LMS calls each person to the id of their work; `doubts` are for staff to settle.
    `orders` gives the order in time of each submission, by id, where the download tells it.
    """

    submissions: tuple[Submission, ...]
    sources: tuple[Source, ...]
    students: tuple[Member, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    orders: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What earlier runs over the class found: `ids` (see Intake), and whom staff named with `same`, by id.

    `stamps` tell, by id, what staff decided between older and newer work.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    same: Mapping[str, Sequence[Member]] = field(default_factory=dict)
    stamps: Mapping[str, Stamp] = field(default_factory=dict)


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
    chosen: Sequence[Choice] = (),
    known: Known = Known(),
) -> Intake:
    """Return the submissions at `paths`, all of the same kind; see collect_each."""
    return collect_each([(path, kind) for path in paths], assignment, besides, roster_at, chosen, known)


def collect_each(
    sources: Sequence[tuple[Path, Kind]],
    assignment: Assignment,
    besides: Path | None = None,
    roster_at: Path | None = None,
    chosen: Sequence[Choice] = (),
    known: Known = Known(),
) -> Intake:
    """Return the submissions at each path, read as a download of its kind; "auto" decides by file names.

    `chosen` contains the choices of staff where a student handed in several files that could be meant.
    Raises UsageError when a path does not exist or is not of its kind, or when nothing was handed in.
    """
    students = roster.load(roster_at) if roster_at else None
    skipped = [path.resolve() for path in (besides, roster_at) if path is not None]
    paths = [path for path, _ in sources]
    with ExitStack() as stack:  # a zip stays open until its files are read
        look = _Looking(assignment, skipped, stack, students)
        downloads = [_look(path, kind, look) for path, kind in sources]
        found = (handin for download in downloads for handin in download.handins)
        handins, named = ids.newest(found, known.ids, known.stamps)
        if not handins:
            raise UsageError(_nothing(paths))
        submissions = [_read(handin, assignment, chosen) for _, handin in sorted(handins.items())]
    seen = tuple(
        Source(str(path), kind, tuple(d.unmatched), d.seen, len(d.handins))
        for (path, kind), d in zip(sources, downloads, strict=True)
    )
    orders = {name: handin.order for name, handin in handins.items() if handin.order}
    if students is None:
        return Intake(tuple(submissions), seen, (), named, orders=orders)
    members = tuple(entry.member for entry in students.entries)
    joined, doubts = matching.join(submissions, students, known.same, assignment.late)
    return Intake(joined, seen, members, named, doubts, orders)


def reopen(info: SubmissionInfo, assignment: Assignment) -> tuple[str, str]:
    """Return the name and the text of exactly the file that was graded.

    Raises OSError or RejectedError when it can no longer be read, UsageError when it has changed.
    """
    with archive.found_at(info.source) as files:
        name, data = work.graded(files, assignment, info.sha256, info.source)
    return PurePosixPath(naming.plain(name)).name, decode(name, data)


def _read(handin: Handin, assignment: Assignment, chosen: Sequence[Choice]) -> Submission:
    find = partial(choices.standing, chosen, handin.who.id)
    return work.read(handin.files, assignment, handin.who, handin.notes, find, handin.each)


def _nothing(paths: Sequence[Path]) -> str:
    where = ", ".join(map(str, paths))
    return f"no submissions in {where}: expected .py, .ipynb or .zip files, or folders of them"


def _not_there(path: Path) -> str:
    siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, siblings, 1)
    hint = f"; did you mean {path.parent / near[0]}?" if near else ""
    return f"{path}: no such file or folder{hint}"


@dataclass(frozen=True)
class _Looking:
    """What each path is read with: `stack` keeps zips open until their files are read."""

    assignment: Assignment
    skipped: Sequence[Path]
    stack: ExitStack
    students: Roster | None

    def read(self, kind: Kind, files: Sequence[archive.File]) -> Download:
        """Return what was handed in in `files`; see lms.read."""
        numbers = self.students.names_by("canvas_user") if self.students else {}
        return lms.read(kind, files, self.assignment, numbers)


def _look(path: Path, kind: Kind, look: _Looking) -> Download:
    """Return what was handed in at one path, read as `kind`, or as its file names suggest."""
    if not path.exists():
        raise UsageError(_not_there(path))
    download = None
    if kind != "plain" and path.is_file():
        download = _look_at_file(path, kind, look)
    elif kind != "plain":
        download = _look_inside(path, kind, look)
    if download is None:
        download = _plain(path, look.assignment, look.skipped)
        if kind == "auto" and len(download.handins) == 1:
            _refuse_class(path, download.handins[0], look.assignment)
    return download


def _refuse_class(path: Path, handin: Handin, assignment: Assignment) -> None:
    """Raise UsageError if the only hand-in at `path` may be a class."""
    place = Path(handin.who.source)
    if path.is_dir() or zipfile.is_zipfile(path):
        with archive.opened(path) as (files, _):
            classes.refuse_only(path, files)
    if place.is_dir() or zipfile.is_zipfile(place):
        with archive.opened(place) as (files, _):
            classes.refuse(path, files, assignment)


def _look_at_file(path: Path, kind: Kind, look: _Looking) -> Download | None:
    """Return what a zip contains, or one student's file with the name that an LMS gave it, or None."""
    alone, zipped = [archive.single(path)], path.suffix.lower() == ".zip"
    named = lms.recognise(alone) if kind == "auto" else None if zipped else kind
    inside = None
    try:
        inside = _look_inside(path, kind, look) if zipped else None
    except UsageError:
        if not named:
            raise
    if named and inside:
        raise UsageError(
            f"{path}: expected a download or one student's work, got names that fit both; "
            f"if it is a download, add --from {inside.seen.split()[-1]}, otherwise unpack it"
        )
    return inside or (look.read(named, alone) if named else None)


def _look_inside(path: Path, kind: Kind, look: _Looking) -> Download | None:
    """Return what a folder or zip contains if it is a download, otherwise None."""
    files, refused = look.stack.enter_context(archive.opened(path))
    kept = [file for file in files if not any(_below(path, file.name, other) for other in look.skipped)]
    course = kind == "auto" and path.is_dir() and path.absolute().name == "submitted"
    seen = "nbgrader" if course else lms.recognise(kept) if kind == "auto" else kind
    if seen is None:
        return None
    download = look.read(seen, kept)
    download.unmatched += refused
    what = "a class in" if seen == "folders" else "a download from"
    return replace(download, seen=f"{what} {download.seen}")


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
        elif entry.is_dir() or entry.suffix.lower() in HANDED_IN or naming.is_source(entry.name):
            download.handins.append(_alone(entry))
        else:
            why = f"expected one of {', '.join(HANDED_IN)}"
            download.unmatched.append(Refused(writable(entry.name), why))
    return download


def _alone(entry: Path) -> Handin:
    student = composed(entry.absolute().name if entry.is_dir() else naming.stem(entry.name))
    files = archive.in_folder(entry) if entry.is_dir() else [archive.single(entry)]
    who = SubmissionInfo(safe_id(student), student, writable(str(entry)), "", members=(Member(student),))
    return Handin(who, tuple(files), f"plain {student}")
