"""Recognises notebooks and scripts by their names, also those that browsers and tools have changed."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from autograder.records.assignment import Assignment

SOURCES = (".ipynb", ".py")
ODD = re.compile(r"(\.ipynb|\.py)(?:-\d+| ?\(\d+\))?\.(?:json|txt)$", re.IGNORECASE)  # saved by a browser
COPY = re.compile(r"(?:-copy\d*|[ _]*\(\d+\)|[ _]+(?:- )?copy(?: \(?\d+\)?)?|-\d+)$", re.IGNORECASE)


def plain(name: str) -> str:
    """Return a file's path without the suffix that a browser added: `a.ipynb.json` is `a.ipynb`."""
    return ODD.sub(r"\1", name)


def is_source(name: str) -> bool:
    """Whether a file is a notebook or a script by its name."""
    return plain(name).lower().endswith(SOURCES)


def stem(name: str) -> str:
    """Return a file's name without its suffix; `a.ipynb.json` has the stem `a`."""
    return PurePosixPath(plain(name)).stem


def asked(name: str, assignment: Assignment) -> str | None:
    """Return the file name of the assignment that `name` is or is a copy of (`-Copy1`, ` (1)`), or None."""
    path = PurePosixPath(plain(name))
    whole = f"{COPY.sub('', path.stem)}{path.suffix}".lower()
    names = {wanted.lower(): wanted for wanted in assignment.files}
    return names.get(path.name.lower()) or names.get(whole)
