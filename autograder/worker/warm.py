"""Prepares a worker before student code runs: imports what it will need, so that all forks share it."""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
import types
from collections.abc import Callable
from typing import Any

from autograder.worker import portable, shortcuts
from autograder.worker.pristine import seed_everything


def warm_up(modules: list[str], with_shortcuts: bool) -> dict[str, str]:
    """Import the installed ones of `modules` and what torch imports at first use; return versions."""
    versions = {"python": sys.version.split()[0]}
    load = shortcuts.importer() if with_shortcuts else importlib.import_module
    for name in modules:
        with contextlib.suppress(ImportError):
            versions |= _version_of(name, load)
    if "torch" in sys.modules:
        seed_everything(0)  # also imports numpy.random, which numpy defers until its first use
        _first_step(sys.modules["torch"])
    gc.freeze()  # all of this stays; a fork that searched it for garbage would have to copy it
    gc.enable()
    return versions


def _version_of(name: str, load: Callable[[str], object]) -> dict[str, str]:
    load(name)
    top = sys.modules[name.split(".")[0]]
    return {top.__name__: str(getattr(top, "__version__", ""))}


def _first_step(torch: Any) -> None:
    """Take one optimiser step, so that forks share what the first step imports and prepares."""
    layer = torch.nn.Linear(2, 1)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.zeros(1, 2)).sum().backward()
    optimizer.step()


def build_standins(source: str) -> types.ModuleType:
    """Return the module made from the stand-ins' source, which the judge sends."""
    module = types.ModuleType("standins")
    sys.modules["standins"] = module
    exec(compile(source, "<standins>", "exec"), module.__dict__)
    portable.adopt(module)
    return module
