"""Converts between student objects and wire values: plain values and arrays cross, modules by handle.

A value is converted by its exact type, and the contents of a container are read through the base class, so
a subclass with overridden operators arrives as its true contents, or not at all.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autograder.wire import DTYPES, MAX_DEPTH, Handle, Opaque


class Registry:
    """The objects of one check that stay in the worker, by number."""

    def __init__(self) -> None:
        self._objects: dict[int, Any] = {}

    def keep(self, value: Any, number: int | None = None) -> Handle:
        """Keep `value` under `number`, if the judge chose one, and return its handle."""
        number = len(self._objects) + 1 if number is None else number
        self._objects[number] = value
        return Handle(number, type_name(value))

    def __getitem__(self, number: int) -> Any:
        return self._objects[number]


def type_name(value: Any) -> str:
    """Return the name of the value's type, ignoring any `__class__` that it defines."""
    return type.__getattribute__(type(value), "__name__")


def to_wire(value: Any, registry: Registry, depth: int = 0) -> Any:
    """Return `value` in a form that wire.py can send: arrays in NumPy, modules as handles, others Opaque."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str, Handle):
        return value
    if depth > MAX_DEPTH:
        return Opaque("deeply nested value")
    if isinstance(value, (list, tuple, dict)):
        return _container(value, registry, depth)
    if kind is np.ndarray or isinstance(value, np.generic):
        return _array(np.asarray(value))
    torch = sys.modules.get("torch")
    if torch is not None and kind in (torch.Tensor, torch.nn.Parameter):
        return _tensor(value, torch)
    if torch is not None and issubclass(kind, torch.nn.Module):
        return registry.keep(value)
    return Opaque(type_name(value))


def _container(value: Any, registry: Registry, depth: int) -> Any:
    if issubclass(type(value), dict):
        pairs = dict.items(value)
        return {_key(k): to_wire(v, registry, depth + 1) for k, v in pairs}
    base: Any = list if issubclass(type(value), list) else tuple
    return base(to_wire(v, registry, depth + 1) for v in base.__iter__(value))


def _key(key: Any) -> Any:
    if type(key) in (str, int, float, bool) or key is None:
        return key
    if isinstance(key, (np.generic, np.ndarray)) or type_name(key) == "Tensor":
        return key.item() if getattr(key, "size", None) == 1 or hasattr(key, "numel") else type_name(key)
    return type_name(key)


def _array(array: np.ndarray) -> Any:
    return array if array.dtype.name in DTYPES else Opaque(f"array of {array.dtype.name}")


def _tensor(tensor: Any, torch: Any) -> Any:
    plain = tensor.detach()
    if plain.layout is not torch.strided or plain.is_quantized:
        return Opaque(f"tensor with layout {plain.layout}")
    if plain.dtype is torch.bfloat16:
        plain = plain.float()
    if str(plain.dtype).removeprefix("torch.") not in DTYPES:
        return Opaque(f"tensor of {str(plain.dtype).removeprefix('torch.')}")
    return plain.cpu().resolve_conj().resolve_neg().contiguous().numpy()


def from_wire(value: Any, registry: Registry) -> Any:
    """Return a wire value for student code: arrays become new tensors, handles become their objects."""
    if isinstance(value, np.ndarray):
        import torch

        return torch.from_numpy(value.copy())
    if isinstance(value, Handle):
        return registry[value.id]
    if isinstance(value, (list, tuple)):
        return type(value)(from_wire(v, registry) for v in value)
    if isinstance(value, dict):
        return {k: from_wire(v, registry) for k, v in value.items()}
    return value
