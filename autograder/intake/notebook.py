"""Extracts the code of a notebook or a script as cells, without running or compiling it."""

from __future__ import annotations

import codecs
import io
import json
import re
import tokenize
from typing import Any

from autograder.errors import RejectedError
from autograder.intake import translation
from autograder.records.submission import CELL, Cell

EXPLORATION = "exploration"
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
        if data.startswith(start):
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


def cells_of_script(name: str, text: str) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Return a script as one cell and notes; the lines of `# %%` cells tagged as exploration are blank."""
    lines, skipping, skipped = [], False, 0
    for line in text.split("\n"):
        if HEADER.match(line):
            skipping = f'"{EXPLORATION}"' in line
            skipped += skipping
        lines.append("" if skipping else line)
    return (Cell(name, "\n".join(lines)),), _skipped(skipped)


def cells_of_notebook(
    name: str, text: str, everything: bool = False
) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Return a notebook's code cells, without outputs and cells tagged as exploration, and notes.

    With `everything`, cells tagged as exploration are included.
    Magics and shell escapes are translated as IPython does; the worker decides which of them to run. Once
    the translation of a notebook has taken its share of time, the worker reports the others as they are.
    Raises RejectedError when `text` is not a notebook.
    """
    cells, skipped, room = [], 0, MAX_TRANSLATION
    for number, cell in enumerate(_raw_cells(name, text), start=1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        if EXPLORATION in _tags(cell) and not everything:
            skipped += 1
            continue
        source = _source(name, number, cell)
        cost = translation.cost(source)
        room -= cost
        cells.append(Cell(f"{CELL}{number}", translation.python_of(source) if cost and room >= 0 else source))
    return tuple(cells), _skipped(skipped)


def markdown_of_notebook(name: str, text: str) -> list[str]:
    """Return the Markdown cells of a notebook. Raises RejectedError when `text` is not a notebook."""
    numbered = enumerate(_raw_cells(name, text), start=1)
    cells = [(n, cell) for n, cell in numbered if isinstance(cell, dict)]
    return [_source(name, n, cell) for n, cell in cells if cell.get("cell_type") == "markdown"]


def _raw_cells(name: str, text: str) -> list[Any]:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        got = "a file that is not JSON" if text.strip() else "an empty file"
        raise RejectedError(f"{name}: expected a notebook, got {got}; {AGAIN}") from error
    if isinstance(notebook, dict) and isinstance(notebook.get("cells"), list):
        return notebook["cells"]
    raise RejectedError(f"{name}: expected a notebook of format 4, got JSON without its cells; {AGAIN}")


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


def _skipped(count: int) -> tuple[str, ...]:
    return (f"{count} cells tagged '{EXPLORATION}' were not run",) if count else ()
