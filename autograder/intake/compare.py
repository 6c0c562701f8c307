"""Compares files by code and text: which are the untouched template, and which contain the same work."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from autograder.errors import UNPARSABLE, RejectedError
from autograder.intake.notebook import (
    cells_of_notebook,
    cells_of_script,
    decode,
    is_notebook,
    markdown_of_notebook,
)
from autograder.records.assignment import Assignment
from autograder.records.submission import PARSED, Cell, digest

CELL = re.compile(r"^(?=# %%)", re.MULTILINE)
MARKDOWN = "# %% [markdown]"
MARKS = re.compile(r"[#>*_`]+")  # what Markdown and a script's comments add to words
SHOWN = {"check", "display", "get_ipython", "help", "print"}  # calls of these do no work


def cells_of(name: str, text: str, everything: bool = False) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Return the cells of a notebook or script and notes; with `everything`, also those for exploration."""
    short = PurePosixPath(name).name
    if is_notebook(name, text):
        return cells_of_notebook(short, text, everything)
    return ((Cell(short, text),), ()) if everything else cells_of_script(short, text)


@dataclass(frozen=True)
class Content:
    """What a file contains: statements that do `work`, normalised by syntax, and pieces of `text`.

    Imports and calls that only show something do no work. `codes` identifies the code, once as it is graded
    and once with cells for exploration, which an exported script has too. `readable` is False if it has none.
    """

    work: frozenset[str] = frozenset()
    text: frozenset[str] = frozenset()
    codes: frozenset[object] = frozenset()
    readable: bool = True


def content(name: str, data: bytes) -> Content:
    """Return what a file contains; of one that cannot be read, only its identity."""
    try:
        source = decode(name, data)
        graded, whole = (_parsed(name, source, everything) for everything in (False, True))
        text = _text(name, source)
    except RejectedError:
        return Content(codes=frozenset([digest(data)]), readable=False)
    codes = frozenset([tuple(code for code, _ in graded), tuple(code for code, _ in whole)])
    return Content(frozenset(code for code, works in graded if works), text, codes)


def template(assignment: Assignment) -> Content:
    """Return what the files contain that students were given; nothing if these are not here."""
    given = [assignment.folder / name for name in assignment.files] if assignment.folder else []
    all_ = [content(path.name, path.read_bytes()) for path in given if path.is_file()]
    return Content(
        frozenset(code for one in all_ for code in one.work), frozenset(t for one in all_ for t in one.text)
    )


def _text(name: str, source: str) -> frozenset[str]:
    """Return the Markdown cells in a file, in which answers are written, as plain words."""
    if is_notebook(name, source):
        pieces = markdown_of_notebook(name, source)
    else:
        pieces = [cell.partition("\n")[2] for cell in CELL.split(source) if cell.startswith(MARKDOWN)]
    words = (" ".join(MARKS.sub(" ", piece).split()) for piece in pieces)
    return frozenset(text for text in words if text)


def _parsed(name: str, source: str, everything: bool) -> list[tuple[str, bool]]:
    """Return the statements in a file, and whether each does work; of a huge file, each cell as one."""
    cells, _ = cells_of(name, source, everything)
    if sum(len(cell.source) for cell in cells) > PARSED:
        return [(cell.source.strip(), True) for cell in cells]
    return [statement for cell in cells for statement in _statements(cell.source)]


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


def _statements(source: str) -> list[tuple[str, bool]]:
    try:
        return [(ast.dump(statement), _works(statement)) for statement in ast.parse(source).body]
    except UNPARSABLE:
        return [(source.strip(), True)]  # what Python cannot read equals only itself


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
