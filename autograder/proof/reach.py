"""Finds the code of a submission that the checks of one question can run.

That is every statement outside functions and classes, and each function or class at the top level that the
question or its checks ask for, or whose name occurs in code found so far. What a stand-in replaces in the
question's checks is not followed. So two submissions in which this code is equal get the same from the
question's checks, unless code looks at the text of other code (`inspect`, `__code__`).
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from autograder.errors import UNPARSABLE
from autograder.records.assignment import Assignment
from autograder.records.submission import Cell

READERS = frozenset({"inspect", "linecache", "__code__", "__file__", "getsource", "dis"})


def reached(
    cells: Sequence[Cell], question: str, assignment: Assignment, asked: Collection[str] = ()
) -> str | None:
    """Return the code that a question's checks can run, in a form that equal code shares.

    `asked` are names that the checks may ask for beside those that the question defines.

    None if it cannot be told: the code does not parse, or looks at the text of code.
    """
    try:
        body = [statement for cell in cells for statement in ast.parse(cell.source).body]
    except UNPARSABLE:
        return None
    replaced = set(assignment.substitutes(question))
    defined = [s for s in body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]
    found = [s for s in body if s not in defined]
    found += [_edge(s) for s in defined]
    names = {*assignment.question(question).defines, *asked, *_names(found)}
    waiting = [s for s in defined if s.name not in replaced]
    inside: list[ast.stmt] = []
    while new := [s for s in waiting if s.name in names]:
        inside += new
        waiting = [s for s in waiting if s not in new]
        names |= set(_names(new))
    if names & READERS:
        return None
    return "\n".join(ast.dump(s) for s in body if s in found or s in inside) + "\n".join(
        ast.dump(_edge(s)) for s in defined
    )


def _edge(defined: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.stmt:
    """Return what runs when a definition is executed: decorators, defaults, bases, a class's statements."""
    edge = type(defined)(**{field: getattr(defined, field) for field in defined._fields})
    if isinstance(edge, ast.ClassDef):
        methods = (ast.FunctionDef, ast.AsyncFunctionDef)
        edge.body = [_edge(s) if isinstance(s, methods) else s for s in edge.body]
    else:
        edge.body = []
    return edge


def _names(statements: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield every identifier in some code, and every text, which may be the name of something."""
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                yield node.id
            elif isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                yield from (part for alias in node.names for part in alias.name.split("."))
