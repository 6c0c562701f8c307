"""Marks by hand as a spreadsheet: written for people to fill in, and read back with every cell checked."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError
from autograder.exports import fill
from autograder.grades.policy import HandMark, number
from autograder.intake import sheet
from autograder.intake.sheet import Sheet
from autograder.records.assignment import Assignment
from autograder.records.results import Result

WHOSE = "submission"
COMMENT = " comment"
NEAR = 0.8  # from this likeness on, a column is taken for a misspelt question
Marks = Mapping[str, Mapping[str, HandMark]]


@dataclass(frozen=True)
class Cell:
    """One cell of a spreadsheet with a mark or a comment: its row, whose it is, its question and its text."""

    row: int
    submission: str
    question: str
    comment: bool
    text: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.submission}, {self.question}{COMMENT * self.comment}"


@dataclass(frozen=True)
class Given:
    """What a spreadsheet says: its cells with text in them, and the columns that were not read."""

    cells: tuple[Cell, ...]
    ignored: tuple[str, ...]


def to_csv(results: Sequence[Result], assignment: Assignment, marks: Marks) -> str:
    """Return a table: a row per submission, and columns for the mark and comment of each written answer."""
    asked = [question.id for question in assignment.written]
    rows = [["student", WHOSE, *(f"{name}{kind}" for name in asked for kind in ("", COMMENT))]]
    for result in results:
        mine = marks.get(result.submission.id, {})
        cells = [(number(mine[q].points), mine[q].comment) if q in mine else ("", "") for q in asked]
        rows.append([result.submission.student, result.submission.id, *(c for pair in cells for c in pair)])
    return sheet.of_rows(rows)


def read(path: Path, results: Sequence[Result], assignment: Assignment) -> Given:
    """Read the marks in the spreadsheet at `path`; empty cells say nothing.

    The column `submission` says whose they are; without it, the columns by which a roster is read. Raises
    UsageError that names each row without a submission, each mark that is no number, and a column that looks
    like a misspelt question.
    """
    table = sheet.read(path)
    columns, ignored = _columns(path, table, assignment)
    owners = _owners(path, table, results)
    cells, wrong = [], []
    for line in range(1, len(table.rows)):
        filled = {n: text for n in columns if (text := table.cell(line, n).strip())}
        if filled and line not in owners:
            wrong.append(f"row {line + 1}: matches no single submission: {', '.join(table.rows[line][:3])}")
        elif filled:
            cells += [Cell(line + 1, owners[line], *columns[n], text) for n, text in filled.items()]
    wrong += [f"{cell}: expected a number, got {cell.text!r}" for cell in cells if not _is_fine(cell)]
    wrong += _contradictions(cells)
    if wrong:
        listed = "\n".join(f"  {text}" for text in wrong)
        raise UsageError(
            f"{path}: nothing was changed, because {len(wrong)} of its cells cannot be read:\n{listed}"
        )
    return Given(tuple(cells), ignored)


def _columns(
    path: Path, table: Sheet, assignment: Assignment
) -> tuple[dict[int, tuple[str, bool]], tuple[str, ...]]:
    """Return column → (question, whether it has comments), and the titles of the other columns."""
    written = [question.id for question in assignment.written]
    known = {name.casefold(): (name, False) for name in (*(q.id for q in assignment.questions), *written)}
    known |= {f"{name}{COMMENT}".casefold(): (name, True) for name in written}
    found: dict[int, tuple[str, bool]] = {}
    ignored = []
    for n, title in enumerate(cell.strip() for cell in table.rows[0]):
        asked = known.get(title.casefold())
        if asked in found.values():
            raise UsageError(f"{path}: expected one column {title!r}, got two; remove one of them")
        if asked is not None:
            found[n] = asked
        elif near := difflib.get_close_matches(title.casefold(), known, 1, NEAR):
            raise UsageError(f"{path}: expected a column {near[0]!r}, got {title!r}; correct its title")
        elif title:
            ignored.append(title)
    if not found:
        raise UsageError(
            f"{path}: expected a column with a question's id ({', '.join(known)}), got none; add one"
        )
    return found, tuple(title for title in ignored if title not in ("student", WHOSE))


def _owners(path: Path, table: Sheet, results: Sequence[Result]) -> dict[int, str]:
    """Return line → submission, for the lines that belong to exactly one."""
    column = table.column(WHOSE)
    if column is None:
        return fill.rows_of(path, table, results, fill.Filled())
    known = {result.submission.id for result in results}
    cells = {line: table.cell(line, column).strip() for line in range(1, len(table.rows))}
    return {line: text for line, text in cells.items() if text in known}


def _is_fine(cell: Cell) -> bool:
    return cell.comment or value_of(cell.text) is not None


def value_of(text: str) -> float | None:
    """Return a mark as a number, with a point or a comma; None if it is none."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _contradictions(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield a line for each cell that says something else than an earlier row of the same submission."""
    first: dict[tuple[str, str, bool], Cell] = {}
    for cell in cells:
        other = first.setdefault((cell.submission, cell.question, cell.comment), cell)
        if other.text != cell.text:
            yield f"{cell}: expected {other.text!r} as in row {other.row}, got {cell.text!r}"
