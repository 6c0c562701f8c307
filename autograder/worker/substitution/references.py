"""Replaces the references that a submission holds to objects which cannot be changed themselves."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping
from typing import Any

from autograder.worker.substitution.objects import identity

Undo = Callable[[], object]
DEEPEST = 4  # containers in containers: a table in an attribute of an instance in a list
MOST = 20_000  # objects looked at: a list of a million images holds no functions


def replace_references(names: dict[str, Any], others: Mapping[int, tuple[Any, Any]]) -> list[Undo]:
    """Replace each object in `others` (by id: the object, its replacement) wherever `names` leads to it.

    Looks into dicts, lists, tuples and partials; into default arguments and closures of the submission's
    functions; and into its classes and their instances. Returns how to undo each replacement.
    """
    search = _Search(names, others)
    search.mapping(names, 0)
    return search.undo


class _Search:
    """One search through a submission's objects."""

    def __init__(self, names: dict[str, Any], others: Mapping[int, tuple[Any, Any]]) -> None:
        self._names = names
        self._others = others
        self._seen: set[int] = set()
        self.undo: list[Undo] = []

    def mapping(self, held: dict[Any, Any], depth: int) -> None:
        """Replace values of a dict."""
        for key, value in list(held.items()):
            if (new := self._new(value, depth)) is not value:
                held[key] = new
                self.undo.append(functools.partial(held.__setitem__, key, value))

    def _new(self, value: Any, depth: int) -> Any:
        """Return what to hold in place of `value`, after replacing what it holds itself."""
        if id(value) in self._others:
            return self._others[id(value)][1]
        if type(value) is types.MethodType:
            return self._method(value)
        if depth >= DEEPEST or id(value) in self._seen or len(self._seen) >= MOST:
            return value
        self._seen.add(id(value))
        if type(value) is tuple:
            items = tuple(self._new(item, depth + 1) for item in value)
            return value if all(map(_is, items, value)) else items
        self._look_into(value, depth + 1)
        return value

    def _look_into(self, value: Any, depth: int) -> None:
        kind = type(value)  # not `isinstance`, which asks objects that may answer anything
        if issubclass(kind, dict):
            self.mapping(value, depth)
        elif issubclass(kind, list):
            self._list(value, depth)
        elif issubclass(kind, functools.partial):
            self._partial(value, depth)
        elif kind is types.FunctionType:
            if value.__globals__ is self._names:
                self._function(value, depth)
        elif issubclass(kind, type):
            if value.__module__ == self._names.get("__name__"):
                self._class(value, depth)
        elif kind.__module__ == self._names.get("__name__") or kind is types.SimpleNamespace:
            self.mapping(object.__getattribute__(value, "__dict__"), depth)

    def _method(self, value: Any) -> Any:
        """Return the replacement of a bound method."""
        same = (new for own, new in self._others.values() if identity(own) == identity(value))
        return next(same, value)

    def _list(self, held: list[Any], depth: int) -> None:
        for position, value in enumerate(held):
            if (new := self._new(value, depth)) is not value:
                held[position] = new
                self.undo.append(functools.partial(held.__setitem__, position, value))

    def _partial(self, held: Any, depth: int) -> None:
        before = held.__reduce__()[2]
        function, args, keywords, attributes = before
        function, args = self._new(function, depth), self._new(tuple(args), depth)
        self.mapping(keywords, depth)
        if function is not before[0] or args is not before[1]:
            held.__setstate__((function, args, keywords, attributes))
            self.undo.append(functools.partial(held.__setstate__, before))

    def _function(self, held: types.FunctionType, depth: int) -> None:
        """Replace default arguments and closed-over variables."""
        for attribute in ("__defaults__", "__kwdefaults__"):
            before = getattr(held, attribute)
            if (new := self._new(before, depth)) is not before:
                setattr(held, attribute, new)
                self.undo.append(functools.partial(setattr, held, attribute, before))
        for cell in held.__closure__ or ():
            self._cell(cell, depth)

    def _cell(self, cell: types.CellType, depth: int) -> None:
        try:
            before = cell.cell_contents
        except ValueError:  # a variable without a value yet
            return
        if (new := self._new(before, depth)) is not before:
            cell.cell_contents = new
            self.undo.append(functools.partial(setattr, cell, "cell_contents", before))

    def _class(self, held: type, depth: int) -> None:
        for name, value in list(vars(held).items()):
            if name.startswith("__") and name != "__init__":
                continue
            if (new := self._attribute(value, depth)) is not value:
                setattr(held, name, new)
                self.undo.append(functools.partial(setattr, held, name, value))

    def _attribute(self, value: Any, depth: int) -> Any:
        """Return what a class holds in place of `value`; a replaced function is still called with `self`."""
        if isinstance(value, (staticmethod, classmethod)):
            function = value.__func__
            new = self._new(function, depth)
            return value if new is function else type(value)(new)
        new = self._new(value, depth)
        if new is not value and isinstance(value, types.FunctionType):
            return lambda self, *args, **kwargs: new(*args, **kwargs)
        return new


def _is(new: Any, old: Any) -> bool:
    return new is old
