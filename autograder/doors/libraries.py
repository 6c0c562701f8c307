"""Lists the libraries that a submission imports but that are not installed where work is graded."""

from __future__ import annotations

import ast
import sys
from collections import deque
from collections.abc import Iterable, Iterator

from autograder.doors import differences
from autograder.records.submission import Cell

OFFERED = ("IPython", "kneed", "matplotlib", "numpy", "sklearn", "torch", "torchvision", "tqdm")
BROUGHT = ("PIL", "dateutil", "jinja2", "joblib", "mpl_toolkits", "networkx", "pylab", "scipy", "sympy")
INSTALLED = {*OFFERED, *BROUGHT, *sys.stdlib_module_names}  # BROUGHT: dependencies; see sandbox/context/


def missing(cells: Iterable[Cell], own: str) -> tuple[str, ...]:
    """Return a sentence for each such library; `own` is the module name of the submission itself.

    Imports inside a `try` may fail, so they are not listed, nor modules that `%%writefile` writes.
    """
    cells = list(cells)
    places: dict[str, str] = {}
    own_files = differences.written(cells)
    for cell in cells:
        for name, line in _imports(cell.source):
            if name not in INSTALLED and name != own and name not in own_files:
                places.setdefault(name, f"{cell.name}, line {line + cell.first_line - 1}")
    return tuple(
        f"{where}: `{name}` is not installed where your work is graded; remove this import, or use "
        f"{', '.join(OFFERED)}"
        for name, where in places.items()
    )


def _imports(source: str) -> Iterator[tuple[str, int]]:
    """Yield (library, line) of every import outside `try`, nested ones included; nothing if not Python."""
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
