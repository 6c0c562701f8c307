"""Finds the other classes that a class is compared with: last year's folder, or another group's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.errors import UsageError
from autograder.grades.store import Store
from autograder.likeness import store as likeness
from autograder.records.results import Result

Against = dict[str, list[Result]]


def chosen(out: Path, folders: Sequence[Path]) -> Against:
    """Return the results in each of `folders`. Raises UsageError for one without, or for `out`."""
    found: Against = {}
    for folder in folders:
        if folder.resolve() == out.resolve():
            raise UsageError(f"--against {folder}: expected another class's folder, got this one; omit it")
        results = Store(folder).readable()
        if not results:
            raise UsageError(
                f"--against {folder}: expected a folder that grade has written, got no results in it"
            )
        found[str(folder.absolute())] = results
    return found


def kept(out: Path) -> tuple[Against, tuple[str, ...]]:
    """Return the classes that `out` was last compared with, and the folders of those that are gone."""
    found = {folder: Store(Path(folder)).readable() for folder in likeness.against(out)}
    return {f: r for f, r in found.items() if r}, tuple(folder for folder, r in found.items() if not r)
