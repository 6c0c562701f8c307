"""Flags names in a submission that honest work does not need, for staff to look at; costs no points.

It helps staff who look at flagged work and protects nothing: it sees only names that are written plainly.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from autograder.errors import UNPARSABLE
from autograder.records.submission import PARSED, Cell


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODULES = _words(
    """asyncio atexit autograder builtins ctypes http importlib inspect linecache multiprocessing pickle
    pytest requests resource signal socket standins subprocess telnetlib threading unittest urllib weakref"""
)
NAMES = _words(
    """os._exit os.abort os.chmod os.environ os.execv os.fork os.getppid os.kill os.makedirs os.setsid
    os.symlink os.system os.walk os.write sys._getframe sys.excepthook sys.exit sys.meta_path sys.modules
    sys.setrecursionlimit sys.settrace"""
)
METHODS = _words(
    """__abs__ __array__ __array_function__ __array_ufunc__ __class__ __del__ __eq__ __lt__ __reduce__
    __reduce_ex__ __sub__ __torch_function__"""
)
CALLS = frozenset(["__import__", "compile", "eval", "exec"])
PLACES = ("/autograder", "/dev/shm", "/etc/", "/proc", "/var/run", "results.json", "docker.sock")


def flags(cells: Iterable[Cell]) -> tuple[str, ...]:
    """Return at most one sentence for staff, with the suspicious names in alphabetical order.

    Code of more than PARSED characters is not searched, and the sentence says so.
    """
    sources = [cell.source for cell in cells]
    if (size := sum(map(len, sources))) > PARSED:
        return (f"the code has {size} characters, over {PARSED}; it was not searched for suspicious names",)
    names = sorted({name for source in sources for name in _suspicious(source)})
    return (f"the code uses names that the assignment does not need: {', '.join(names)}",) if names else ()


def _suspicious(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except UNPARSABLE:
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from MODULES & set(_imported(node))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield from NAMES & {f"{node.value.id}.{node.attr}"}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from CALLS & {node.func.id}
        elif isinstance(node, ast.ClassDef):
            yield from METHODS & set(_defined(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (place for place in PLACES if place in node.value)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    return (name.split(".")[0] for name in names)


def _defined(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
