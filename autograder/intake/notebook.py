"""Extracts the code of a notebook or a script as cells, without running or compiling it."""

from __future__ import annotations

import codecs
import contextlib
import io
import json
import re
import tokenize
from typing import Any

from autograder.errors import RejectedError
from autograder.intake import exploration, translation
from autograder.intake.exploration import EXPLORATION
from autograder.intake.naming import plain
from autograder.records.submission import CELL, Cell

CONFLICT = [re.compile(line, re.MULTILINE) for line in (r"^<{7} ", r"^={7}$", r"^>{7} ")]
MERGED = (
    "expected code, got the markers of a merge conflict (<<<<<<<); remove them and one of the two versions "
    "between them, and hand it in again"
)
LOOKED_AT = 1000  # bytes at the start of a file that tell its kind
HEADER = re.compile(r"^# %%")
KINDS = {b"%PDF": "a PDF", b"PK\x03\x04": "a zip archive", b"Rar!": "a RAR archive", b"<": "a web page"}
MAX_TRANSLATION = 50_000  # translation.cost of all cells together
ENCODINGS = ("ascii", "utf-8", "utf-8-sig", "iso8859-1", "cp1252")  # others may take quadratic time
AGAIN = "save it from Jupyter as a notebook (.ipynb) or as a Python script (.py), and hand it in again"


def decode(name: str, data: bytes) -> str:
    """Return the text of a source file in UTF-8, or UTF-16 with a byte order mark.

    A file may also declare Latin-1 or Windows-1252. Raises RejectedError when it is not such text.
    """
    for start, kind in KINDS.items():
        if data[:LOOKED_AT].lstrip(b" \r\n\t").startswith(start) and not data.startswith(b"<<<<<<<"):
            raise RejectedError(f"{name}: expected Python code, got {kind}; {AGAIN}")
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = data.decode("utf-16")
        else:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            if codecs.lookup(encoding).name not in ENCODINGS:
                raise RejectedError(f"{name}: expected text in UTF-8, got text in {encoding}; {AGAIN}")
            text = data.decode(encoding)
        text.encode()  # a declared encoding may produce surrogates, which cannot be written
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise RejectedError(f"{name}: expected text in UTF-8, got other bytes ({error}); {AGAIN}") from error
    if "\0" in text:
        raise RejectedError(f"{name}: expected text, got binary data; {AGAIN}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_notebook(name: str, text: str) -> bool:
    """Whether a file is a notebook: by its name, or because a script's name contains a notebook's JSON."""
    if plain(name).lower().endswith(".ipynb"):
        return True
    if not text.lstrip().startswith("{") or not ('"cells"' in text or '"worksheets"' in text):
        return False
    with contextlib.suppress(RejectedError):
        return bool(raw_cells(name, text))
    return False


def cells_of_script(name: str, text: str) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Return a script as one cell and notes; the lines of `# %%` cells tagged as exploration are blank.

    Magics that a tool left in it are translated. Raises RejectedError if it has a merge conflict's markers.
    """
    if conflict := _conflict(text):
        raise RejectedError(f"{name}, line {conflict}: {MERGED}")
    lines, skipping = [], False
    skipped: dict[int, list[str]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if HEADER.match(line):
            skipping = _is_tag(line)
            skipped |= {number: []} if skipping else {}
        lines.append("" if skipping else line)
        if skipping:
            skipped[next(reversed(skipped))].append(line)
    cell = Cell(name, translation.script("\n".join(lines), MAX_TRANSLATION))
    apart = [Cell(f"the cell at line {n}", "\n".join(source)) for n, source in skipped.items()]
    return (cell,), exploration.notes([cell], apart)


def _is_tag(line: str) -> bool:
    """Whether a line is the header of a script's cell that is tagged as exploration."""
    return bool(HEADER.match(line)) and f'"{EXPLORATION}"' in line


def _conflict(text: str) -> int:
    """Return the line where the markers of a merge conflict begin; 0 if there are none."""
    first, at = 0, 0
    for marker in CONFLICT:
        found = marker.search(text, at)
        if found is None:
            return 0
        first, at = first or text.count("\n", 0, found.start()) + 1, found.end()
    return first


def cells_of_notebook(
    name: str, text: str, everything: bool = False
) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Return a notebook's code cells, without outputs and cells tagged as exploration, and notes.

    A cell that begins with the header of a script's tagged cell is tagged too: Colab has no tags.
    With `everything`, cells tagged as exploration are included.
    Magics and shell escapes are translated as IPython does; the worker decides which of them to run. Once
    the translation of a notebook has taken its share of time, the worker reports the others as they are.
    Raises RejectedError when `text` is not a notebook.
    """
    cells: list[Cell] = []
    skipped: list[Cell] = []
    room = MAX_TRANSLATION
    for number, cell in enumerate(raw_cells(name, text), start=1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = _source(name, number, cell)
        cost = translation.cost(source)
        room -= cost
        read = Cell(f"{CELL}{number}", translation.python_of(source) if cost and room >= 0 else source)
        tagged = EXPLORATION in _tags(cell) or _is_tag(source.lstrip().partition("\n")[0])
        (skipped if tagged and not everything else cells).append(read)
    return tuple(cells), exploration.notes(cells, skipped)


def markdown_of_notebook(name: str, text: str) -> list[str]:
    """Return the Markdown cells of a notebook. Raises RejectedError when `text` is not a notebook."""
    numbered = enumerate(raw_cells(name, text), start=1)
    cells = [(n, cell) for n, cell in numbered if isinstance(cell, dict)]
    return [_source(name, n, cell) for n, cell in cells if cell.get("cell_type") == "markdown"]


def raw_cells(name: str, text: str) -> list[Any]:
    """Return the cells of a notebook as format 4 has them. Raises RejectedError when `text` is not one."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        if conflict := _conflict(text):
            raise RejectedError(f"{name}, line {conflict}: {MERGED}") from error
        got = "a file that is not JSON" if text.strip() else "an empty file"
        raise RejectedError(f"{name}: expected a notebook, got {got}; {AGAIN}") from error
    found = _cells_in(notebook) if isinstance(notebook, dict) else None
    if isinstance(found, list):
        return found
    raise RejectedError(f"{name}: expected a notebook of format 4, got JSON without its cells; {AGAIN}")


def _cells_in(notebook: dict[str, Any]) -> object:
    """Return a notebook's cells; those of format 3, which lie in worksheets, as Jupyter upgrades them."""
    sheets = notebook.get("worksheets")
    if "cells" in notebook or not isinstance(sheets, list):
        return notebook.get("cells")
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [_upgraded(cell) for cells in lists if isinstance(cells, list) for cell in cells]


def _upgraded(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    if cell.get("cell_type") == "code":
        return {**cell, "source": cell.get("input", "")}
    return {**cell, "cell_type": "markdown"} if cell.get("cell_type") in ("heading", "html") else cell


def _tags(cell: dict[str, Any]) -> list[Any]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return tags if isinstance(tags, list) else []


def _source(name: str, number: int, cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    parts = source if isinstance(source, list) else [source]
    if not all(isinstance(part, str) for part in parts):
        raise RejectedError(f"{name}, cell {number}: expected text as source, got another type; {AGAIN}")
    return "".join(parts).encode("utf-8", "replace").decode()
