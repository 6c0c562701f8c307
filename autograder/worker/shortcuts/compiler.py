"""Saves training from importing torch's compiler, which is not used unless code is compiled.

The first optimiser in a process makes torch import `torch._dynamo`, some 900 modules and a second of CPU
time, only to mark code as "do not trace". Until that module is imported, optimisers here compute the same
without the marks; as soon as it is imported (`torch.compile` does so), torch's original code is restored.
"""

from __future__ import annotations

import importlib.abc
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

COMPILER = "torch._dynamo"
MARK = "__dynamo_disable"  # the attribute with the function that torch._compile calls instead


def spare_the_compiler() -> None:
    """Stop torch.optim from importing `torch._dynamo`; do nothing if it is imported or already deferred.

    Call it after `import torch` and before any optimiser is created. Changes torch.optim until
    `torch._dynamo` is imported.
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
    """Whether torch.optim.optimizer._use_grad_for_differentiable made the function."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_name == "_use_grad" and code.co_freevars == ("func",)


def _is_wrapped_by_disable(function: Any) -> bool:
    """Whether torch._compile._disable_dynamo made the function."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_name == "inner" and code.co_freevars == ("fn", "recursive")


def _grad_as_the_optimizer_says(func: Callable[..., Any]) -> types.FunctionType:
    """Return `_use_grad` without its graph breaks: same free variable, and torch.optim's globals."""

    def step(*args: Any, **kwargs: Any) -> Any:
        before = torch.is_grad_enabled()  # type: ignore[name-defined]  # noqa: F821
        try:
            torch.set_grad_enabled(args[0].defaults["differentiable"])  # type: ignore[name-defined]  # noqa: F821
            return func(*args, **kwargs)
        finally:
            torch.set_grad_enabled(before)  # type: ignore[name-defined]  # noqa: F821

    return step  # type: ignore[return-value]


class _PutBack(importlib.abc.MetaPathFinder):
    """Finds no module; restores torch.optim's original code when the compiler is looked for."""

    def __init__(
        self, steps: list[tuple[types.FunctionType, types.CodeType]], methods: list[types.FunctionType]
    ) -> None:
        self._steps = steps
        self._methods = methods

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> None:
        """Undo all changes before `torch._dynamo` is imported."""
        if fullname != COMPILER:
            return
        sys.meta_path.remove(self)
        for step, code in self._steps:
            step.__code__ = code
        for method in self._methods:
            delattr(method, MARK)
