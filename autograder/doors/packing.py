"""Packs a student's work into a zip to hand in, with a receipt, and says what in it is still unwritten."""

from __future__ import annotations

import ast
import io
import json
import platform
import re
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path

import autograder
from autograder import grading
from autograder.doors import differences, libraries
from autograder.errors import UNPARSABLE, UsageError
from autograder.intake import finding
from autograder.records import stubs
from autograder.records.assignment import Assignment
from autograder.records.submission import Cell, digest

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date in a zip, so that equal work gives equal zips
RECEIPT = "receipt.json"
TITLE = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
FIX = "Fix that, run the whole file once, and pack it again."


@dataclass(frozen=True)
class Packed:
    """The zip and what is in it, and notes on what is still to do; or why nothing in it can be graded."""

    data: bytes = b""
    summary: tuple[str, ...] = ()
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
    cells = submission.cells
    unwritten = (*_not_written(trees), *_not_answered(_markdown(contents, name)))
    expected = (*libraries.missing(cells, assignment.name), *differences.notes(cells))
    notes = (*broken, *unwritten, *submission.notes, *expected)
    return Packed(out.getvalue(), _summary(name, contents, assignment), notes=notes)


def _summary(name: str, contents: bytes, assignment: Assignment) -> tuple[str, ...]:
    """Return what a person wants to know of the zip, in lines."""
    return (
        f"{assignment.title}: one file and its receipt",
        f"  {name}: {len(contents):,} bytes, SHA-256 {digest(contents)}",
        f"  {RECEIPT}: this hash, the versions of Python ({platform.python_version()}), torch "
        f"({_version('torch')}) and the kit ({autograder.__version__})",
    )


def _parsed(cells: tuple[Cell, ...]) -> tuple[list[ast.Module], list[str]]:
    """Return the syntax trees of the cells that parse, and a sentence for each cell that does not."""
    trees, broken = [], []
    for cell in cells:
        try:
            trees.append(ast.parse(cell.source))
        except UNPARSABLE as error:
            line = getattr(error, "lineno", None)
            where = f"{cell.name}, line {line + cell.first_line - 1}" if line else cell.name
            broken.append(f"{where}: Python cannot read this ({getattr(error, 'msg', error)})")
    return trees, broken


def _not_written(trees: list[ast.Module]) -> list[str]:
    """Return a sentence that lists the stubs of the template that are still unwritten, if any."""
    raises = (sorted(_raises(tree), key=lambda node: node.lineno) for tree in trees)
    errors = (node.exc for nodes in raises for node in nodes)
    texts = (e.args[0] for e in errors if isinstance(e, ast.Call) and e.args)
    names = [n for t in texts if isinstance(t, ast.Constant) and (n := stubs.name_in(str(t.value)))]
    return [f"not written yet: {', '.join(names)}; write them, then pack again"] if names else []


def _raises(tree: ast.Module) -> list[ast.Raise]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]


def _markdown(contents: bytes, name: str) -> list[str]:
    """Return the texts of a notebook's or a script's markdown cells, as they are typed."""
    text = contents.decode("utf-8", "replace")
    if name.endswith(".ipynb"):
        cells = json.loads(text)["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    cells = re.split(r"^# %%", text, flags=re.MULTILINE)[1:]
    typed = [cell.partition("\n")[2] for cell in cells if cell.lstrip().startswith("[markdown]")]
    return [re.sub(r"^# ?", "", cell, flags=re.MULTILINE) for cell in typed]


def _not_answered(markdown: list[str]) -> list[str]:
    """Return a sentence that lists the written questions whose answer is still what the template has."""
    titles = [
        found[1] if (found := TITLE.search(question)) else "a written question"
        for question, answer in pairwise(markdown)
        if answer.strip() == stubs.ANSWER
    ]
    return [f"no answer yet to: {'; '.join(titles)}; a person marks these"] if titles else []


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
