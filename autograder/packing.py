"""Packs a student's work into the one zip to hand in, with a receipt of hashes and versions."""

from __future__ import annotations

import io
import json
import platform
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import autograder
from autograder import grading, intake
from autograder.assignment import Assignment
from autograder.submission import digest

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold: the same work gives the same zip
RECEIPT = "receipt.json"


@dataclass(frozen=True)
class Packed:
    """The zip, its receipt as text, or why nothing in the work could be graded."""

    data: bytes = b""
    receipt: str = ""
    refused: str = ""

    @property
    def sha256(self) -> str:
        """The hash of the zip."""
        return digest(self.data)


def pack(work: Path, assignment: Assignment) -> Packed:
    """Return the zip of one file, under the name that the assignment asks for. Reads `work`, writes nothing.

    Raises UsageError when it is not there.
    """
    (submission,) = intake.find([work], assignment)
    if submission.rejected:
        return Packed(refused=submission.rejected)
    name = next((n for n in assignment.files if n.endswith(work.suffix)), work.name)
    contents = work.read_bytes()
    receipt = json.dumps(_receipt(name, contents, assignment), indent=1) + "\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in ((name, contents), (RECEIPT, receipt.encode())):
            info = zipfile.ZipInfo(member, DATE)
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return Packed(out.getvalue(), receipt)


def _receipt(name: str, contents: bytes, assignment: Assignment) -> dict[str, str]:
    return {
        "assignment": assignment.name,
        "file": name,
        "sha256": digest(contents),
        "bytes": str(len(contents)),
        "kit": autograder.__version__,
        "public suite": grading.suite_hash(assignment, grading.PRACTICE),
        "python": platform.python_version(),
        "torch": _version("torch"),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
