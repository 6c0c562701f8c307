"""Fills a column of the instructor's own file with grades; students without a row are listed, never added."""

from __future__ import annotations

import math
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
    """The file as text, the number of grades in it, and the students who need a look, with reasons.

    `cells` contains what was written, by row and column. `blank` lists empty cells, `emptied` those that held
    something before, `kept` those that were left as they were, `zeros` grades of 0, `drafts` work that was
    not submitted, `commented` remarks that a person wrote, `outdated` remarks that fit an earlier grade,
    `looks` marks that were given before the work or its points changed, `strangers` submissions with a
    student who is not on the roster, which a file of our own contains all the same.
    """

    text: str = ""
    written: int = 0
    blank: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    zeros: list[str] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    commented: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    cells: dict[tuple[int, int], str] = field(default_factory=dict)


def looks_of(grades: Iterable[Grade]) -> list[str]:
    """Return a line for each grade with marks that wait for a look."""
    return [f"{grade.id}: {'; '.join(grade.to_look_at)}" for grade in grades if grade.to_look_at]


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


def scale_of(where: str, possible: str, grades: Mapping[str, Grade], scaled: bool, remedy: str) -> float:
    """Return the factor for grades.

    Raises UsageError, which ends with `remedy`, if the file has no points, and UsageError if its points
    differ and `scaled` is False.
    """
    most = next((grade.max_points for grade in grades.values()), 0)
    try:
        points = float(possible.replace(",", "."))
    except ValueError:
        points = 0.0
    if not 0 < points < math.inf:
        raise UsageError(f"{where}: expected a maximum above 0 points, got {possible!r}; {remedy}")
    if abs(points - most) < 0.005 or not most:
        return 1.0
    if not scaled:
        raise UsageError(
            f"{where} is out of {number(points)}, and the grades are out of {most}: "
            f"set it to {most} there and export it again, or pass --scale"
        )
    return points / most


def put(
    sheet: Sheet, line: int, column: int, grade: Grade, factor: float, filled: Filled, keep: bool = False
) -> None:
    """Write a grade into its cell with two decimals; without a grade, clear the cell unless `keep` is set."""
    old = sheet.cell(line, column).strip()
    why = "; ".join(grade.why) or "no grade yet"
    if grade.points is not None:
        filled.cells[line, column] = f"{grade.points * factor:.2f}"
        filled.written += 1
        filled.zeros += [grade.id] if grade.points == 0 else []
    elif old and keep:
        filled.kept.append(f"{grade.id}: {old}, no grade yet: {why}")
    else:
        filled.cells[line, column] = ""
        (filled.emptied if old else filled.blank).append(f"{grade.id}: {f'{old}: ' if old else ''}{why}")
