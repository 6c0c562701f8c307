"""Says where in a file a fault is, and which known name is nearest to one that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


def shown(path: Path) -> str:
    """Return a path for reading: as it is seen from the current folder, if it is below that."""
    here, whole = Path.cwd(), path.absolute()
    return str(whole.relative_to(here) if whole.is_relative_to(here) else path)


def at(path: Path, *texts: str) -> str:
    """Return `path:line` of the last of `texts`, each searched from the line of the one before it on.

    Returns the path alone if the file does not have them. Reads the file.
    """
    lines, number = path.read_text(encoding="utf-8").splitlines(), 0
    for text in texts:
        number = next((n for n, line in enumerate(lines) if n >= number and text in line), -1)
        if number < 0:
            return shown(path)
    return f"{shown(path)}:{number + 1}"


def meant(name: str, known: Iterable[str]) -> str:
    """Return `, did you mean 'NAME'?` of the nearest known name, or nothing if none is near."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f", did you mean {near[0]!r}?" if near else ""
