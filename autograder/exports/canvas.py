"""Canvas's gradebook: the instructor's own export with one column filled, ready to import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.errors import UsageError
from autograder.exports.fill import Filled, put, rows_of, scale_of
from autograder.grades.policy import Grade
from autograder.intake import sheet as sheets
from autograder.intake.sheet import Sheet
from autograder.records.results import Result

READ_ONLY = "(read only)"
EXCUSED = "EX"
POINTS = "give the assignment points in Canvas and export it again, or name another column: --column"


def fill(
    template: Path,
    results: Sequence[Result],
    grades: Mapping[str, Grade],
    title: str,
    column: str | None = None,
    scaled: bool = False,
    keep: bool = False,
) -> Filled:
    """Return `template` with the grades in `column`, or else in the column of the assignment's `title`.

    Raises UsageError if the file is not a Canvas export, or if the column is missing, read only, without
    points, or out of different points.
    """
    sheet, filled = sheets.read(template), Filled()
    if "Section" not in sheet.rows[0] or "ID" not in sheet.rows[0]:
        got = ", ".join(sheet.rows[0][:6])
        raise UsageError(
            f"{template}: expected Canvas's own export (Student, ID, …, Section, …), got {got}; "
            "export it in Canvas: Grades, Export, Export entire gradebook"
        )
    place = _column(template, sheet, title, column)
    possible = _possible(sheet, place)
    where = f"{template}: the column {sheet.rows[0][place]!r}"
    if possible is not None and READ_ONLY in possible:
        raise UsageError(f"{where} is read only; name another: --column")
    factor = 1.0 if possible is None else scale_of(where, possible, grades, scaled, POINTS)
    for line, name in sorted(rows_of(template, sheet, results, filled).items()):
        if sheet.cell(line, place) == EXCUSED:
            filled.keep(line, name, "excused in Canvas")
        else:
            put(sheet, line, place, grades[name], factor, filled, keep)
    filled.text = sheet.text(filled.cells)
    filled.show(sheet, (place,))
    return filled


def _column(template: Path, sheet: Sheet, title: str, asked: str | None) -> int:
    """Return the index of the assignment's column: `Title (4711)`, where Canvas chose the number."""
    head = sheet.rows[0]
    offered = head[head.index("Section") + 1 :]
    wanted = (asked or title).strip().lower()
    columns = [n for n, name in enumerate(head) if name in offered and wanted in (name.lower(), _title(name))]
    if len(columns) == 1:
        return columns[0]
    got = f"{len(columns)} of them" if columns else ", ".join(offered[:8]) or "none"
    raise UsageError(f"{template}: expected a column {asked or title!r}, got {got}; name it: --column TITLE")


def _title(name: str) -> str:
    title, bracket, number = name.rpartition(" (")
    return title.strip().lower() if bracket and number.rstrip(")").isdecimal() else name.strip().lower()


def _possible(sheet: Sheet, place: int) -> str | None:
    """Return the points of a column as Canvas gives them, or None if the file has no row for points."""
    for line, row in enumerate(sheet.rows[1:4], start=1):
        if row[0].strip().lower().startswith("points possible"):
            return sheet.cell(line, place)
    return None
