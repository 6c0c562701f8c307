"""Makes stand-ins and scripts known to the processes that student code starts, which import them.

A process that is not a fork of the worker (joblib's, multiprocessing's `spawn`) has neither the module that
the worker made of the stand-ins' source nor the submission's. So both are also files to import there. And
stand-ins show one name for several classes, under which pickle finds none of them: their instances are
pickled with the name in the module instead.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import tempfile
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Any

STANDINS = "standins"
FILE = f"{{source}}\n\nimport sys\nfrom {__name__} import adopt\n\nadopt(sys.modules[__name__])\n"


def adopt(module: types.ModuleType) -> None:
    """Let pickle find the classes of the stand-ins' `module` that show another name than theirs."""
    for value in vars(module).values():
        own = isinstance(value, type) and value.__module__ == module.__name__
        if own and vars(module).get(value.__qualname__) is not value:
            value.__reduce_ex__ = _reduced


def _reduced(one: Any, protocol: int) -> Any:
    """Return how to pickle or copy an instance; that of a student's own subclass is like any other."""
    usual: Any = object.__reduce_ex__(one, max(protocol, 2))
    _, arguments, *state = usual
    held = vars(sys.modules[STANDINS]).items()
    name = next((name for name, value in held if value is type(one)), None)
    return usual if name is None else (new, (name, *arguments[1:]), *state)


def new(name: str, *arguments: Any) -> Any:
    """Return an empty instance of the class that the stand-ins' module calls `name`."""
    kind = getattr(importlib.import_module(STANDINS), name)
    return kind.__new__(kind, *arguments)


def publish(source: str) -> None:
    """Write the stand-ins into a new folder from which new processes import them, if there is space."""
    with contextlib.suppress(OSError):
        folder = tempfile.mkdtemp(prefix="latentlab-")
        Path(folder, f"{STANDINS}.py").write_text(FILE.format(source=source), encoding="utf-8")
        sys.path.append(folder)


def publish_script(name: str, cells: Iterable[list[Any]]) -> None:
    """Write a script's code, which is the module `name` here, where new processes import it from."""
    lines: list[str] = []
    for _, source, first_line in cells:
        lines += [""] * (first_line - 1 - len(lines)) + source.splitlines()
    with contextlib.suppress(OSError, ValueError):  # surrogates cannot be written
        Path(f"{name}.py").write_text("\n".join(lines) + "\n", encoding="utf-8")


def publish_helpers(helpers: Iterable[list[str]]) -> None:
    """Write the files (path, text) that a submission imports into the current folder, if there is space."""
    for path, text in helpers:
        with contextlib.suppress(OSError, ValueError):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(text, encoding="utf-8")
