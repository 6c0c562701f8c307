"""Imports modules but defers parts of torch and matplotlib; no other code of the kit changes either.

docs/shortcuts.md says what each shortcut changes, what it saves, and how to switch all of them off.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from collections.abc import Callable

from autograder.worker.shortcuts import compiler, plotting, shapes

TORCH = "2.13.0"  # the version whose internals these shortcuts rely on; any other is imported whole


def importer() -> Callable[[str], None]:
    """Return a function that imports a module by name, using its shortcut if it has one.

    Copies the image's list of fonts, if any, to where matplotlib looks for it.
    """
    fonts = plotting.bring_font_list()

    def load(name: str) -> None:
        if name == "torch" and "torch" not in sys.modules and _installed("torch") == TORCH:
            shapes.import_torch()
            compiler.spare_the_compiler()
        elif name == plotting.PLOTTING and fonts:  # without the list, each check would scan every font
            plotting.put_off_plotting()
        else:
            importlib.import_module(name)

    return load


def _installed(package: str) -> str:
    """Return the version installed, without its build (`+cpu`); empty if the package is not installed."""
    try:
        return importlib.metadata.version(package).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return ""
