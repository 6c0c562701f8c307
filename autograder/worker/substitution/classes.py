"""Changes a student's class in place, so that its new instances are those of a stand-in class.

The class itself stays: `isinstance`, subclasses, `super().__init__(…)`, aliases and default arguments all
lead to it. Instances made before, or by a call that the stand-in does not know, stay the student's own.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

from autograder.worker.substitution.calls import Calls

Undo = Callable[[], object]
MARK = " made by a stand-in"  # an entry in the `__dict__` of such an instance
UNSET = object()


def replaced(own: Any, standin: Any, names: dict[str, Any]) -> Iterator[Undo]:
    """Change the class `own` in place and yield how to undo it.

    Yields nothing if it is not the student's or `standin` is no class. Raises TypeError or AttributeError if
    Python does not allow it.
    """
    if not isinstance(standin, type) or own.__module__ != names.get("__name__") or "__new__" in vars(own):
        return
    bases, made = own.__bases__, own.__init__
    methods = {name: value for name, value in vars(own).items() if _switchable(name, value, standin)}
    own.__bases__ = (_base(bases, standin),)
    yield lambda: setattr(own, "__bases__", bases)
    for name, value in methods.items():
        setattr(own, name, _either(getattr(standin, name), value))
        yield _setter(own, name, value)
    before = vars(own).get("__init__", UNSET)
    own.__init__ = _initialiser(standin, made)
    if "__init__" not in methods:
        yield _setter(own, "__init__", before)


def _setter(own: type, name: str, value: Any) -> Undo:
    return lambda: delattr(own, name) if value is UNSET else setattr(own, name, value)


def _switchable(name: str, value: Any, standin: type) -> bool:
    return isinstance(value, types.FunctionType) and hasattr(standin, name)


def _base(bases: tuple[type, ...], standin: type) -> type:
    """Return the class between the student's class and `standin`.

    Its methods are the stand-in's for the stand-in's instances, and those of `bases` for the student's own.
    """
    parent = bases[0] if len(bases) == 1 else type("Bases", bases, {})
    common = set(standin.__mro__)
    attributes: dict[str, Any] = {"__init__": _either(standin.__init__, parent.__init__)}  # type: ignore[misc]
    for kind in reversed(parent.__mro__):
        for name, value in () if kind in common else vars(kind).items():
            if _switchable(name, value, standin):
                attributes[name] = _either(getattr(standin, name), getattr(parent, name))
            elif not name.startswith("__"):
                attributes[name] = value
    return type(standin.__name__, (standin,), attributes)


def _either(theirs: Callable[..., Any], own: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that is `theirs` for the stand-in's instances and `own` for the student's."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return (theirs if MARK in vars(self) else own)(self, *args, **kwargs)

    return method


def _initialiser(standin: type, own: Callable[..., Any]) -> Callable[..., None]:
    """Return the `__init__` that builds a stand-in, or the student's own for calls that only it knows."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        known = Calls(standin, own.__get__(self)).known(args, kwargs)
        if known is None:
            own(self, *args, **kwargs)
        else:
            vars(self)[MARK] = True
            standin.__init__(self, *known[0], **known[1])  # type: ignore[misc]

    return __init__
