"""Moodle's grading worksheet: the columns that its importer needs, with grades filled in, ready to upload."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError
from autograder.exports.fill import Filled, put, rows_of, scale_of
from autograder.grades.policy import Grade, number
from autograder.intake import lateness, worksheet
from autograder.intake import sheet as sheets
from autograder.intake.sheet import Sheet
from autograder.records.results import Result

POINTS = "set the assignment's grade in Moodle to the type Point, and download the worksheet again"
REMARK = re.compile(
    r"'?(.+?): [\d.]+ of \d+(?:, .+: [\d.]+ of \d+)*(?:\. \d+ days? late: [\d.]+ points lost)?"
)


@dataclass(frozen=True)
class Columns:
    """The indices of a worksheet's columns; None for those that it lacks or that were not asked for."""

    needed: tuple[int, ...]
    grade: int
    most: int
    locked: int | None
    status: int | None
    remarks: int | None


def fill(
    template: Path,
    results: Sequence[Result],
    grades: Mapping[str, Grade],
    feedback: str | None = None,
    scaled: bool = False,
    keep: bool = False,
) -> Filled:
    """Return what Moodle needs of `template`, with the grades; `feedback` names a column for remarks.

    Other columns are left out, so that the upload cannot change a comment. Raises UsageError if the file is
    not a worksheet, or has no points or different ones. Locked grades stay.
    """
    sheet, filled = sheets.read(template), Filled()
    columns = _columns(template, sheet, feedback)
    for line, name in sorted(rows_of(template, sheet, results, filled).items()):
        grade = grades[name]
        if columns.locked is not None and worksheet.can_be_changed(sheet.cell(line, columns.locked)) is False:
            filled.keep(line, name, "locked in Moodle")
            continue
        where, most = f"{template}: the worksheet", sheet.cell(line, columns.most)
        put(sheet, line, columns.grade, grade, scale_of(where, most, grades, scaled, POINTS), filled, keep)
        if columns.status is not None and lateness.is_draft(sheet.cell(line, columns.status)):
            filled.drafts.append(f"{name}: {lateness.DRAFT}")
        if grade.points is not None:
            _remark(sheet, line, columns, grade, filled)
    asked = () if columns.remarks is None else (columns.remarks,)
    filled.text = sheet.text(filled.cells, {*columns.needed, *asked})
    filled.show(sheet, (columns.grade, *asked))
    return filled


def _columns(template: Path, sheet: Sheet, feedback: str | None) -> Columns:
    """Return the columns of a worksheet. Raises UsageError if it lacks one that is necessary."""
    found = worksheet.marks(sheet.rows)
    if found.most is None and found.identifier is not None:
        got = "one that is graded by a scale" if found.scale else "one without points"
        raise UsageError(
            f"{template}: expected a worksheet with the column Maximum grade, got {got}, for which Moodle "
            f"takes no numbers; {POINTS}"
        )
    needed = {"Identifier": found.identifier, "Grade": found.grade, "Last modified (grade)": found.marked}
    if missing := [name for name, place in needed.items() if place is None]:
        raise UsageError(
            f"{template}: expected Moodle's grading worksheet with {', '.join(needed)}, got one without "
            f"{', '.join(missing)}; set Moodle to English and download the worksheet again"
        )
    if found.unread:
        raise UsageError(
            f"{template}: expected Yes or No after the maximum, which says if a grade can be changed, got "
            f"{found.unread!r}; set Moodle to English and download the worksheet again"
        )
    remarks = None if feedback is None else sheet.column(feedback)
    if feedback is not None and remarks is None:
        raise UsageError(
            f"{template}: expected a column {feedback!r}, got {', '.join(sheet.rows[0])}; name it: --column"
        )
    places = tuple(place for place in needed.values() if place is not None)
    return Columns(places, places[1], found.most or 0, found.locked, found.status, remarks)


def _remark(sheet: Sheet, line: int, columns: Columns, grade: Grade, filled: Filled) -> None:
    """Write how the grade was computed into an empty cell, or over an earlier remark of the kit's own.

    What a person wrote stays. If no column was asked for, an earlier remark that is now wrong is listed.
    """
    text = remark(grade)
    if columns.remarks is None:
        old = [c for c in sheet.rows[line] if _is_remark(c, grade) and c != text]
        filled.outdated += [f"{grade.id}: {cell}" for cell in old]
    elif not (cell := sheet.cell(line, columns.remarks)).strip() or _is_remark(cell, grade):
        filled.cells[line, columns.remarks] = text
    else:
        filled.commented.append(f"{grade.id}: {cell}")


def _is_remark(cell: str, grade: Grade) -> bool:
    """Whether a cell contains nothing but a remark that the kit wrote, now or with an earlier grade."""
    match = REMARK.fullmatch(" ".join(cell.split()))
    return match is not None and match[1] in {mark.title for mark in grade.marks}


def remark(grade: Grade) -> str:
    """Return how a grade was computed, as a line that students may read."""
    marks = ", ".join(f"{mark.title}: {number(mark.points)} of {mark.max_points}" for mark in grade.marks)
    days = "1 day" if grade.days_late == 1 else f"{grade.days_late} days"
    lost = f". {days} late: {number(grade.loss)} points lost" if grade.loss else ""
    return sheets.plain(marks + lost)
