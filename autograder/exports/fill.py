"""Fills a column of the instructor's own file with grades; students without a row are listed, never added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import UsageError
from autograder.grades.policy import Grade, number
from autograder.intake import roster
from autograder.intake.matching import Joined, Joiner
from autograder.intake.sheet import Sheet
from autograder.records.results import Result
from autograder.records.submission import SubmissionInfo


@dataclass
class Filled:
    """The file as text, the number of cells written, and the students whose cells were not, with reasons."""

    text: str = ""
    written: int = 0
    blank: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def rows_of(path: Path, sheet: Sheet, results: Sequence[Result], filled: Filled) -> dict[int, str]:
    """Return, by row of the sheet, the id of the submission whose grade it gets; see matching.Joiner."""
    class_ = [result.submission for result in results]
    joiner = Joiner(class_, roster.of_sheet(path, sheet))
    by_row: dict[int, list[str]] = defaultdict(list)
    for info in class_:
        joined = joiner.of(info)
        for entry in joined.entries:
            if entry:
                by_row[entry.line].append(info.id)
        filled.unmatched += _without(info, joined)
    for names in by_row.values():
        if len(names) > 1:
            filled.unmatched.append(f"{' and '.join(names)}: from the same student; decide which one counts")
    return {line: names[0] for line, names in by_row.items() if len(names) == 1}


def _without(info: SubmissionInfo, joined: Joined) -> Iterable[str]:
    """Yield a line for each student without a row, with the rows that may be theirs."""
    rows = " or ".join(f"row {row.line + 1}, {row.member.name}" for row in joined.rows)
    near = f"; perhaps {rows}: {joined.why}" if rows else ""
    for member, entry in zip(info.members, joined.entries, strict=False):
        if entry is None:
            yield f"{info.id}: {member.name} has no row in the file{near}"


def scale_of(where: str, possible: str, grades: Mapping[str, Grade], scaled: bool) -> float:
    """Return the factor for grades. Raises UsageError if the file's points differ and `scaled` is False."""
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
            f"set it to {most} there and export it again, or pass --scale"
        )
    return points / most


def put(sheet: Sheet, line: int, column: int, grade: Grade, factor: float, filled: Filled) -> None:
    """Write a grade into its cell with two decimals, or clear the cell if there is no grade."""
    row = sheet.rows[line]
    row += [""] * (column + 1 - len(row))
    if grade.points is None:
        row[column] = ""
        filled.blank.append(f"{grade.id}: {'; '.join(grade.why) or 'no grade yet'}")
    else:
        row[column] = f"{grade.points * factor:.2f}"
        filled.written += 1
