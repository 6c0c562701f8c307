"""Fills a column of the instructor's own file with grades; who has no row in it is listed, never added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import UsageError
from autograder.grades.policy import Grade, number
from autograder.intake import roster
from autograder.intake.sheet import Sheet
from autograder.records.results import Result


@dataclass
class Filled:
    """The file as text, how many cells were written, and why others were not, with whose they are."""

    text: str = ""
    written: int = 0
    blank: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def rows_of(path: Path, sheet: Sheet, results: Sequence[Result], filled: Filled) -> dict[int, str]:
    """Return the submission (id) that each row of the sheet gets its grade from; see roster.entry_of."""
    students = roster.of_sheet(path, sheet)
    theirs: dict[int, list[str]] = defaultdict(list)
    for result in results:
        for member in result.submission.members:
            if entry := roster.entry_of(member, students):
                theirs[entry.line].append(result.submission.id)
            else:
                filled.unmatched.append(f"{result.submission.id}: {member.name} has no row in it")
    for names in theirs.values():
        if len(names) > 1:
            filled.unmatched.append(f"{' and '.join(names)}: of one student; which one counts?")
    return {line: names[0] for line, names in theirs.items() if len(names) == 1}


def scale_of(where: str, possible: str, grades: Mapping[str, Grade], scaled: bool) -> float:
    """Return what a grade is multiplied by. Raises UsageError where the file's points are other than ours."""
    most = next((grade.max_points for grade in grades.values()), 0)
    try:
        points = float(possible.replace(",", "."))
    except ValueError:
        return 1.0
    if abs(points - most) < 0.005 or not most:
        return 1.0
    if not scaled:
        raise UsageError(
            f"{where} is out of {number(points)}, and the grades are out of {most}: "
            f"set it to {most} there and export it again, or say --scale"
        )
    return points / most


def put(sheet: Sheet, line: int, column: int, grade: Grade, factor: float, filled: Filled) -> None:
    """Write a grade into its cell, with a dot and two digits, or blank where there is none."""
    row = sheet.rows[line]
    row += [""] * (column + 1 - len(row))
    if grade.points is None:
        row[column] = ""
        filled.blank.append(f"{grade.id}: {'; '.join(grade.why) or 'no grade yet'}")
    else:
        row[column] = f"{grade.points * factor:.2f}"
        filled.written += 1
