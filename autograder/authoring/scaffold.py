"""Scaffolds another assignment: the smallest one that renders, checks, grades and proves, to be filled in.

The files are in texts/scaffold/, each headed by a line that says where it belongs; `$name` in them becomes
the assignment's name.
"""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from autograder.errors import UsageError

TEXTS = Path(__file__).parent / "texts" / "scaffold"
NAME = re.compile(r"[a-z][a-z0-9_]{2,39}")


def files(name: str) -> dict[str, str]:
    """Return the files of a new assignment, by path in the checkout. Raises UsageError for a bad name."""
    if not NAME.fullmatch(name):
        raise UsageError(
            f"expected a name such as undercomplete_overcomplete, got {name!r}; use a-z, 0-9 and _"
        )
    words = {"name": name, "title": name.replace("_", " ").capitalize()}
    found = {}
    for path in sorted(TEXTS.glob("*.txt")):
        place, _, text = path.read_text(encoding="utf-8").partition("\n")
        found[Template(place).substitute(words)] = Template(text).substitute(words)
    return found


def write(root: Path, name: str) -> list[Path]:
    """Write a new assignment below `root`, return what was written. UsageError if any of it is there."""
    wanted = {root / place: text for place, text in files(name).items()}
    there = [str(path.relative_to(root)) for path in wanted if path.exists()]
    if there:
        raise UsageError(f"expected none of the new files to be there, got {', '.join(there)}; name another")
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(wanted)
