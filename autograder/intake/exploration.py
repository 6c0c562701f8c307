"""Finds names that other cells use but only cells tagged as exploration define: grading lacks them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator

from autograder.errors import UNPARSABLE
from autograder.records.submission import PARSED, Cell

EXPLORATION = "exploration"


def notes(kept: Iterable[Cell], skipped: Iterable[Cell]) -> tuple[str, ...]:
    """Return a sentence on the skipped cells, and one for each name that only they define, with its places.

    Code of more than PARSED characters is not searched.
    """
    kept, skipped = list(kept), list(skipped)
    if not skipped:
        return ()
    one = len(skipped) == 1
    count = (
        f"{len(skipped)} cell{'' if one else 's'} tagged '{EXPLORATION}' {'was' if one else 'were'} not run"
    )
    if sum(len(cell.source) for cell in (*kept, *skipped)) > PARSED:
        return (count,)
    nodes = [(cell.name, list(_nodes(cell))) for cell in kept]
    bound = {name for _, each in nodes for node in each for name in _binds(node)} | set(vars(builtins))
    only = {name: cell.name for cell in skipped for name in _defined(cell) if name not in bound}
    used = {name: place for place, each in reversed(nodes) for name in _read(each) if name in only}
    return (count, *(_sentence(name, place, only[name]) for name, place in used.items()))


def _sentence(name: str, place: str, defined: str) -> str:
    return (
        f"{place}: `{name}` is defined only in {defined}, which is tagged '{EXPLORATION}' and does not run "
        "in grading; define it in a cell without that tag"
    )


def _statements(cell: Cell) -> list[ast.stmt]:
    """Return the statements at a cell's top level; none if Python cannot read it."""
    try:
        return ast.parse(cell.source).body
    except UNPARSABLE:
        return []


def _nodes(cell: Cell) -> Iterator[ast.AST]:
    return (node for statement in _statements(cell) for node in ast.walk(statement))


def _read(nodes: Iterable[ast.AST]) -> set[str]:
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _binds(node: ast.AST) -> Iterator[str]:
    """Yield every name that a node binds, a parameter's too; `*` binds what nobody can list."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name


def _defined(cell: Cell) -> Iterator[str]:
    """Yield the names that a cell binds at its top level."""
    for statement in _statements(cell):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name
        else:
            yield from (name for node in ast.walk(statement) for name in _binds(node))
