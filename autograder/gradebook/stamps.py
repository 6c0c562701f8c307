"""The two files by which nbgrader knows a submission, and without which it releases no feedback on it."""

from __future__ import annotations

from pathlib import Path

from autograder.errors import RejectedError, UsageError
from autograder.intake import archive
from autograder.intake.names import safe_id
from autograder.records.assignment import Assignment
from autograder.records.files import write_whole
from autograder.records.submission import SubmissionInfo

STAMPS = ("timestamp.txt", "submission_secret.txt")


def copy(info: SubmissionInfo, assignment: Assignment, out: Path) -> None:
    """Copy the stamps of a submission from an nbgrader course to out/autograded/, as nbgrader itself does."""
    folder = folder_of(info.id, assignment, out)
    for name, data in _handed_in(info, assignment).items():
        if not (folder / name).is_file() or (folder / name).read_bytes() != data:
            write_whole(folder / name, data)


def copied(name: str, assignment: Assignment, out: Path) -> dict[str, bytes]:
    """Return the stamps in out/autograded/ of the submission `name`, by file name."""
    paths = [folder_of(name, assignment, out) / stamp for stamp in STAMPS]
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def folder_of(name: str, assignment: Assignment, out: Path) -> Path:
    """Return the folder of the submission `name` in out/autograded/."""
    return out / "autograded" / name / assignment.name


def _handed_in(info: SubmissionInfo, assignment: Assignment) -> dict[str, bytes]:
    """Return the stamps beside the graded file, by name.

    Only an nbgrader course has any: elsewhere, a file of that name is the student's own, and a secret that a
    student chose could put the feedback in another's place.
    """
    source = Path(info.source)
    folder = source if source.name == assignment.name else source.parent
    if folder.name != assignment.name or info.id not in _ids(folder.parent.name):
        return {}
    try:
        with archive.found_at(str(folder)) as files:
            return {file.name: file.read() for file in files if file.name in STAMPS}
    except (OSError, RejectedError, UsageError):
        return {}  # the submission cannot be read any more; what was copied before stays


def _ids(student: str) -> tuple[str, str]:
    return student, safe_id(student)
