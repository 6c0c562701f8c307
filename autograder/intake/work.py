"""Reads one piece of work: of all files that were handed in, the one to grade, as cells of code."""

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
MAX_SENT = 4_000_000  # bytes of all code as JSON: what one frame to the worker holds


def read(
    files: Sequence[File], assignment: Assignment, who: SubmissionInfo, notes: tuple[str, ...] = ()
) -> Submission:
    """Return the submission that `files` are, of `who`; what is wrong with it is `rejected`."""
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
    """Return the source files among `files`, or, where there are none, those in their zips."""
    if len(files) == 1:
        return _sources_of_one(files[0])
    if len(files) > MAX_MEMBERS:
        raise RejectedError(f"more than {MAX_MEMBERS} files; hand in the notebook or the script only")
    own = [file for file in files if not file.noise]
    found = {file.name: file.read for file in own if file.name.lower().endswith(SOURCES)}
    zips = [file for file in own if file.name.lower().endswith(".zip")]
    return found or _sources_of_zips(zips)


def _sources_of_zips(zips: Sequence[File]) -> dict[str, Read]:
    found: dict[str, Read] = {}
    total = 0
    for file in zips:
        inside = _sources_of_one(file)
        if twice := sorted(found.keys() & inside.keys()):
            raise RejectedError(f"two zips were handed in and both hold {twice[0]}; hand in one")
        total += sum(len(read()) for read in inside.values())
        if total > MAX_ARCHIVE:
            raise RejectedError(f"over {MAX_ARCHIVE >> 20} MB when unpacked; hand in the code only")
        found |= inside
    return found


def _sources_of_one(file: File) -> dict[str, Read]:
    data = file.read()
    if not file.name.lower().endswith(".zip") and not data.startswith(b"PK\x03\x04"):
        return {file.name: partial(bytes, data)}
    return {name: partial(bytes, inside) for name, inside in archive.files_of_zip(file.name, data).items()}


def _choose(files: Collection[str], assignment: Assignment) -> tuple[str, tuple[str, ...]]:
    """Return the file to grade, and a note when that was not plain."""
    asked = " or ".join(assignment.files)
    sources = [name for name in files if name.lower().endswith(SOURCES)]
    candidates = sorted(sources, key=lambda name: (name.count("/"), name))  # a copy in a folder comes after
    for wanted in assignment.files:
        named = [c for c in candidates if PurePosixPath(c).name.lower() == wanted.lower()]
        if named:
            both = len(candidates) > 1
            return named[0], ((f"several files were handed in; {named[0]} was graded",) if both else ())
    if len(candidates) == 1:
        return candidates[0], (f"the file is called {candidates[0]}; {asked} was asked for",)
    if not candidates:
        raise RejectedError(f"there is no notebook and no script in it; hand in {asked}")
    raise RejectedError(
        f"there are {len(candidates)} source files in it and none is called {asked}; rename yours"
    )


def _cells(name: str, data: bytes, assignment: Assignment) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    text = decode(name, data)
    take = cells_of_notebook if name.lower().endswith(".ipynb") else cells_of_script
    cells, notes = take(PurePosixPath(name).name, text)
    size = sum(len(cell.source.encode()) for cell in cells)
    if size > assignment.limits.source_kb << 10:
        limit = assignment.limits.source_kb
        raise RejectedError(f"{name}: {size >> 10} kB of code, over {limit} kB; take data out of it")
    if len(cells) > MAX_CELLS or len(json.dumps([cell.source for cell in cells])) > MAX_SENT:
        raise RejectedError(f"{name}: over {MAX_CELLS} cells or full of odd characters; hand in plain code")
    if not any(cell.source.strip() for cell in cells):
        raise RejectedError(f"{name}: there is no code in it; hand in the file that you worked in")
    return cells, notes
