"""Changes the student's functions and callable instances in place, so that a stand-in answers their calls."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator
from typing import Any

from autograder.worker.substitution.calls import Switch

Undo = Callable[[], object]
STAND_IN = "<stand-in>"  # the name of the code that calls a stand-in
TARGET = "the switch to call"


def replaced(own: Any, standin: Any, names: dict[str, Any]) -> Iterator[Undo]:
    """Change `own` in place and yield how to undo it; yields nothing if it is not the student's to change.

    `names` is the submission's namespace: only functions that were defined in it are changed.
    """
    if type(own) is types.FunctionType:
        yield from _function(own, standin, names, bound=())
    elif type(own) is types.MethodType:
        yield from _function(own.__func__, standin, names, bound=(own.__self__,))
    elif issubclass(type(own), functools.partial):
        yield from _partial(own, standin)
    elif _is_students(type(own), names) or _is_module(own):
        yield from _instance(own, standin)


def changed_by(own: Any) -> int:
    """Return the id of the object that `replaced` would change: of a bound method, its function."""
    return id(own.__func__) if type(own) is types.MethodType else id(own)


def identity(own: Any) -> tuple[int, ...]:
    """Return what identifies an object: each access to a bound method makes a new, equal one."""
    return (id(own.__func__), id(own.__self__)) if type(own) is types.MethodType else (id(own),)


def is_stand_in(code: types.CodeType) -> bool:
    """Whether this code only passes a call on to a stand-in."""
    return code.co_name == STAND_IN


def _function(own: Any, standin: Any, names: dict[str, Any], bound: tuple[Any, ...]) -> Iterator[Undo]:
    """Exchange a function's code. Its identity, name, docstring, defaults and place in the file stay."""
    if type(own) is not types.FunctionType or own.__globals__ is not names or is_stand_in(own.__code__):
        return
    code = own.__code__
    copy = types.FunctionType(code, own.__globals__, own.__name__, own.__defaults__, own.__closure__)
    copy.__kwdefaults__ = own.__kwdefaults__
    target = Switch(standin, functools.partial(copy, *bound) if bound else copy)
    own.__code__ = _passing_on(code, target, len(bound))
    yield lambda: setattr(own, "__code__", code)


def _passing_on(code: types.CodeType, target: Switch, skipped: int) -> types.CodeType:
    """Return code that calls `target` with all but the first `skipped` arguments.

    It has as many free variables as `code`, without which a function cannot
    take it, and its place in the file.
    """
    inner = _template(len(code.co_freevars), skipped)
    consts = tuple(target if value == TARGET else value for value in inner.co_consts)
    file, line = code.co_filename, code.co_firstlineno
    return inner.replace(co_consts=consts, co_name=STAND_IN, co_filename=file, co_firstlineno=line)


@functools.cache
def _template(free: int, skipped: int) -> types.CodeType:
    """Return the code of a function with `free` free variables that calls the constant TARGET."""
    cells = "".join(f"v{i}, " for i in range(free))
    source = (
        f"def outer({cells}):\n"
        "    def inner(*args, **kwargs):\n"
        f"        if 0: {cells or 'pass'}\n"
        f"        target = {TARGET!r}\n"
        f"        return target(*args[{skipped}:], **kwargs)\n"
    )
    return _code_in(_code_in(compile(source, STAND_IN, "exec")))


def _code_in(code: types.CodeType) -> types.CodeType:
    return next(value for value in code.co_consts if isinstance(value, types.CodeType))


def _partial(own: Any, standin: Any) -> Iterator[Undo]:
    """Make a partial call the stand-in, also for names that it binds."""
    before = own.__reduce__()[2]
    copy: Any = functools.partial(own.func, *own.args, **own.keywords)
    own.__setstate__((Switch(standin, copy), (), {}, vars(own)))
    yield lambda: own.__setstate__(before)


def _instance(own: Any, standin: Any) -> Iterator[Undo]:
    """Give one callable instance a subclass that calls the stand-in; other instances stay."""
    before = type(own)
    target = Switch(standin, functools.partial(before.__call__, own))

    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        return target(*args, **kwargs) if self is own else before.__call__(self, *args, **kwargs)

    methods: dict[str, Any] = {"__call__": called, "__slots__": (), "__module__": before.__module__}
    own.__class__ = type(before.__name__, (before,), methods)
    yield lambda: setattr(own, "__class__", before)


def _is_students(kind: type, names: dict[str, Any]) -> bool:
    """Whether a class was defined in the submission."""
    return kind.__module__ == names.get("__name__")


def _is_module(own: Any) -> bool:
    """Whether an object is one of torch's modules, such as `nn.MSELoss()`: made by the student."""
    return any(kind.__module__ == "torch.nn.modules.module" for kind in type(own).__mro__)


_template(0, 0)  # that of nearly every function, so that forks find it made
