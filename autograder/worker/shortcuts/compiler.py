"""Spares training the imports that torch makes for its compiler, which without compiling are never used.

The first optimiser of a process makes torch import `torch._dynamo`: some 900 modules and a second of CPU, in
order to say "do not trace this" where nothing is traced. Until somebody imports it, optimisers here do the
same without saying so; the moment somebody does (`torch.compile` does), torch's own code is back in place.
"""

from __future__ import annotations

import importlib.abc
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

COMPILER = "torch._dynamo"
MARK = "__dynamo_disable"  # where torch._compile keeps what it calls in place of a function


def spare_the_compiler() -> None:
    """Keep torch.optim from importing `torch._dynamo`; does nothing if that is imported or already put off.

    Call it after `import torch`, before any optimiser is made. Changes torch.optim until then.
    """
    if COMPILER in sys.modules or any(isinstance(finder, _PutBack) for finder in sys.meta_path):
        return
    from torch import optim

    classes = [c for c in vars(optim).values() if isinstance(c, type) and issubclass(c, optim.Optimizer)]
    steps: list[Any] = [f for c in classes if _asks_for_graph_breaks(f := vars(c).get("step"))]
    methods = [f.__wrapped__ for f in vars(optim.Optimizer).values() if _is_wrapped_by_disable(f)]
    sys.meta_path.insert(0, _PutBack([(step, step.__code__) for step in steps], methods))
    for step in steps:
        step.__code__ = _grad_as_the_optimizer_says(step).__code__
    for method in methods:
        setattr(method, MARK, method)


def _asks_for_graph_breaks(function: Any) -> bool:
    """Tell what torch.optim.optimizer._use_grad_for_differentiable made."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_name == "_use_grad" and code.co_freevars == ("func",)


def _is_wrapped_by_disable(function: Any) -> bool:
    """Tell what torch._compile._disable_dynamo made."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_name == "inner" and code.co_freevars == ("fn", "recursive")


def _grad_as_the_optimizer_says(func: Callable[..., Any]) -> types.FunctionType:
    """Return what `_use_grad` is but for its graph breaks: the same free variable, torch.optim's globals."""

    def step(*args: Any, **kwargs: Any) -> Any:
        before = torch.is_grad_enabled()  # type: ignore[name-defined]  # noqa: F821
        try:
            torch.set_grad_enabled(args[0].defaults["differentiable"])  # type: ignore[name-defined]  # noqa: F821
            return func(*args, **kwargs)
        finally:
            torch.set_grad_enabled(before)  # type: ignore[name-defined]  # noqa: F821

    return step  # type: ignore[return-value]


class _PutBack(importlib.abc.MetaPathFinder):
    """Finds nothing; gives torch.optim its own code back when the compiler is looked for."""

    def __init__(
        self, steps: list[tuple[types.FunctionType, types.CodeType]], methods: list[types.FunctionType]
    ) -> None:
        self._steps = steps
        self._methods = methods

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> None:
        """Undo it all before `torch._dynamo` is imported."""
        if fullname != COMPILER:
            return
        sys.meta_path.remove(self)
        for step, code in self._steps:
            step.__code__ = code
        for method in self._methods:
            delattr(method, MARK)
