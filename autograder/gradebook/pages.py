"""Renders a submission as the notebook that formgrader shows: the student's own, with boxes for the marks.

Formgrader inserts markdown and outputs into its page unescaped, and a script there could use the TA's Jupyter
server. So this module renders a student's markdown as clean HTML and outputs as text and pictures, and drops
their metadata. It treats cells as plain JSON, because importing nbformat costs two seconds of CPU.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.errors import RejectedError
from autograder.gradebook.clean import clean, from_markdown, text_of
from autograder.intake import notebook as notebooks
from autograder.records import words
from autograder.records.assignment import Assignment, Question, Written
from autograder.records.results import CheckResult, Result, without_timing

Cell = dict[str, Any]
LAYOUT = 1  # version of these notebooks; changing it renders all of them again
BLANK = "*Your answer:*"
MADE_BY = "autograder grade, for formgrader"
NOT_FOUND = (
    "The place for this answer was not found in the submission: look for the answer in the whole notebook."
)
HEADER = re.compile(r"^# %%")
WIDTH = 100  # columns that formgrader shows without scrolling


@dataclass(frozen=True)
class Page:
    """A notebook as JSON text, and by written question a digest of the answer, or an empty string."""

    text: str
    answers: dict[str, str]


def key(result: Result, assignment: Assignment) -> str:
    """Return a hash of everything that a submission's page is rendered from."""
    made_from = {k: str(v) for k, v in without_timing(result).items() if k != "provenance"}
    boxes = repr((assignment.questions, assignment.written))
    return hashlib.sha256(json.dumps([LAYOUT, boxes, made_from]).encode()).hexdigest()


def cells_of(name: str, text: str) -> list[Cell]:
    """Return the raw cells of a notebook, or the `# %%` cells of a script. Raises ValueError."""
    if notebooks.is_notebook(name, text):
        try:
            return [cell for cell in notebooks.raw_cells(name, text) if isinstance(cell, dict)]
        except RejectedError as error:
            raise ValueError(str(error)) from error
    blocks: list[list[str]] = [[]]
    for line in text.split("\n"):
        if HEADER.match(line):
            blocks.append([])
        blocks[-1].append(line)
    return [_script_cell(lines) for lines in blocks if "".join(lines).strip()]


def _script_cell(lines: list[str]) -> Cell:
    body = lines[1:] if HEADER.match(lines[0]) else lines
    if "[markdown]" not in lines[0]:
        return {"cell_type": "code", "source": "\n".join(body).strip("\n")}
    text = [line.removeprefix("#").removeprefix(" ") for line in body]
    return {"cell_type": "markdown", "source": "\n".join(text).strip("\n")}


def render(assignment: Assignment, raw: Sequence[Cell], result: Result | None) -> Page:
    """Return the page of a submission's raw cells, or of the template's, where `result` is None."""
    places, answers = _places(assignment.written, raw)
    last = {question.id: _defined_in(question, raw) for question in assignment.questions}
    made = [_markdown(_head(assignment, result))] if result else []
    for index, cell in enumerate(raw):
        made.append(_boxed(clean(cell), places[index]) if index in places else clean(cell))
        made += [_scored(q, result) for q in assignment.questions if last[q.id] == index]
    made += [_scored(q, result) for q in assignment.questions if last[q.id] is None]
    for question in assignment.written:
        if question not in places.values():
            made.append(_boxed(_markdown(f"**{question.title}**\n\n{NOT_FOUND}"), question))
    return Page(_notebook(made), answers)


def spans(questions: Sequence[Written], raw: Sequence[Cell]) -> dict[str, range]:
    """Return where each written answer is, by question, as indices of cells; a place not found is left out.

    An answer begins at the cell with the question's grade id, or else after the cell that asks it, and ends
    before the next question, because students add cells. It is empty if no cell follows the one that asks.
    """
    asked = {q.id: _first(i for i, c in enumerate(raw) if q.title in source_of(c)) for q in questions}
    tagged = {q.id: _first(i for i, c in enumerate(raw) if _grade_id(c) == q.id) for q in questions}
    marks = [i for i in (*asked.values(), *tagged.values()) if i is not None]
    found = {}
    for question in questions:
        tag, prompt = tagged[question.id], asked[question.id]
        anchor = prompt if tag is None else tag
        if anchor is not None:
            end = min((i for i in marks if i > anchor), default=len(raw))
            found[question.id] = range(anchor + (tag is None), end)
    return found


def _places(questions: Sequence[Written], raw: Sequence[Cell]) -> tuple[dict[int, Written], dict[str, str]]:
    """Return where each written answer begins, by index of cells, and its digest, by question."""
    found = spans(questions, raw)
    places = {min(span.start, span.stop - 1): q for q in questions if (span := found.get(q.id)) is not None}
    answers = {q.id: _digest("\n".join(source_of(raw[i]) for i in found.get(q.id, ()))) for q in questions}
    return places, answers


def _first(indices: Iterator[int]) -> int | None:
    return next(indices, None)


def _grade_id(cell: Cell) -> Any:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None


def source_of(cell: Cell) -> str:
    """Return a raw cell's text, even from a malformed file."""
    return text_of(cell.get("source", ""))


def _digest(text: str) -> str:
    text = text.replace(BLANK, "").strip()
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() if text else ""


def _defined_in(question: Question, raw: Sequence[Cell]) -> int | None:
    """Return the index of the last cell that defines a name of the question, or None."""
    names = "|".join(map(re.escape, question.defines))
    pattern = re.compile(rf"^(?:(?:async )?def|class) +(?:{names})\b|^(?:{names}) *[:=]", re.MULTILINE)
    cells = [i for i, c in enumerate(raw) if c.get("cell_type") == "code" and pattern.search(source_of(c))]
    return cells[-1] if cells else None


def _head(assignment: Assignment, result: Result) -> str:
    lines = [f"### {assignment.title}", result.submission.student]
    if result.status == "graded":
        lines += ["The questions' points come from `autograder grade`; mark the written answers by hand."]
    if result.reason:
        lines += [f"**{result.status}**: {result.reason}"]
    return "\n\n".join([*lines, *result.notes])


def _markdown(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": from_markdown(text)}


def _boxed(cell: Cell, question: Question | Written) -> Cell:
    """Return a cell with a box for marks: locked for a question, with a comment for a written answer."""
    written = isinstance(question, Written)
    nbgrader = {
        "grade": True,
        "grade_id": question.id,
        "locked": not written,
        "points": question.points,
        "schema_version": 3,
        "solution": written,
        "task": False,
        "cell_type": cell["cell_type"],
    }
    return {**cell, "metadata": {"nbgrader": nbgrader}}


def _scored(question: Question, result: Result | None) -> Cell:
    """Return the cell with a question's points and checks, in the words that students read."""
    outputs = []
    if result is not None:
        text = "\n".join(_lines(question, result)) + "\n"
        outputs = [{"output_type": "stream", "name": "stdout", "text": text}]
    source = f"# {question.title}: {question.points} points, given by `autograder grade`. Nothing runs here."
    cell = {"cell_type": "code", "source": source, "outputs": outputs, "execution_count": None}
    return _boxed(cell, question)


def _lines(question: Question, result: Result) -> Iterator[str]:
    scores: Mapping[str, int] = {q.id: q.score for q in result.questions}
    if question.id not in scores:
        yield "Not graded yet: the grader failed. You lose no points; staff will grade it again."
        return
    yield f"{scores[question.id]} of {question.points} points"
    for check in result.checks:
        if check.question == question.id and check.max_points:
            yield from _check(check)


def _check(check: CheckResult) -> Iterator[str]:
    sign = "✓" if check.outcome == "passed" else "✗"
    yield from _wrapped(f"{sign} {check.points}/{check.max_points}  {check.title}", "       ")
    for line in words.for_students(check).splitlines():
        yield from _wrapped(f"       {line}", "       ")


def _wrapped(line: str, indent: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent=indent, replace_whitespace=False)


def _notebook(cells: Sequence[Cell]) -> str:
    numbered = [{**cell, "id": f"cell-{index:03d}"} for index, cell in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "made_by": MADE_BY}
    notebook = {"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
