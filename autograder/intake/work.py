"""Reads one submission: chooses the file to grade among those handed in, and reads it as cells of code."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import PurePosixPath

from autograder.errors import RejectedError
from autograder.intake import archive
from autograder.intake.archive import MAX_ARCHIVE, MAX_MEMBERS, SOURCES, File
from autograder.intake.notebook import cells_of_notebook, cells_of_script, decode
from autograder.records.assignment import Assignment
from autograder.records.submission import Cell, Submission, SubmissionInfo, digest

Read = Callable[[], bytes]
MAX_CELLS = 10_000
MAX_SENT = 4_000_000  # bytes of all code as JSON: the most that fits in one frame to the worker


def read(
    files: Sequence[File], assignment: Assignment, who: SubmissionInfo, notes: tuple[str, ...] = ()
) -> Submission:
    """Return the submission that `who` handed in as `files`; its `rejected` says what is wrong with it."""
    known = {**vars(who), "sha256": digest(b"")}
    try:
        sources = _sources(files)
        name, more = _choose(sources, assignment)
        data = sources[name]()
        known["sha256"] = digest(data)
        cells, skipped = _cells(name, data, assignment)
    except RejectedError as error:
        return Submission(**known, notes=notes, rejected=archive.writable(str(error)))
    return Submission(**known, cells=cells, notes=(*notes, *more, *skipped))


def chosen(files: Sequence[File], assignment: Assignment) -> tuple[str, bytes]:
    """Return the name and the bytes of the file that would be graded. Raises RejectedError."""
    sources = _sources(files)
    name, _ = _choose(sources, assignment)
    return name, sources[name]()


def _sources(files: Sequence[File]) -> dict[str, Read]:
    """Return the source files among `files` or, if there are none, those in their zips."""
    if len(files) == 1:
        return _sources_of_one(files[0])
    if len(files) > MAX_MEMBERS:
        raise RejectedError(f"more than {MAX_MEMBERS} files; hand in only the notebook or script")
    kept = [file for file in files if not file.noise]
    sources = {file.name: file.read for file in kept if file.name.lower().endswith(SOURCES)}
    zips = [file for file in kept if file.name.lower().endswith(".zip")]
    return sources or _sources_of_zips(zips)


def _sources_of_zips(zips: Sequence[File]) -> dict[str, Read]:
    sources: dict[str, Read] = {}
    total = 0
    for file in zips:
        inside = _sources_of_one(file)
        if twice := sorted(sources.keys() & inside.keys()):
            raise RejectedError(f"two zips contain the same file {twice[0]}; hand in only one of them")
        total += sum(len(read()) for read in inside.values())
        if total > MAX_ARCHIVE:
            raise RejectedError(f"over {MAX_ARCHIVE >> 20} MB when unpacked; hand in only the code")
        sources |= inside
    return sources


def _sources_of_one(file: File) -> dict[str, Read]:
    data = file.read()
    if not file.name.lower().endswith(".zip") and not data.startswith(b"PK\x03\x04"):
        return {file.name: partial(bytes, data)}
    return {name: partial(bytes, inside) for name, inside in archive.files_of_zip(file.name, data).items()}


def _choose(files: Collection[str], assignment: Assignment) -> tuple[str, tuple[str, ...]]:
    """Return the file to grade, and a note if the choice was not obvious."""
    asked = " or ".join(assignment.files)
    sources = [name for name in files if name.lower().endswith(SOURCES)]
    candidates = sorted(sources, key=lambda name: (name.count("/"), name))  # a copy in a folder comes later
    for wanted in assignment.files:
        named = [c for c in candidates if PurePosixPath(c).name.lower() == wanted.lower()]
        if named:
            both = len(candidates) > 1
            return named[0], ((f"several files were handed in; {named[0]} was graded",) if both else ())
    if len(candidates) == 1:
        return candidates[0], (f"expected a file called {asked}, got {candidates[0]}; it was graded",)
    if not candidates:
        raise RejectedError(f"expected a notebook or a script, got neither; hand in {asked}")
    raise RejectedError(
        f"expected a file called {asked}, got {len(candidates)} source files with other names; "
        "rename yours and hand it in again"
    )


def _cells(name: str, data: bytes, assignment: Assignment) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    text = decode(name, data)
    take = cells_of_notebook if name.lower().endswith(".ipynb") else cells_of_script
    cells, notes = take(PurePosixPath(name).name, text)
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
    if not any(cell.source.strip() for cell in cells):
        raise RejectedError(f"{name}: it contains no code; hand in the file that you worked in")
    return cells, notes
