"""Puts off the import of plotting until something of it is used: grading looks at no plot of a submission's.

`import matplotlib.pyplot as plt` stands at the top of every notebook, takes a quarter of what a worker
imports, and most submissions draw only where grading does not go. The modules are there by name, empty, and
fill themselves the moment that anything of them is asked for.
"""

from __future__ import annotations

import gc
import importlib.machinery
import importlib.metadata
import importlib.util
import sys
import types
from typing import Any

PLOTTING = ("matplotlib", "matplotlib.pyplot")  # a package before what is in it


def put_off_plotting() -> dict[str, str]:
    """Put modules in the place of PLOTTING that are imported when they are used, unless they are there
    already; return the package's version by its name, nothing where it is not installed.
    """
    try:
        version = importlib.metadata.version(PLOTTING[0])
    except importlib.metadata.PackageNotFoundError:
        return {}
    if PLOTTING[0] not in sys.modules:
        _put_off()
    return {PLOTTING[0]: version}


def _put_off() -> None:
    path = None
    for name in PLOTTING:
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        assert spec is not None
        module = _Later(name)
        module.__spec__, module.__loader__, module.__file__ = spec, spec.loader, spec.origin
        sys.modules[name] = module
        package, _, last = name.rpartition(".")
        if package:
            vars(sys.modules[package])[last] = module
        path = spec.submodule_search_locations


class _Later(types.ModuleType):
    """A module that imports itself when an attribute is looked for that it does not have, or is set."""

    def __getattr__(self, name: str) -> Any:
        _fill(self)
        return getattr(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("__"):
            _fill(self)
        types.ModuleType.__setattr__(self, name, value)  # it is of another class by now


def _fill(module: types.ModuleType) -> None:
    """Import `module` for good, after the package that it is in; once more at the next use if that fails."""
    spec: Any = module.__spec__
    if spec.parent != spec.name and isinstance(package := sys.modules[str(spec.parent)], _Later):
        _fill(package)
    module.__class__ = types.ModuleType
    collects = gc.isenabled()
    gc.disable()  # there is no garbage in imports, and looking for it costs a quarter of their time
    try:
        vars(module).update(vars(importlib.util.module_from_spec(spec)))
        spec.loader.exec_module(module)
    except BaseException:
        module.__class__ = _Later
        raise
    finally:
        if collects:
            gc.enable()
