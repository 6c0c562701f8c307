"""Reads one submission: unpacks what was handed in, has one file chosen, and reads it as cells of code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath

from autograder.errors import RejectedError, UsageError
from autograder.intake import archive, choosing, compare, helpers, naming
from autograder.intake.archive import MAX_ARCHIVE, MAX_MEMBERS, File
from autograder.intake.choosing import Find, Read
from autograder.intake.notebook import decode
from autograder.records.assignment import Assignment
from autograder.records.submission import Cell, Submission, SubmissionInfo, digest, is_helper

NO_CODE = "it contains no code; hand in the file that you worked in"
ALL_TAGGED = (
    "all its code is in cells tagged 'exploration', which are not graded; remove the tag from the cells with "
    "your answers, and hand it in again"
)
MAX_CELLS = 10_000
MAX_SENT = 4_000_000  # bytes of all code as JSON: the most that fits in one frame to the worker


def read(
    files: Sequence[File],
    assignment: Assignment,
    who: SubmissionInfo,
    notes: tuple[str, ...] = (),
    chosen: Find = lambda files: None,
    each: Mapping[str, SubmissionInfo] | None = None,
) -> Submission:
    """Return the submission that `who` handed in as `files`; its `rejected` says what is wrong with it.

    It waits if several files could be meant and `chosen` finds no choice of staff. `each` contains what the
    download says about single files; what it says about the file that counts replaces `who`.
    """
    known = {**vars(who), "sha256": digest(b"")}
    try:
        sources = _sources(files, assignment)
        handed = () if any(map(naming.is_source, sources)) else _handed_in(files)
        pick = choosing.pick(sources, assignment, chosen, handed)
        if pick.waiting:
            together = digest(json.dumps(pick.candidates, sort_keys=True).encode())
            waits = {"sha256": together, "candidates": pick.candidates, "notes": (*notes, *pick.notes)}
            return Submission(**{**known, **waits, "waiting": archive.writable(pick.waiting)})
        told = vars((each or {}).get(pick.name, who))
        known = {**told, "id": who.id, "sha256": digest(pick.data), "candidates": pick.candidates}
        cells, skipped = _cells(pick.name, pick.data, sources, assignment)
        used = [cell for cell in cells if is_helper(cell, cells)]
        known["sha256"] = helpers.identity(pick.data, used)
        skipped = (*_read_too(used), *skipped, *helpers.unread(pick.name, cells, _others(files)))
    except RejectedError as error:
        return Submission(**known, notes=notes, rejected=archive.writable(str(error)))
    return Submission(**known, cells=cells, notes=(*notes, *pick.notes, *skipped))


def graded(files: Sequence[File], assignment: Assignment, sha256: str, where: str) -> tuple[str, bytes]:
    """Return the name and the bytes of the file with this SHA-256 among `files`.

    Raises UsageError, which says `where`, if there is none, RejectedError if the files cannot be read.
    """
    sources = _sources(files, assignment)
    if not any(naming.is_source(name) for name in sources):
        raise RejectedError("expected a notebook or a script, got neither; hand in the file that was graded")
    for name, read in sources.items():
        with suppress(RejectedError):  # too large, so it was not graded
            if digest(data := read()) == sha256 or _identity(name, data, sources) == sha256:
                return name, data
    raise UsageError(f"{where}: expected the file that was graded, got a changed one; grade it again")


def _sources(files: Sequence[File], assignment: Assignment) -> dict[str, Read]:
    """Return the source files among `files`, and those in zips that lie in a folder beside theirs.

    A zip that lies with a source file, or below it, is opened only if no source file contains work.
    """
    if len(files) == 1:
        return _sources_of_one(files[0])
    if len(files) > MAX_MEMBERS:
        raise RejectedError(f"more than {MAX_MEMBERS} files; hand in only the notebook or script")
    kept = [file for file in files if not file.noise]
    sources = {file.name: file.read for file in kept if naming.is_source(file.name)}
    zips = [file for file in kept if file.name.lower().endswith(".zip")]
    if sources and not (zips and choosing.untouched(sources, assignment)):
        return {**sources, **_sources_of_siblings(zips, sources)}
    return {**sources, **_sources_of_zips(zips, apart=bool(sources) or len(zips) > 1)}


def _handed_in(files: Sequence[File]) -> list[str]:
    """Return the names of what was handed in, and of what is in its zips, for a message."""
    names = []
    for file in files:
        if not file.name.lower().endswith(".zip"):
            names.append(file.name)
            continue
        inside = archive.names_in_zip(file.read())
        names += [f"{file.name}/{name}" for name in inside] or [f"{file.name}, which is empty"]
    return names


def _sources_of_siblings(zips: Sequence[File], beside: Mapping[str, Read]) -> dict[str, Read]:
    """Return the source files in zips that lie in other folders: `Version 1/a.py` beside `Version 2/b.zip`.

    Zips that cannot be opened are left alone, because they may be data.
    """
    folders = [PurePosixPath(name).parent for name in beside]
    sources: dict[str, Read] = {}
    for file in zips:
        if not any(PurePosixPath(file.name).is_relative_to(folder) for folder in folders):
            with suppress(RejectedError):
                sources |= _sources_of_zips([file], apart=True)
    return sources


def _sources_of_zips(zips: Sequence[File], apart: bool) -> dict[str, Read]:
    """Return the source files in the zips; if `apart`, each name begins with its zip's."""
    sources: dict[str, Read] = {}
    total = 0
    for file in zips:
        inside = _sources_of_one(file)
        total += sum(len(one()) for one in inside.values())
        if total > MAX_ARCHIVE:
            raise RejectedError(f"over {MAX_ARCHIVE >> 20} MB when unpacked; hand in only the code")
        sources |= {f"{file.name}/{name}" if apart else name: one for name, one in inside.items()}
    return sources


def _sources_of_one(file: File) -> dict[str, Read]:
    data = file.read()
    if not file.name.lower().endswith(".zip") and not data.startswith(b"PK\x03\x04"):
        return {file.name: partial(bytes, data)}
    return {name: partial(bytes, inside) for name, inside in archive.files_of_zip(file.name, data).items()}


def _identity(name: str, data: bytes, sources: Mapping[str, Read]) -> str:
    """Return the SHA-256 that a result records of this file; see helpers.identity."""
    if len(sources) < 2 or not naming.is_source(name):
        return digest(data)
    cells, _ = compare.cells_of(name, decode(name, data))
    return helpers.identity(data, helpers.beside(name, cells, sources))


def _others(files: Sequence[File]) -> Sequence[str]:
    """Return the names of all that was handed in, also in the zip that it is."""
    with suppress(RejectedError):
        if len(files) == 1 and files[0].name.lower().endswith(".zip"):
            return archive.names_in_zip(files[0].read())
    return [file.name for file in files]


def _read_too(used: Sequence[Cell]) -> tuple[str, ...]:
    """Return a note that says which helpers were read, if any were."""
    return (f"read with it, since it imports them: {', '.join(cell.name for cell in used)}",) if used else ()


def _cells(
    name: str, data: bytes, sources: Mapping[str, Read], assignment: Assignment
) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Return the cells of a file and, after them, its helpers; and notes."""
    text = decode(name, data)
    cells, notes = compare.cells_of(name, text)
    cells = (*cells, *helpers.beside(name, cells, sources)) if len(sources) > 1 else cells
    size = sum(len(cell.source.encode()) for cell in cells)
    if size > assignment.limits.source_kb << 10:
        limit = assignment.limits.source_kb
        raise RejectedError(
            f"{name}: expected at most {limit} kB of code, got {size >> 10} kB; "
            "remove data from the code and hand it in again"
        )
    if len(cells) > MAX_CELLS or len(json.dumps([cell.source for cell in cells])) > MAX_SENT:
        raise RejectedError(
            f"{name}: over {MAX_CELLS} cells or too many unusual characters; hand in plain code"
        )
    empty = not any(cell.source.strip() for cell in cells)
    if empty and notes:
        raise RejectedError(f"{name}: {ALL_TAGGED}")
    if empty:
        raise RejectedError(f"{name}: {NO_CODE}")
    return cells, notes
