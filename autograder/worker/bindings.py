"""Which names a statement binds and its functions use, to tell what follows from an earlier fault."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
UNREAD = re.compile(
    r"^(?:(?:async )?def|class)\s+(\w+)|^(\w+)\s*=[^=]|^(?:from\s+\S+\s+)?import\s+(\w+)", re.MULTILINE
)


def bound(statement: ast.AST) -> set[str]:
    """Return the names that a statement binds outside its functions and classes."""
    if isinstance(statement, DEFINES):
        return {statement.name}
    if isinstance(statement, ast.alias):
        return {statement.asname or statement.name.split(".")[0]}
    if isinstance(statement, ast.Name):
        return {statement.id} if isinstance(statement.ctx, ast.Store) else set()
    if isinstance(statement, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return set()
    return {name for child in ast.iter_child_nodes(statement) for name in bound(child)}


def bound_in_text(source: str) -> set[str]:
    """Return the names that code which Python cannot read seems to bind."""
    return {name for found in UNREAD.finditer(source) for name in found.groups() if name}


def used_in_functions(statement: ast.AST) -> Iterator[str]:
    """Yield the names that the functions in a statement read."""
    for node in ast.walk(statement):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from (one.id for one in ast.walk(node) if isinstance(one, ast.Name))


class Taken:
    """Notes names of functions and classes, of Python or of earlier cells, that a later cell takes."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._defined: dict[str, str] = {}  # by name: the cell that defined it
        self._used: set[str] = set()
        self._taken: dict[str, tuple[str, str]] = {}  # by name: whose it was, and the place that took it

    def look(self, statement: ast.stmt, cell: str, place: str) -> None:
        """Note what a statement of `cell`, which has run, defines, uses and takes."""
        self._used |= set(used_in_functions(statement))
        if isinstance(statement, DEFINES):
            self._defined[statement.name] = cell
            self._taken.pop(statement.name, None)
            return
        for name in bound(statement):
            before = self._defined.get(name)
            whose = f"the one defined in {before}" if before not in (None, cell) else ""
            whose = whose or ("Python's own" if before is None and callable(vars(builtins).get(name)) else "")
            if whose:
                self._taken.setdefault(name, (whose, place))

    def sentences(self) -> list[str]:
        """Return a sentence for each name that was taken, is used in functions and cannot be called now."""
        return [
            f"{place}: `{name}` gets another value here, and is no longer {whose}, which your functions use; "
            "choose another name"
            for name, (whose, place) in self._taken.items()
            if name in self._used and not callable(self._names.get(name))
        ]


def split(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements, with `import a, b` as two, so that one missing library loses no other."""
    for statement in statements:
        if isinstance(statement, ast.Import) and len(statement.names) > 1:
            for alias in statement.names:
                yield ast.copy_location(ast.Import([alias]), statement)
        else:
            yield statement
