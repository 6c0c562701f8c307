"""Makes torchvision importable with a CPU-only torch, wherever and however student code imports it.

torchvision's wheel has compiled operators (`_C`) that may be linked against the GPU build of torch. With a
CPU-only torch they cannot load: `import torchvision` fails with `operator torchvision::nms does not exist`,
because its Python code refers to two operators that are not declared. Declaring them is enough for
`datasets` and `transforms`; calling `nms` still fails, as it must.

A finder declares them when torchvision is first imported, and does nothing if the compiled operators load.
A worker calls `install`. Elsewhere latent_lab.pth, installed with the kit, adds the same finder whenever
Python starts; until torchvision is imported, that imports nothing of the kit.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Sequence
from pathlib import Path

NAME = "torchvision"
SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def install() -> None:
    """Add the finder once; this does not import torch, only torchvision's import does."""
    if not any(getattr(finder, "of_latent_lab", False) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(importlib.abc.MetaPathFinder):
    """Finds torchvision as Python would, with a loader that declares its operators first."""

    of_latent_lab = True

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return torchvision's spec with the loader below; None for every other module."""
        return find() if fullname == NAME else None


def find() -> importlib.machinery.ModuleSpec | None:
    """Return torchvision's spec with the loader below; None if it is not installed."""
    spec = importlib.machinery.PathFinder.find_spec(NAME)
    if spec is not None and spec.loader is not None:
        spec.loader = _Loader(spec.loader)
    return spec


class _Loader(importlib.abc.Loader):
    """Declares what torchvision lacks, restores the module's original loader, and runs the module with it."""

    def __init__(self, original: importlib.abc.Loader) -> None:
        self._original = original

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        """Leave this to the module's original loader."""
        return self._original.create_module(spec)

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the module after its operators are declared."""
        module.__loader__ = self._original
        if module.__spec__ is not None:
            module.__spec__.loader = self._original
        with contextlib.suppress(ImportError):  # without torch, torchvision itself reports it
            declare()
        self._original.exec_module(module)


def declare() -> bool:
    """Declare the operators that torchvision lacks; return True if this call declared them.

    Does nothing if torchvision is not installed, if its compiled operators load, or the second time.
    """
    import torch

    if hasattr(torch.ops.torchvision, "nms") or compiled_operators_load():
        return False
    library = torch.library.Library(NAME, "FRAGMENT")
    for schema in SCHEMAS:
        library.define(schema)
    torch.ops.torchvision.declared_by_latent_lab = library  # a declaration lives as long as this object
    return True


def compiled_operators_load() -> bool:
    """Whether torchvision's shared library loads here; also True if torchvision is not installed."""
    spec = importlib.util.find_spec(NAME)
    if spec is None or not spec.submodule_search_locations:
        return True
    folder = Path(spec.submodule_search_locations[0])
    files = [folder / f"_C{suffix}" for suffix in importlib.machinery.EXTENSION_SUFFIXES]
    return any(_loads(file) for file in files if file.exists())


def _loads(file: Path) -> bool:
    import torch

    if sys.platform == "win32":
        os.add_dll_directory(str(file.parent))
    try:
        torch.ops.load_library(str(file))
    except OSError:
        return False
    return True
