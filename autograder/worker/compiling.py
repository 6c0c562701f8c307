"""Leaves out torch's compiler: `torch.compile` returns what it was given.

Compiled code computes the same, but compiling takes longer than all checks and needs a C++ compiler.
"""

from __future__ import annotations

import sys
from typing import Any


def leave_out() -> None:
    """Replace `torch.compile` and `Module.compile` if torch is imported."""
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.compile = _as_given
        torch.nn.Module.compile = lambda self, *_, **__: None


def _as_given(model: Any = None, **options: Any) -> Any:
    """Return `model`; without one, a decorator that returns what it decorates."""
    if model is None:
        return lambda function: _as_given(function, **options)
    torch: Any = sys.modules["torch"]
    if isinstance(model, torch.nn.Module):
        vars(model).setdefault("_orig_mod", model)  # where compiled models keep the original
    return model
