"""Packs a student's work into a zip to hand in, with a receipt of hashes and versions."""

from __future__ import annotations

import ast
import io
import json
import platform
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import autograder
from autograder import grading
from autograder.doors import differences, libraries
from autograder.errors import UsageError
from autograder.intake import finding
from autograder.records import stubs
from autograder.records.assignment import Assignment
from autograder.records.submission import Cell, digest

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date in a zip, so that equal work gives equal zips
RECEIPT = "receipt.json"
FIX = "Fix that, run the whole file once, and pack it again."


@dataclass(frozen=True)
class Packed:
    """The zip, its receipt and notes on what is still to do; or why nothing in the work can be graded."""

    data: bytes = b""
    receipt: str = ""
    refused: str = ""
    notes: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """The hash of the zip."""
        return digest(self.data)


def pack(work: Path, assignment: Assignment) -> Packed:
    """Return a zip of the file `work`, named as the assignment asks; reads `work`, writes nothing.

    Raises UsageError if `work` does not exist or is not a file.
    """
    if work.is_dir():
        names = " or ".join(assignment.files)
        raise UsageError(f"{work}: expected a file to pack, got a folder without {names}; name your file")
    (submission,) = finding.find([work], assignment)
    if why := submission.rejected or submission.waiting:
        return Packed(refused=why)
    trees, broken = _parsed(submission.cells)
    if not trees:
        reasons = "\n".join(broken)
        return Packed(refused=f"{reasons}\nSo nothing in it could be graded. {FIX}")
    name = next((n for n in assignment.files if n.endswith(work.suffix)), work.name)
    contents = work.read_bytes()
    receipt = json.dumps(_receipt(name, contents, assignment), indent=1) + "\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in ((name, contents), (RECEIPT, receipt.encode())):
            info = zipfile.ZipInfo(member, DATE)
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    notes = (*broken, *_not_written(trees), *submission.notes)
    expected = (*libraries.missing(submission.cells, assignment.name), *differences.notes(submission.cells))
    return Packed(out.getvalue(), receipt, notes=(*notes, *expected))


def _parsed(cells: tuple[Cell, ...]) -> tuple[list[ast.Module], list[str]]:
    """Return the syntax trees of the cells that parse, and a sentence for each cell that does not."""
    trees, broken = [], []
    for cell in cells:
        try:
            trees.append(ast.parse(cell.source))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            where = f"{cell.name}, line {line + cell.first_line - 1}" if line else cell.name
            broken.append(f"{where}: Python cannot read this ({getattr(error, 'msg', error)})")
    return trees, broken


def _not_written(trees: list[ast.Module]) -> list[str]:
    """Return a sentence that lists the stubs of the template that are still unwritten, if any."""
    raised = (node.exc for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Raise))
    texts = (e.args[0] for e in raised if isinstance(e, ast.Call) and e.args)
    names = [n for t in texts if isinstance(t, ast.Constant) and (n := stubs.name_in(str(t.value)))]
    return [f"not written yet: {', '.join(names)}; write them, then pack again"] if names else []


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
