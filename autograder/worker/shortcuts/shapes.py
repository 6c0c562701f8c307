"""Puts off what `import torch` teaches tensors without data (`device="meta"`), until anything of it is used.

A quarter of torch's import goes into the shape that each operation gives to such tensors; nothing that is
computed looks there. Its modules import each other in circles, which works in torch's own order only:
whichever of them is asked for first, all are imported in that order. `torch.Generator` cannot be called
before it is told its metaclass, which they do by the way, so that is done at once; they do it again.

What is different until then: some operations on tensors without data raise NotImplementedError. They import
nothing, so the judge has SHAPES imported ahead where a submission's text hints at such tensors.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import sys
import threading
import types
from collections.abc import Sequence
from typing import Any

from autograder.worker.shortcuts.plotting import no_look_for_garbage

SHAPES = "torch._meta_registrations"
DOORS = frozenset(  # by one of these whoever wants what SHAPES brings must come
    [
        *(SHAPES, "torch._decomp", "torch._prims", "torch._refs", "torch._prims_common.wrappers"),
        *("torch.testing._internal.common_dtype", "torch.utils._content_store"),
    ]
)


def import_torch() -> None:
    """Import torch, for the first time in this process, without SHAPES.

    Puts a finder in front and a `__getattr__` on torch, by which SHAPES is imported at the first use of any
    of DOORS. Raises ImportError when torch is not installed.
    """
    sys.modules[SHAPES] = types.ModuleType(SHAPES)
    try:
        torch: Any = importlib.import_module("torch")
    finally:
        del sys.modules[SHAPES]
    del torch._meta_registrations
    torch._C._set_generator_metaclass(sys.modules["torch._opaque_base"].OpaqueBaseMeta)
    sys.meta_path.insert(0, _Doors(torch))


class _Doors(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports SHAPES before the first of DOORS that is imported, or looked for in torch."""

    def __init__(self, torch: Any) -> None:
        self._inside: set[int] = set()  # the threads that import SHAPES, or wait for the one that does
        self._torch = torch
        self._getattr = torch.__getattr__
        torch.__getattr__ = self._attribute

    def _attribute(self, name: str) -> Any:
        """Look for an attribute that torch does not have: what its import leaves there, or its own way."""
        if not self._stands_before(f"torch.{name}"):
            return self._getattr(name)
        self._open()
        return getattr(self._torch, name)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Take over the import of one of DOORS."""
        return importlib.machinery.ModuleSpec(fullname, self) if self._stands_before(fullname) else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Import all of it, and return the module asked for, which is run by then."""
        self._open()
        module = importlib.import_module(spec.name)
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Give the module its own spec back, in the place of which importlib has put this loader's."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state

    def _stands_before(self, name: str) -> bool:
        return name in DOORS and threading.get_ident() not in self._inside

    def _open(self) -> None:
        """Import SHAPES and get out of the way; other threads that come meanwhile wait for its import."""
        self._inside.add(threading.get_ident())
        try:
            with no_look_for_garbage():
                importlib.import_module(SHAPES)
        finally:
            self._inside.discard(threading.get_ident())
        with contextlib.suppress(ValueError):  # another thread did
            sys.meta_path.remove(self)
        self._torch.__getattr__ = self._getattr
