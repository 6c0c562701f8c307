"""Hatchling calls this when it builds the kit's own wheel: it adds the public part of every suite.

The suites lie in the package, hidden checks beside public ones, and the build leaves all of them out. This
adds what a student's bundle has: the public checks, and of their helpers what they use.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PublicSuites(BuildHookInterface):
    """Writes the public suites to a temporary folder, and has them taken from there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files; an editable install has the whole checkout, and needs none of them."""
        if version == "editable":
            return
        self.folder = tempfile.TemporaryDirectory()
        for name, data in public_suites(Path(self.root)).items():
            path = Path(self.folder.name) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            build_data["force_include"][str(path)] = name

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary folder."""
        if version != "editable":
            self.folder.cleanup()


def public_suites(root: Path) -> dict[str, bytes]:
    """Return the public part of every suite, by path: cut in a checkout, as it is in a source archive."""
    sys.path.insert(0, str(root))
    from autograder.authoring import render
    from autograder.records.assignment import load
    from autograder.release import archive, student

    every = render.everywhere(root)
    if not every:
        there = archive.files_in(root / "autograder" / "suites")
        return {f"autograder/suites/{name}": data for name, data in there.items()}
    found: dict[str, bytes] = {}
    for paths in every:
        found |= student.suite(paths, load(paths.assignment / "assignment.toml"))
    return found
