"""Says how the libraries where work is graded differ: those that are missing there, and other versions."""

from __future__ import annotations

import ast
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from importlib import metadata

import autograder
from autograder.doors import differences
from autograder.errors import UNPARSABLE
from autograder.records.places import CONSTRAINTS, pins_in
from autograder.records.submission import Cell

PACKAGES = (  # which the image installs; see sandbox/context/requirements.txt
    *("torch", "torchvision", "numpy", "scipy", "pandas", "scikit-learn", "matplotlib", "seaborn", "plotly"),
    *("kneed", "einops", "torchinfo", "torchmetrics", "tensorboard", "joblib"),
    *("tqdm", "ipython", "ipywidgets"),
)
MODULES = {"scikit-learn": "sklearn", "ipython": "IPython"}  # those with another name than their package
OFFERED = tuple(MODULES.get(package, package) for package in PACKAGES)
BROUGHT = ("PIL", "dateutil", "jinja2", "mpl_toolkits", "networkx", "pylab", "sympy")
NUMERICS = ("torch", "torchvision", "numpy")  # the last digits of results depend on their versions
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


def versions() -> str:
    """Return a sentence on the Python and the NUMERICS that are other versions in grading; "" if none is."""
    pins = pins_in(CONSTRAINTS)
    pairs = [("Python", ".".join(map(str, sys.version_info[:2])), autograder.GRADING)]
    pairs += [(name, _installed(name), pins[name]) for name in NUMERICS]
    other = [pair for pair in pairs if pair[1] != pair[2]]
    if not other:
        return ""
    here, there = (", ".join(f"{name} {row[n]}" for name, *row in other) for n in (0, 1))
    return f"here: {here}; in grading: {there}; results may differ a little, and grading's count"


def in_grading() -> str:
    """Return the Python and the libraries where work is graded, with versions, as handouts list them."""
    pins = pins_in(CONSTRAINTS)
    return ", ".join([f"Python {autograder.GRADING}", *(f"{name} {pins[name]}" for name in PACKAGES)])


def _installed(name: str) -> str:
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return "missing"


def _imports(source: str) -> Iterator[tuple[str, int]]:
    """Yield (library, line) of every import outside `try`, nested ones included; nothing if not Python."""
    try:
        waiting: deque[ast.AST] = deque([ast.parse(source)])
    except UNPARSABLE:
        return
    while waiting:
        node = waiting.popleft()
        waiting.extend(ast.iter_child_nodes(node) if not isinstance(node, ast.Try) else ())
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0], node.lineno
