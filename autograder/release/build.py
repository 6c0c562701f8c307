"""Assembles a release from its bundles, and writes all of it or nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from autograder.errors import UsageError
from autograder.records.assignment import Assignment
from autograder.records.files import whole
from autograder.records.places import Paths
from autograder.release import archive, gradescope, manifest, nbgrader, otter, staff, student

Say = Callable[[str], None]
VERSION = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")
FOR_STUDENTS = ("student/", "otter/student/", "nbgrader/release/")  # and the zip of the student bundle


def build(
    paths: Paths,
    assignment: Assignment,
    version: str,
    torch_index: str | None = None,
    say: Say = lambda text: None,
    secret: str = "",
) -> dict[str, bytes]:
    """Return every file of a release, by its path below dist/VERSION. Reads the checkout; writes nothing.

    `secret` is the one that the suites of the assignment were drawn from; only the staff bundle gets it.

    Raises UsageError for a bad version or source, KitError if a command of another project fails.
    """
    check_version(version)
    entry = manifest.changes(paths.root, version)
    say("student")
    bundle = student.files(paths, assignment, version)
    say("otter assign")
    for_otter = otter.files(paths, assignment, version)
    say("nbgrader generate_assignment")
    course = nbgrader.files(paths, assignment, version)
    say("gradescope, staff")
    zipped = gradescope.zipped(gradescope.files(paths, assignment, version, torch_index))
    contents = {
        **{f"student/{name}": data for name, data in bundle.items()},
        student_zip(assignment, version): archive.zipped(_in_folder(bundle, f"{assignment.name}-{version}")),
        **{f"otter/{name}": data for name, data in for_otter.items()},
        **{f"nbgrader/{name}": data for name, data in course.items()},
        "gradescope/autograder.zip": zipped,
        **{f"staff/{name}": data for name, data in staff.files(paths, assignment, secret).items()},
        "manifest.json": manifest.text(manifest.manifest(paths, assignment, version)),
        "CHANGELOG.md": entry.encode(),
    }
    return {**contents, "SHA256SUMS": archive.sums(contents).encode()}


def check_version(version: str) -> None:
    """Raise UsageError for a bad version."""
    if not VERSION.fullmatch(version):
        raise UsageError(
            f"expected a version such as 1.0.0 or 1.0.0rc1, got {version!r}; choose such a version"
        )


def student_zip(assignment: Assignment, version: str) -> str:
    """Return the name of the zip that students download."""
    return f"{assignment.name}-{version}.zip"


def _in_folder(files: archive.Files, folder: str) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for name, data in files.items()}


def for_students(files: archive.Files, assignment: Assignment, version: str) -> dict[str, bytes]:
    """Return the files of a release that students get."""
    zipped = student_zip(assignment, version)
    return {name: data for name, data in files.items() if name.startswith(FOR_STUDENTS) or name == zipped}


def write(files: archive.Files, out: Path) -> bool:
    """Write all of a release to `out`, or nothing; return whether the same files were there already.

    Raises UsageError if a different release is there: a published release never changes.
    """
    if out.exists():
        if archive.files_in(out) == files:
            return True
        raise UsageError(
            f"{out} already exists and differs from this build; raise the version, or remove that folder"
        )
    with whole(out) as partial:
        shutil.rmtree(partial, ignore_errors=True)
        archive.write(files, partial, [n for n in files if n.endswith((".sh", "start.py"))])
    return False
