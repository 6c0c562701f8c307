"""Hatchling calls this to build the kit's own wheel: it adds the public part of every suite.

The package has hidden checks beside public ones, so the build leaves out all suites. This hook adds what a
student's bundle has: the public checks, and the parts of their helpers that they use.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PublicSuites(BuildHookInterface):
    """Writes the public suites to a temporary folder, from which Hatchling takes them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files, except to an editable install, which has the whole checkout."""
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
    """Return the public part of every suite, by path: cut from a checkout, unchanged in a source archive."""
    sys.path.insert(0, str(root))
    from autograder.authoring import render
    from autograder.records.assignment import load
    from autograder.release import archive, student

    every = render.everywhere(root)
    if not every:
        unpacked = archive.files_in(root / "autograder" / "suites")
        return {f"autograder/suites/{name}": data for name, data in unpacked.items()}
    suites: dict[str, bytes] = {}
    for paths in every:
        suites |= student.suite(paths, load(paths.assignment / "assignment.toml"))
    return suites
