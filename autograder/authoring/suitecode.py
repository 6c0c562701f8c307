"""Finds faults in the Python of a suite by its syntax tree: none of it runs.

A file that Python cannot read, a tolerance of 0, and names that a check asks for and nobody has.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.lines import meant, shown
from autograder.errors import UNPARSABLE

TOLERANCES = {  # the function of `expect` → the place of each tolerance among its arguments
    "close": {"rtol": 3, "atol": 4},
    "below": {"bound": 2},
    "cause_of": {"rtol": 2},
}
OTHER = {"rtol": "atol", "atol": "rtol"}  # which suffices where this one is 0
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FOR_STUDENTS, FOR_STANDINS = ("call", "new", "vjp"), ("make",)  # the verbs of `student`


@dataclass(frozen=True)
class Code:
    """One file of a suite, or what is wrong with it if Python cannot read it."""

    path: Path
    tree: ast.Module
    fault: str = ""


def read(path: Path) -> Code:
    """Return a file as its syntax tree; one that is not valid Python has no statement and a fault."""
    try:
        return Code(path, ast.parse(path.read_text(encoding="utf-8"), str(path)))
    except SyntaxError as error:
        line = (error.text or "").strip()
        why = f"{shown(path)}:{error.lineno}: {error.msg}, got {line!r}; correct that line"
    except UNPARSABLE as error:
        why = f"{shown(path)}: expected Python, got what cannot be read ({error}); correct the file"
    return Code(path, ast.Module([], []), why)


def of(suite: Path) -> list[Code]:
    """Return the Python files of a suite, sorted by path."""
    return [read(path) for path in sorted(suite.rglob("*.py"))]


def names(tree: ast.Module) -> set[str] | None:
    """Return the names that importing a module binds at its top level; None if a `*` hides them."""
    found: set[str] = set()
    for node in _bound(tree.body):
        if isinstance(node, DEFINITIONS):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return None if "*" in found else found


def _bound(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes that run on import in the module's own scope, without `if __name__ == "__main__"`."""
    for node in nodes:
        yield node
        explored = isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)
        if not explored and not isinstance(node, (*DEFINITIONS, *SCOPES)):
            yield from _bound(ast.iter_child_nodes(node))


def zero_tolerances(code: Code) -> Iterator[str]:
    """Yield the tolerances of 0 or less, which even correct work cannot keep."""
    fixed = _constants(code.tree)
    for call, verb in _calls(code.tree, "expect", tuple(TOLERANCES)):
        given = _given(call, TOLERANCES[verb])
        values = {name: _number(node, fixed) for name, node in given.items()}
        for name, value in values.items():
            if value is not None and value <= 0 and not (value == 0 and _suffices(values, OTHER.get(name))):
                yield (
                    f"{shown(code.path)}:{given[name].lineno}: expect.{verb}: expected {name} above 0, got "
                    f"{value:g}; {_instead(name)}"
                )


def _suffices(values: Mapping[str, float | None], other: str | None) -> bool:
    """Whether the other tolerance is written and may be above 0."""
    if other is None or other not in values:
        return False
    value = values[other]
    return value is None or value > 0


def _instead(name: str) -> str:
    if name == "bound":
        return "write the largest number that is still right"
    return (
        "write the error that correct work may have, such as 1e-4, or both where only one is meant: "
        "rtol=0, atol=1e-6"
    )


def unknown_names(code: Code, solution: Collection[str], standins: Collection[str]) -> Iterator[str]:
    """Yield what checks ask of a student, or of the stand-ins, under a name that is not there.

    Nothing is unknown among no names at all: then there is no such file.
    """
    for verbs, known, where in (
        (FOR_STUDENTS, solution, "the solution"),
        (FOR_STANDINS, standins, "standins.py"),
    ):
        for call, verb in _calls(code.tree, "student", verbs):
            name = call.args[0] if call.args else None
            if known and isinstance(name, ast.Constant) and name.value not in known:
                yield (
                    f"{shown(code.path)}:{name.lineno}: student.{verb}: expected a name in {where}, got "
                    f"{name.value!r}{meant(str(name.value), known)}; correct it, or write it there"
                )


def _calls(tree: ast.Module, owner: str, verbs: Collection[str]) -> Iterator[tuple[ast.Call, str]]:
    """Yield the calls of `owner.verb(…)` with these verbs."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=verb)):
                if name == owner and verb in verbs:
                    yield node, verb


def _given(call: ast.Call, places: Mapping[str, int]) -> dict[str, ast.expr]:
    """Return the arguments of a call that stand at these places or have these names."""
    found = {name: call.args[place] for name, place in places.items() if place < len(call.args)}
    return found | {key.arg: key.value for key in call.keywords if key.arg is not None and key.arg in places}


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Return what the names that a file assigns once, at its top level, stand for."""
    found: dict[str, list[ast.expr]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(statement.value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def _number(node: ast.expr, fixed: Mapping[str, ast.expr]) -> float | None:
    """Return the number that an expression is, written out or by the name of a constant; None if neither."""
    if isinstance(node, ast.Name):
        node = fixed.get(node.id, node)
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if type(value) in (int, float) else None
