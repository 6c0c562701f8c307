"""Scaffolds a new assignment: the smallest one that renders, checks, grades and proves, to be filled in.

The files are in texts/scaffold/; the first line of each is its path in the checkout. `$name` in them becomes
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
            f"expected a name such as undercomplete_overcomplete, got {name!r}; use 3 to 40 "
            "characters of a-z, 0-9 and _, the first a letter"
        )
    words = {"name": name, "title": name.replace("_", " ").capitalize()}
    contents = {}
    for path in sorted(TEXTS.glob("*.txt")):
        place, _, text = path.read_text(encoding="utf-8").partition("\n")
        contents[Template(place).substitute(words)] = Template(text).substitute(words)
    return contents


def write(root: Path, name: str) -> list[Path]:
    """Write a new assignment below `root` and return its paths. Raises UsageError if a file exists."""
    wanted = {root / place: text for place, text in files(name).items()}
    existing = [str(path.relative_to(root)) for path in wanted if path.exists()]
    if existing:
        raise UsageError(
            f"expected none of the new files to exist, got {', '.join(existing)}; choose another name"
        )
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(wanted)
