"""Replaces `tqdm.notebook`, which raises outside a notebook page, with text progress bars."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from typing import Any

BARS = "tqdm.notebook"


def plain_bars() -> None:
    """From now on, `tqdm.notebook` has tqdm's text progress bars, however it is imported."""
    if not isinstance(sys.modules.get(BARS), PlainBars):
        sys.modules.pop(BARS, None)
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class PlainBars(types.ModuleType):
    """A module with the names of `tqdm`."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        import tqdm

        return getattr(tqdm, {"tqdm_notebook": "tqdm", "tnrange": "trange"}.get(name, name))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `tqdm.notebook` before tqdm's own folder does, so that it also becomes tqdm's attribute."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a spec for BARS; None for every other module."""
        return importlib.machinery.ModuleSpec(fullname, self) if fullname == BARS else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Return the replacement."""
        return PlainBars(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Do nothing: the module is complete."""
