"""Decides for each call whether the stand-in answers it or the student's own object."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

PLAIN = (bool, int, float, str, type(None))
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


class Calls:
    """The calls of a stand-in, as student code may write them: with own names and extra arguments."""

    def __init__(self, standin: Callable[..., Any], own: Callable[..., Any]) -> None:
        """Keep both; their signatures are read when a call needs them: most checks make none."""
        self._standin_itself, self._own_itself = standin, own

    @functools.cached_property
    def _standin(self) -> inspect.Signature | None:
        return _signature(self._standin_itself)

    @functools.cached_property
    def _own(self) -> inspect.Signature | None:
        return _signature(self._own_itself)

    @functools.cached_property
    def _parameters(self) -> list[inspect.Parameter]:
        """The stand-in's parameters that may be given by position."""
        parameters = [] if self._standin is None else self._standin.parameters.values()
        return [p for p in parameters if p.kind in POSITIONAL]

    @functools.cached_property
    def _plain(self) -> int:
        """The number of arguments of a call that needs no translation; -1 if some may be left out."""
        needed = [p for p in self._parameters if p.default is inspect.Parameter.empty]
        return len(needed) if len(needed) == len(self._parameters) else -1

    def known(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments | None:
        """Return the arguments for the stand-in, or None if only the student's own object knows this call."""
        if len(args) == self._plain and not kwargs:
            return args, kwargs
        if self._standin is None or _bound(self._standin, args, kwargs) is not None:
            return args, kwargs
        return self._translated(args, kwargs)

    def _translated(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments | None:
        """Name the arguments as the stand-in does; extra ones must equal the student's own defaults."""
        bound = None if self._own is None else _bound(self._own, args, kwargs)
        if self._own is None or bound is None:
            return None
        given = {}
        for position, (name, parameter) in enumerate(self._own.parameters.items()):
            if position < len(self._parameters) and parameter.kind in POSITIONAL:
                if name in bound.arguments:
                    given[self._parameters[position].name] = bound.arguments[name]
            elif name in bound.arguments and not _same(bound.arguments[name], parameter.default):
                return None
        assert self._standin is not None
        return None if _bound(self._standin, (), given) is None else ((), given)


class Switch:
    """Calls a stand-in in place of the student's own object.

    The own object gets the calls that the stand-in does not know: those that do not fit its signature, and
    those for which it returns NotImplemented. Attributes are those of the own object.
    """

    def __init__(self, standin: Callable[..., Any], own: Callable[..., Any]) -> None:
        """Keep both; `own` must not lead back to this switch."""
        self._standin = standin
        self._own = own
        self._calls = Calls(standin, own)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the stand-in's value for a call that it knows, otherwise the own object's."""
        known = self._calls.known(args, kwargs)
        value = NotImplemented if known is None else self._standin(*known[0], **known[1])
        return self._own(*args, **kwargs) if value is NotImplemented else value

    def __getattr__(self, name: str) -> Any:
        if name in ("_standin", "_own", "_calls") or (name.startswith("__") and name != "__name__"):
            raise AttributeError(name)  # copying and pickling ask for some before this object is filled
        return getattr(self._own, name)


def _signature(function: Any) -> inspect.Signature | None:
    if not isinstance(function, type) and hasattr(function, "forward"):
        function = function.forward  # torch's modules take any arguments and pass them on
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _bound(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> inspect.BoundArguments | None:
    try:
        return signature.bind(*args, **kwargs)
    except TypeError:
        return None


def _same(value: Any, default: Any) -> bool:
    """Whether an argument is the default; `==` of a tensor or a student's object would decide nothing."""
    return value is default or (
        type(value) in PLAIN and type(value) is type(default) and bool(value == default)
    )
