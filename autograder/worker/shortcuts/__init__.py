"""Imports modules with parts of torch and matplotlib put off: the only code of ours that changes either.

docs/shortcuts.md says what each shortcut changes, what it saves, and how to switch all of them off.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from collections.abc import Callable

from autograder.worker.shortcuts import compiler, plotting, shapes

TORCH = "2.13.0"  # the version whose inside these shortcuts know; any other is imported whole


def importer() -> Callable[[str], None]:
    """Return a function that imports a module by its name, with a shortcut where there is one for it.

    Copies the image's list of fonts, where there is one, to where matplotlib looks for it.
    """
    fonts = plotting.bring_font_list()

    def load(name: str) -> None:
        if name == "torch" and "torch" not in sys.modules and _installed("torch") == TORCH:
            shapes.import_torch()
            compiler.spare_the_compiler()
        elif name == plotting.PLOTTING and fonts:  # without the list, each check would look at every font
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
