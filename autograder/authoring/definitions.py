"""Extracts definitions from Python source by its syntax tree: whole, or as a stub for students to write."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass

from autograder.records import stubs

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
WIDTH = 100


@dataclass(frozen=True)
class Regions:
    """How another tool's master notebook marks the lines that students do not get.

    `prompt` is the pair of lines around what students get instead, for a tool that has such lines.
    """

    begin: str
    end: str
    prompt: tuple[str, str] | None = None

    def around(self, lines: list[str], indent: str = "") -> list[str]:
        """Return `lines` as a region that students do not get."""
        return [indent + self.begin, *lines, indent + self.end]


def find(source: str, name: str) -> list[str]:
    """Return the lines of the top-level definition of `name`. Raises LookupError if there is none."""
    node = _node(source, name)
    return source.splitlines()[_first(node) - 1 : node.end_lineno]


def stub(source: str, name: str, regions: Regions | None = None) -> list[str]:
    """Return `name` with its decorators, signatures and docstrings; each body raises NotImplementedError.

    With `regions` the original bodies stay too, marked as lines that students do not get. Raises LookupError
    if `name` is not a function or class, or has no docstring.
    """
    node, lines = _node(source, name), source.splitlines()
    if isinstance(node, ast.FunctionDef):
        return _function_stub(node, lines, name, regions)
    if not isinstance(node, ast.ClassDef):
        raise LookupError(f"expected {name} to be a function or a class, because a stub is made from it")
    made = lines[_first(node) - 1 : _head_end(node)]
    for method in node.body:
        if isinstance(method, ast.FunctionDef):
            made += ["", *_function_stub(method, lines, f"{name}.{method.name}", regions)]
    return made


def _function_stub(node: ast.FunctionDef, lines: list[str], name: str, regions: Regions | None) -> list[str]:
    head = lines[_first(node) - 1 : _head_end(node)]
    inner = " " * (node.col_offset + 4)
    missing = _not_written(node, name, inner)
    if regions is None:
        return [*head, *missing]
    body = regions.around(lines[_head_end(node) : node.end_lineno], inner)
    if regions.prompt is None:
        return [*head, *body]
    begin, end = regions.prompt
    return [*head, *body, inner + begin, *missing, inner + end]


def _not_written(node: ast.FunctionDef, name: str, inner: str) -> list[str]:
    text = stubs.sentence(name, _summary(node, name))
    pieces = textwrap.wrap(text, WIDTH - len(inner) - 6, drop_whitespace=False)
    literals = [f"{inner}    {_quoted(piece)}" for piece in pieces]
    return [f"{inner}raise NotImplementedError(", *literals, f"{inner})"]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _summary(node: ast.FunctionDef, name: str) -> str:
    """Return the first paragraph of the docstring on one line."""
    text = ast.get_docstring(node)
    if not text:
        raise LookupError(f"expected a docstring in {name} that says what to do, got none; write one")
    return " ".join(text.split("\n\n")[0].split())


def _head_end(node: Definition) -> int:
    """Return the number of the docstring's last line or, without a docstring, of the line before the body."""
    first = node.body[0]
    return (first.end_lineno or first.lineno) if ast.get_docstring(node) else first.lineno - 1


def _first(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _node(source: str, name: str) -> ast.stmt:
    for node in ast.parse(source).body:
        names = [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
        if name in names or getattr(node, "name", None) == name:
            return node
    raise LookupError(f"expected a definition of {name} at the top level, got none")
