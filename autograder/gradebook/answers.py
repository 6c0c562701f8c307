"""Reads a written answer out of a submission's file, with the code and pictures around it, safe to show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from autograder.errors import RejectedError, UsageError
from autograder.gradebook import pages
from autograder.gradebook.clean import clean
from autograder.gradebook.pages import Cell
from autograder.intake import finding
from autograder.records.assignment import Assignment
from autograder.records.submission import SubmissionInfo

Kind = Literal["html", "code", "text", "picture"]


@dataclass(frozen=True)
class Piece:
    """Something to show: `html` that clean.py made, or code, text, or a picture's data URL, all as text."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Answer:
    """A written answer, and the code and pictures of the rest of its notebook.

    `missing` says why there is nothing to show, or is empty.
    """

    pieces: tuple[Piece, ...]
    around: tuple[Piece, ...] = ()
    missing: str = ""


def answer(info: SubmissionInfo, assignment: Assignment, question: str) -> Answer:
    """Return a submission's answer to a written question, read from the file that was graded."""
    try:
        raw = pages.cells_of(*finding.reopen(info, assignment))
    except (OSError, RejectedError, UsageError, ValueError) as error:
        return Answer((), missing=f"The file cannot be shown: {error}")
    span = pages.spans(assignment.written, raw).get(question)
    own = span or range(0)
    rest = (cell for i, cell in enumerate(raw) if i not in own and cell.get("cell_type") == "code")
    return Answer(
        tuple(_pieces(raw[i] for i in own)), tuple(_pieces(rest)), pages.NOT_FOUND if span is None else ""
    )


def model(assignment: Assignment, question: str) -> tuple[Piece, ...]:
    """Return the model answer to a written question; nothing where the solution's notebook is not there."""
    path = assignment.solution / f"{assignment.name}.ipynb"
    if not path.is_file():
        return ()
    raw = pages.cells_of(path.name, path.read_text(encoding="utf-8"))
    return tuple(_pieces(raw[i] for i in pages.spans(assignment.written, raw).get(question, ())))


def _pieces(cells: Iterable[Cell]) -> Iterator[Piece]:
    for cell in map(clean, cells):
        if cell["cell_type"] != "code":
            yield Piece("html", cell["source"])
        elif cell["source"].strip():
            yield Piece("code", cell["source"])
        yield from _outputs(cell.get("outputs", ()))


def _outputs(outputs: Sequence[Cell]) -> Iterator[Piece]:
    for output in outputs:
        if output["output_type"] == "stream":
            yield Piece("text", output["text"])
        for kind, data in output.get("data", {}).items():
            yield Piece("picture", f"data:{kind};base64,{data}")
