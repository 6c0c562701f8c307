"""Defers the import of matplotlib.pyplot until it is used: grading never looks at a student's plots.

Every notebook begins with `import matplotlib.pyplot as plt`, which takes a fifth of a worker's import time,
yet most submissions draw only in code that grading does not run. The module exists under its name, empty, and
loads itself when any attribute is used. Its package is imported normally, because modules of a package that
is not imported yet could be imported twice.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import os
import shutil
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PLOTTING = "matplotlib.pyplot"


def bring_font_list() -> bool:
    """Copy the image's list of fonts to where matplotlib looks for it; return whether there is a list.

    Without it, matplotlib scans every font on the machine when it is imported.
    """
    kept, place = Path(sys.prefix, "share", "matplotlib"), os.environ.get("MPLCONFIGDIR")
    if kept.is_dir() and place:
        shutil.copytree(kept, place, dirs_exist_ok=True)
        return True
    return False


def put_off_plotting() -> None:
    """Replace PLOTTING with a module that is imported when it is used, unless it is imported already.

    Raises ImportError if matplotlib is not installed.
    """
    if PLOTTING in sys.modules:
        return
    spec = importlib.util.find_spec(PLOTTING)
    if spec is None:
        raise ImportError(f"{PLOTTING} is not installed")
    module = _Later(PLOTTING)
    module.__spec__, module.__loader__, module.__file__ = spec, spec.loader, spec.origin
    sys.modules[PLOTTING] = module
    package, _, name = PLOTTING.rpartition(".")
    setattr(sys.modules[package], name, module)


class _Later(types.ModuleType):
    """A module that imports itself when an attribute is set, or read and not found."""

    def __getattr__(self, name: str) -> Any:
        _fill(self)
        return getattr(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("__"):
            _fill(self)
        types.ModuleType.__setattr__(self, name, value)  # its class has changed by now

    def __dir__(self) -> list[str]:
        _fill(self)
        return dir(self)


def _fill(module: types.ModuleType) -> None:
    """Import `module` permanently; if that fails, the next use tries again."""
    spec: Any = module.__spec__
    module.__class__ = types.ModuleType
    try:
        with no_look_for_garbage():
            vars(module).update(vars(importlib.util.module_from_spec(spec)))
            spec.loader.exec_module(module)
    except BaseException:
        module.__class__ = _Later
        raise


@contextlib.contextmanager
def no_look_for_garbage() -> Iterator[None]:
    """Pause the garbage collector: imports leave nothing to collect, and looking costs a quarter of them."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
