"""Tells one LMS's download from another's by its names, and reads it; what fits none is never guessed.

A name in a download is the LMS's word, but for the last part, which is the student's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from autograder.errors import UsageError
from autograder.intake import canvas, gradescope, moodle, nbgrader
from autograder.intake.archive import File
from autograder.intake.download import Download
from autograder.records.assignment import Assignment
from autograder.records.origin import Kind

Reader = Callable[[Sequence[File], Assignment], Download]
READERS: dict[Kind, Reader] = {
    "canvas": canvas.read,
    "moodle": moodle.read,
    "gradescope": gradescope.read,
    "nbgrader": nbgrader.read,
}


def recognise(files: Sequence[File]) -> Kind | None:
    """Return the kind of download that `files` are by their names, or None where they are no LMS's.

    Only those parts of a name are looked at that no student chooses in a plain folder of students' work.
    """
    names = [file.name for file in files if not file.noise]
    if any(gradescope.NAME.fullmatch(name) for name in names):
        return "gradescope"
    if any(name.startswith("submitted/") for name in names):
        return "nbgrader"
    return "moodle" if _most(names, moodle.NAME) else "canvas" if _most(names, canvas.NAME) else None


def _most(names: Sequence[str], pattern: re.Pattern[str]) -> bool:
    return bool(names) and 2 * sum(pattern.fullmatch(name) is not None for name in names) >= len(names)


def read(kind: Kind, files: Sequence[File], assignment: Assignment) -> Download:
    """Return what `files` hold by the conventions of `kind`. Raises UsageError where they hold nothing."""
    own = [file for file in files if not file.noise]
    found = READERS[kind](own, assignment)
    if not found.handins:
        raise UsageError(f"expected a download from {kind}, got no name that it gives; see docs/intake.md")
    return found
