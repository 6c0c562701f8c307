"""Finds the helpers of a graded file: the Python files beside it or below that its code imports."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from autograder.intake import archive
from autograder.intake.notebook import decode
from autograder.records.submission import Cell, digest

Read = Callable[[], bytes]
IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\w+)|import[ \t]+([^\n#;]+))", re.MULTILINE)
MOST = 50  # files
NOT_THERE = "was handed in, but is not there in grading: write what your code needs of it into your code"


def beside(name: str, cells: Iterable[Cell], sources: Mapping[str, Read]) -> tuple[Cell, ...]:
    """Return the helpers of the file `name` as cells, each with its path from that file's folder as its name.

    A file that is only copied beside it, and never imported, is no helper. Raises RejectedError if one is too
    large.
    """
    modules = _modules(name, sources)
    found: dict[str, Cell] = {}
    texts = [cell.source for cell in cells]
    while texts:
        wanted = {module for text in texts for module in _imported(text)} & modules.keys()
        new = [path for module in sorted(wanted) for path in modules.pop(module)][: MOST - len(found)]
        folder = PurePosixPath(name).parent
        read = {path: decode(path, sources[str(folder / path)]()) for path in new}
        found |= {path: Cell(path, text) for path, text in read.items()}
        texts = list(read.values())
    return tuple(found.values())


def identity(data: bytes, helpers: Sequence[Cell]) -> str:
    """Return the SHA-256 of a graded file; of it and its helpers, if it has any."""
    if not helpers:
        return digest(data)
    parts = [digest(data), *([cell.name, cell.source] for cell in helpers)]
    return digest(json.dumps(parts).encode())


def unread(name: str, cells: Iterable[Cell], files: Iterable[str]) -> tuple[str, ...]:
    """Return a note on each other file that lies beside `name`, is no code, and which the code names."""
    folder = PurePosixPath(name).parent
    inside = [PurePosixPath(file) for file in files if PurePosixPath(file).is_relative_to(folder)]
    text = "\n".join(cell.source for cell in cells)
    data = [path for path in inside if path.suffix not in (".py", ".ipynb", ".zip") and path.name in text]
    return tuple(archive.writable(f"{path.relative_to(folder)} {NOT_THERE}") for path in data[:MOST])


def _modules(name: str, sources: Mapping[str, Read]) -> dict[str, list[str]]:
    """Return the Python files at and below the folder of `name`, as paths from there, by top-level module."""
    folder, modules = PurePosixPath(name).parent, dict[str, list[str]]()
    for other in sorted(sources):
        path = PurePosixPath(other)
        if other == name or path.suffix != ".py" or not path.is_relative_to(folder):
            continue
        inside = path.relative_to(folder)
        if all(part.isidentifier() for part in inside.with_suffix("").parts):
            modules.setdefault(inside.with_suffix("").parts[0], []).append(str(inside))
    return modules


def _imported(text: str) -> set[str]:
    """Return the top-level modules that `text` imports, and words that only look so."""
    whole = [module or names for module, names in IMPORT.findall(text)]
    return {word for names in whole for word in re.findall(r"\w+", names)}
