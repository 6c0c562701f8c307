"""Moodle's grading worksheet: the downloaded file with grades filled in, ready to upload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.errors import UsageError
from autograder.exports.fill import Filled, put, rows_of, scale_of
from autograder.grades.policy import Grade, number
from autograder.intake import sheet as sheets
from autograder.records.results import Result

NEEDED = ("Identifier", "Grade", "Last modified (grade)")


def fill(
    template: Path,
    results: Sequence[Result],
    grades: Mapping[str, Grade],
    feedback: str | None = None,
    scaled: bool = False,
) -> Filled:
    """Return `template` with the grades filled in; `feedback` names a column for how each was computed.

    Raises UsageError if the file is not a worksheet, or is out of different points. Locked grades stay.
    """
    sheet, filled = sheets.read(template), Filled()
    missing = [name for name in NEEDED if sheet.column(name) is None]
    if missing:
        raise UsageError(
            f"{template}: expected Moodle's grading worksheet with {', '.join(NEEDED)}, got one without "
            f"{', '.join(missing)}; set Moodle to English and download the worksheet again"
        )
    place, most, locked = (sheet.column(n) for n in ("Grade", "Maximum Grade", "Grade can be changed"))
    remarks = None if feedback is None else sheet.column(feedback)
    if feedback is not None and remarks is None:
        raise UsageError(
            f"{template}: expected a column {feedback!r}, got {', '.join(sheet.rows[0])}; name it: --column"
        )
    for line, name in sorted(rows_of(template, sheet, results, filled).items()):
        row, grade = sheet.rows[line], grades[name]
        if locked is not None and row[locked].strip().lower() == "no":
            filled.kept.append(f"{name}: locked in Moodle")
            continue
        factor = 1.0 if most is None else scale_of(f"{template}: the worksheet", row[most], grades, scaled)
        put(sheet, line, place or 0, grade, factor, filled)
        if remarks is not None and grade.points is not None and not row[remarks]:
            row[remarks] = remark(grade)
    filled.text = sheet.text()
    return filled


def remark(grade: Grade) -> str:
    """Return how a grade was computed, as a line that students may read."""
    marks = ", ".join(f"{mark.title}: {number(mark.points)} of {mark.max_points}" for mark in grade.marks)
    days = "1 day" if grade.days_late == 1 else f"{grade.days_late} days"
    lost = f". {days} late: {number(grade.loss)} points lost" if grade.loss else ""
    return marks + lost
