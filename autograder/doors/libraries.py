"""Tells from a submission's text which libraries it imports that are not installed where work is graded."""

from __future__ import annotations

import ast
import sys
from collections import deque
from collections.abc import Iterable, Iterator

from autograder.records.submission import Cell

OFFERED = ("IPython", "kneed", "matplotlib", "numpy", "sklearn", "torch", "torchvision", "tqdm")
BROUGHT = ("PIL", "dateutil", "jinja2", "joblib", "mpl_toolkits", "networkx", "pylab", "scipy", "sympy")
THERE = {*OFFERED, *BROUGHT, *sys.stdlib_module_names}  # what those bring is there too; see sandbox/context/


def missing(cells: Iterable[Cell], own: str) -> tuple[str, ...]:
    """Return a sentence for each such library; `own` is the name of the submission as a module.

    An import that may fail, because it stands in a `try`, is left out.
    """
    found: dict[str, str] = {}
    for cell in cells:
        for name, line in _imports(cell.source):
            if name not in THERE and name != own:
                found.setdefault(name, f"{cell.name}, line {line + cell.first_line - 1}")
    return tuple(
        f"{where}: `{name}` is not installed where your work is graded, and what needs it fails there; "
        f"there are {', '.join(OFFERED)}"
        for name, where in found.items()
    )


def _imports(source: str) -> Iterator[tuple[str, int]]:
    """Yield the library and the line of every import, wherever it stands; nothing of what is not Python."""
    try:
        waiting: deque[ast.AST] = deque([ast.parse(source)])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    while waiting:
        node = waiting.popleft()
        waiting.extend(ast.iter_child_nodes(node) if not isinstance(node, ast.Try) else ())
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0], node.lineno
