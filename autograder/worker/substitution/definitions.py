"""Notes every object that was an answer to a question while a submission was loaded."""

from __future__ import annotations

import ast
import os
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

MOST = 50  # objects noted for each name: a loop may define a function a million times


class Definitions:
    """The objects that definitions of some names created, and the values that the names had, oldest first.

    A function or class is noted before its decorators see it: a decorator may keep the function and return
    another one.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._made: dict[str, deque[Any]] = {name: deque(maxlen=MOST) for name in names}  # by name
        token = os.urandom(8).hex()  # so that no string in student code equals a mark
        self._marks = {f"{name} {token}": self._noting(name) for name in self._made}
        self._mark_of = {mark.split()[0]: mark for mark in self._marks}

    def compile(self, tree: ast.Module | ast.Interactive, file: str, flags: int = 0) -> types.CodeType:
        """Compile code of a module; running it notes each definition of the names outside functions.

        The first decorator that a definition passes through returns it unchanged. It is a constant of the
        code, under no name, and has the line of the definition, so that `inspect` finds the same source.
        """
        for node in _definitions_in(tree.body):
            if node.name in self._mark_of:
                mark = ast.Constant(self._mark_of[node.name])
                node.decorator_list.append(_at_the_line_of(node, mark))
        mode = "single" if isinstance(tree, ast.Interactive) else "exec"
        code = compile(tree, file, mode, flags, dont_inherit=True)
        return code.replace(co_consts=tuple(self._unmarked(value) for value in code.co_consts))

    def look(self, namespace: Mapping[str, Any], names: Iterable[str] = ()) -> None:
        """Note the values that these names, and those noted so far, have now."""
        for name in names:
            self._made.setdefault(name, deque(maxlen=MOST))
        for name in self._made:
            if name in namespace:
                self._note(name, namespace[name])

    def objects(self, names: Iterable[str]) -> dict[str, list[Any]]:
        """Return the callable objects noted for each of `names`, and what they wrap, each once."""
        return {name: _once(_with_wrapped(self._made.get(name, ()))) for name in names}

    def _noting(self, name: str) -> Callable[[Any], Any]:
        def noted(value: Any) -> Any:
            self._note(name, value)
            return value

        return noted

    def _note(self, name: str, value: Any) -> None:
        made = self._made[name]
        if callable(value) and not any(value is one for one in made):
            made.append(value)

    def _unmarked(self, value: Any) -> Any:
        return self._marks.get(value, value) if isinstance(value, str) else value


def _at_the_line_of(node: ast.stmt, mark: ast.expr) -> ast.expr:
    ast.copy_location(mark, node)
    mark.end_lineno, mark.end_col_offset = node.lineno, node.col_offset
    return mark


def _definitions_in(
    nodes: Iterable[ast.AST],
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Yield the functions and classes that these statements define, also inside `if`, `try` and loops."""
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node
        elif isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from _definitions_in(ast.iter_child_nodes(node))


def _with_wrapped(values: Iterable[Any]) -> Iterator[Any]:
    """Yield the values, and the functions that functions among them wrap (functools.wraps)."""
    for value in values:
        yield value
        for _ in range(10):
            if type(value) is not types.FunctionType or "__wrapped__" not in vars(value):
                break
            value = vars(value)["__wrapped__"]
            yield value


def _once(values: Iterable[Any]) -> list[Any]:
    return list({id(value): value for value in values}.values())
