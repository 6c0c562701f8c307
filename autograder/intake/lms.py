"""Recognises which LMS a download comes from by its file names, and reads it; it never guesses.

The LMS chose every part of a name in a download except the last, which the student chose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from autograder.errors import UsageError
from autograder.intake import blackboard, brightspace, canvas, classes, gradescope, moodle, nbgrader, teams
from autograder.intake.archive import File
from autograder.intake.download import Download
from autograder.records.assignment import Assignment
from autograder.records.origin import Kind

Reader = Callable[[Sequence[File], Assignment], Download]
READERS: dict[Kind, Reader] = {
    "moodle": moodle.read,
    "gradescope": gradescope.read,
    "nbgrader": nbgrader.read,
    "brightspace": brightspace.read,
    "blackboard": blackboard.read,
    "classroom": classes.read_classroom,
    "ilias": classes.read_ilias,
    "teams": teams.read,
    "folders": classes.read_folders,
}
FLAT: dict[Kind, re.Pattern[str]] = {  # at least half of the names have this form
    "moodle": moodle.NAME,
    "brightspace": brightspace.NAME,
    "blackboard": blackboard.NAME,
    "canvas": canvas.NAME,
}
NESTED: dict[Kind, re.Pattern[str]] = {"classroom": classes.CLASSROOM, "ilias": classes.ILIAS}


def recognise(files: Sequence[File]) -> Kind | None:
    """Return the kind of download that the names of `files` indicate, or None if they are not from an LMS.

    It reads only the parts of a name that no student could choose in a plain folder of students' work.
    """
    names = [file.name for file in files if not file.noise]
    if any(gradescope.NAME.fullmatch(name) for name in names):
        return "gradescope"
    if any(name.startswith("submitted/") for name in names):
        return "nbgrader"
    for kind, pattern in FLAT.items():
        if _most(names, pattern):
            return kind
    kept = [file for file in files if not file.noise]
    if teams.is_download(kept):
        return "teams"
    return next((kind for kind, pattern in NESTED.items() if classes.of_one_kind(kept, pattern)), None)


def _most(names: Sequence[str], pattern: re.Pattern[str]) -> bool:
    return bool(names) and 2 * sum(pattern.fullmatch(name) is not None for name in names) >= len(names)


def read(
    kind: Kind, files: Sequence[File], assignment: Assignment, numbers: Mapping[str, str] | None = None
) -> Download:
    """Return what was handed in in `files`, read as `kind`. Raises UsageError when there is nothing.

    `numbers` maps Canvas's user numbers to names, where the roster has them.
    """
    kept = [file for file in files if not file.noise]
    readers: dict[Kind, Reader] = {**READERS, "canvas": partial(canvas.read, numbers=numbers or {})}
    download = readers[kind](kept, assignment)
    if not download.handins and any(why == canvas.TWO_WAYS for _, why in download.unmatched):
        raise UsageError(
            f"expected a download from {kind}, got {download.unmatched[0].name}: {canvas.TWO_WAYS}; "
            "give Canvas's gradebook, whose numbers decide: --roster"
        )
    if not download.handins:
        raise UsageError(
            f"expected a download from {kind}, got no file name in its format; see docs/intake.md"
        )
    return download
