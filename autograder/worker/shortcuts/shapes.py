"""Defers the part of `import torch` that supports tensors without data (`device="meta"`) until it is used.

A quarter of torch's import time goes into the shapes that operations give to such tensors, which real
computations never use. These modules import each other in a circle, which works only in torch's own order:
whichever is requested first, all are imported in that order. They also set the metaclass without which
`torch.Generator` cannot be called, so that is set at once here, and again by them.

Until they are imported, some operations on tensors without data raise NotImplementedError. Such operations
import nothing, so the judge requests SHAPES in advance if a submission's text hints at such tensors.
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
DOORS = frozenset(  # any code that needs SHAPES or what it imports goes through one of these modules
    [
        *(SHAPES, "torch._decomp", "torch._prims", "torch._refs", "torch._prims_common.wrappers"),
        *("torch.testing._internal.common_dtype", "torch.utils._content_store"),
    ]
)


def import_torch() -> None:
    """Import torch without SHAPES, for the first time in this process.

    Installs a finder and a `__getattr__` on torch that import SHAPES at the first use of any of DOORS.
    Raises ImportError if torch is not installed.
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
    """Imports SHAPES before the first of DOORS is imported, or read as an attribute of torch."""

    def __init__(self, torch: Any) -> None:
        self._inside: set[int] = set()  # the threads that import SHAPES, or wait for the one that does
        self._torch = torch
        self._getattr = torch.__getattr__
        torch.__getattr__ = self._attribute

    def _attribute(self, name: str) -> Any:
        """Return an attribute that torch lacks: import SHAPES if that provides it, otherwise ask torch."""
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
        """Import all of SHAPES, and return the requested module, which has run by then."""
        self._open()
        module = importlib.import_module(spec.name)
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Restore the module's own spec, which importlib has replaced with this loader's."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state

    def _stands_before(self, name: str) -> bool:
        return name in DOORS and threading.get_ident() not in self._inside

    def _open(self) -> None:
        """Import SHAPES and remove this finder; other threads wait for the import meanwhile."""
        self._inside.add(threading.get_ident())
        try:
            with no_look_for_garbage():
                importlib.import_module(SHAPES)
        finally:
            self._inside.discard(threading.get_ident())
        with contextlib.suppress(ValueError):  # another thread removed it
            sys.meta_path.remove(self)
        self._torch.__getattr__ = self._getattr
