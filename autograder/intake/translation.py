"""Translates what only IPython understands into plain Python, without running or compiling it.

A cell of plain Python stays as it is. In any other, IPython's own transformer turns magics, shell escapes and
`f?` into calls of `get_ipython()`, and removes prompts and indentation. A cell magic whose body is Python
becomes a call of `get_ipython().begin_cell` on its own line, so that the body runs, fails and is shown
line by line like any other cell; the worker (worker/shell.py) decides what each of these calls does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from autograder.errors import UNPARSABLE
from autograder.records.submission import PARSED

MAGIC = re.compile(r"^[ \t]*(?:[%!?]|>>>|In \[\d+\]:)|=[ \t]*[%!]|\?[ \t]*$", re.MULTILINE)
INDENTED = re.compile(r"\A(?:[ \t]*\n)*+[ \t]+\S")
AUTOMATIC = re.compile(
    r"\A\s*+(?:pip3?|conda|mamba|uv|cd|ls|cp|mv|rm|mkdir|cat|env|load_ext|matplotlib) [^\n=(]*\s*\Z"
)
CELL_MAGIC = re.compile(r"%%(\w[\w.]*)(?![\w.?])[ \t]*(.*)")
PART = re.compile(r"^(?=# %%)", re.MULTILINE)  # a script's cells
COLAB = "# Commented out IPython magic to ensure Python compatibility."
PYTHON = frozenset(["capture", "prun", "time", "timeit"])
NOT_PYTHON = frozenset(
    [
        *("!", "HTML", "R", "SVG", "bash", "bigquery", "cmd", "cython", "file", "html", "javascript", "js"),
        *(
            "julia",
            "latex",
            "markdown",
            "perl",
            "pypy",
            "python",
            "python2",
            "python3",
            "ruby",
            "script",
            "sh",
        ),
        *("sql", "svg", "sx", "system", "writefile"),
    ]
)
CHARACTERS = 20  # in a line at least, so that a long one counts as several


def cost(source: str) -> int:
    """Return what translating a cell costs, in magics times lines; 0 if it is plain Python.

    IPython takes about 30 µs for each.
    """
    marks = len(MAGIC.findall(source)) + bool(INDENTED.match(source)) + bool(AUTOMATIC.match(source))
    return marks * max(source.count("\n") + 1, len(source) // CHARACTERS)


def python_of(source: str) -> str:
    """Return a cell as Python, each line on the line that it had; what IPython refuses stays as it is."""
    if AUTOMATIC.match(source):
        source = "%" + source.lstrip()
    try:
        return _translated(source)
    except (SyntaxError, RuntimeError):  # the latter after 500 magics in one cell
        return source  # the worker will report what is wrong with it


def script(text: str, most: int) -> str:
    """Return a script with magics translated, cell by cell; as it is if it is Python or costs over `most`.

    Cells that Colab commented out because of their magic run again.
    """
    text = "\n".join(_uncommented(text.split("\n"))) if COLAB in text else text
    if not 0 < cost(text) <= most or len(text) > PARSED or _is_code(text):
        return text
    return "\n".join(_part(part).removesuffix("\n") for part in PART.split(text) if part)


def _part(text: str) -> str:
    """Return a script's cell as Python; its header, a comment, would hide a cell magic."""
    header, _, rest = text.partition("\n") if text.startswith("# %%") else ("", "", text)
    return (f"{header}\n" if header else "") + python_of(rest)


def _uncommented(lines: list[str]) -> Iterator[str]:
    """Yield the lines of a script from Colab, with what it commented out because of a cell magic as code."""
    within = False
    for before, line in pairwise(["", *lines]):
        within = (within and line.startswith("#")) or (before == COLAB and line.startswith("# %%"))
        yield "" if within and line.startswith("# %%") else line.removeprefix("# ") if within else line


def _is_code(text: str) -> bool:
    try:
        ast.parse(text)
    except UNPARSABLE:
        return False
    return True


def _translated(source: str) -> str:
    from IPython.core.inputtransformer2 import TransformerManager

    magics: list[str] = []
    manager = TransformerManager()
    while True:
        blank, lines = _cleaned(manager, source)
        found = CELL_MAGIC.match(lines[0]) if lines else None
        if found is None or not _unfolds(manager, found[1], lines[1:], first=not magics):
            break
        magics.append(f"{blank}get_ipython().begin_cell({found[1]!r}, {found[2].strip()!r})\n")
        source = "".join(lines[1:])
    return "".join(magics) + blank + str(manager.transform_cell("".join(lines)) if lines else "")


def _cleaned(manager: Any, source: str) -> tuple[str, list[str]]:
    """Return a cell's leading blank lines, and its other lines without prompts and common indentation."""
    lines = source.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    blank = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    for transform in manager.cleanup_transforms:
        lines = transform(lines)
    return "\n" * blank, lines if "".join(lines).strip() else []


def _unfolds(manager: Any, magic: str, body: list[str], first: bool) -> bool:
    """Whether the body of a cell magic is Python; one that IPython does not have is only asked if `first`."""
    if magic in PYTHON or magic in NOT_PYTHON or not first:
        return magic in PYTHON
    try:
        text = str(manager.transform_cell("".join(body)))
    except (SyntaxError, RuntimeError):
        return False
    return bool(text.strip()) and len(text) <= PARSED and _is_code(text)
