"""Compares files by their code: which are the untouched template, and which contain the same code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from autograder.errors import RejectedError
from autograder.intake.naming import plain
from autograder.intake.notebook import cells_of_notebook, cells_of_script, decode
from autograder.records.assignment import Assignment
from autograder.records.submission import Cell

SHOWN = {"check", "display", "get_ipython", "help", "print"}  # calls of these do no work


def cells_of(name: str, text: str, everything: bool = False) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Return the cells of a notebook or script and notes; with `everything`, also those for exploration."""
    short = PurePosixPath(name).name
    if plain(name).lower().endswith(".ipynb"):
        return cells_of_notebook(short, text, everything)
    return ((Cell(short, text),), ()) if everything else cells_of_script(short, text)


def work(name: str, data: bytes, everything: bool = False) -> tuple[str, ...] | None:
    """Return the statements in a file that do work, normalised by syntax, or None if it cannot be read.

    Imports and calls that only show something do no work; with `everything`, they are included.
    """
    try:
        cells, _ = cells_of(name, decode(name, data), everything)
    except RejectedError:
        return None
    return tuple(statement for cell in cells for statement in _statements(cell.source, everything))


def template(assignment: Assignment) -> frozenset[str]:
    """Return the statements in the files that students were given; empty if these are not here."""
    given = [assignment.folder / name for name in assignment.files] if assignment.folder else []
    works = [work(path.name, path.read_bytes()) for path in given if path.is_file()]
    return frozenset(statement for statements in works for statement in statements or ())


def defined(name: str, data: bytes, wanted: Iterable[str]) -> int:
    """Return how many of the `wanted` names a file defines or assigns at its top level."""
    try:
        cells, _ = cells_of(name, decode(name, data))
    except RejectedError:
        return 0
    text = "\n".join(cell.source for cell in cells)
    return sum(_defines(text, one) for one in wanted)


def _defines(text: str, name: str) -> bool:
    pattern = rf"^(?:(?:class|def|async def)\s+{re.escape(name)}\b|{re.escape(name)}\s*=[^=])"
    return re.search(pattern, text, re.MULTILINE) is not None


def _statements(source: str, everything: bool) -> Iterator[str]:
    try:
        tree = ast.parse(source)
        yield from [ast.dump(statement) for statement in tree.body if everything or _works(statement)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield source.strip()  # what Python cannot read equals only itself


def _works(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return False
    if not isinstance(statement, ast.Expr):
        return True
    root: ast.expr = statement.value
    while isinstance(root, (ast.Call, ast.Attribute)):
        root = root.func if isinstance(root, ast.Call) else root.value
    shows = isinstance(root, ast.Name) and (root.id in SHOWN or root is statement.value)
    return not (shows or isinstance(root, ast.Constant))
