"""Fills a column of the instructor's own file with grades; students without a row are listed, never added."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.errors import UsageError
from autograder.grades.policy import Grade, number
from autograder.intake import roster
from autograder.intake.matching import Joined, Joiner
from autograder.intake.sheet import Sheet
from autograder.records.results import Result
from autograder.records.submission import SubmissionInfo

NOBODY = "no submission; stays as it is"


@dataclass(frozen=True)
class Row:
    """One student of the file: the name there, and the id of the submission whose grade goes there, if any.

    `before` and `after` are the cells under Filled.columns; None in `after` is a cell that stays as it is.
    `why` says why there is no grade. `line` is the index of the row; 0 in a file of our own.
    """

    line: int
    student: str
    of: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str | None, ...] = ()
    why: str = ""


@dataclass
class Filled:
    """The file as text, the number of grades in it, and the students who need a look, with reasons.

    `cells` contains what was written, by row and column. `blank` lists empty cells, `emptied` those that held
    something before, `kept` those that were left as they were, `zeros` grades of 0, `drafts` work that was
    not submitted, `commented` remarks that a person wrote, `outdated` remarks that fit an earlier grade,
    `looks` marks that were given before the work or its points changed, `strangers` submissions with a
    student who is not on the roster, which a file of our own contains all the same. `rows` contains every
    student of the file, with the cells under `columns`; `why` says, by row, why it gets no grade.
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
    columns: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    why: dict[int, str] = field(default_factory=dict)

    def keep(self, line: int, name: str, why: str) -> None:
        """Leave the row `line`, which is that of the submission `name`, as it is."""
        self.kept.append(f"{name}: {why}")
        self.why[line] = why

    def show(self, sheet: Sheet, columns: Sequence[int]) -> None:
        """Complete `rows` with what the sheet has in `columns`, and what will stand there."""
        self.columns = tuple(sheet.rows[0][column] for column in columns)
        self.rows = [
            replace(
                row,
                before=tuple(sheet.cell(row.line, column) for column in columns),
                after=tuple(self.cells.get((row.line, column)) for column in columns),
                why=self.why.get(row.line, "" if row.of else NOBODY),
            )
            for row in self.rows
        ]


def looks_of(grades: Iterable[Grade]) -> list[str]:
    """Return a line for each grade with marks that wait for a look."""
    return [f"{grade.id}: {'; '.join(grade.to_look_at)}" for grade in grades if grade.to_look_at]


def rows_of(path: Path, sheet: Sheet, results: Sequence[Result], filled: Filled) -> dict[int, str]:
    """Return, by row of the sheet, the id of the submission whose grade it gets; see matching.Joiner.

    Adds to `filled` the students without a unique row, and every student of the sheet.
    """
    class_ = [result.submission for result in results]
    listed = roster.of_sheet(path, sheet)
    joiner = Joiner(class_, listed)
    by_row: dict[int, list[str]] = defaultdict(list)
    for info in class_:
        joined = joiner.of(info)
        for entry in joined.entries:
            if entry:
                by_row[entry.line].append(info.id)
        filled.unmatched += _without(info, joined)
    for line, names in by_row.items():
        if len(names) > 1:
            filled.why[line] = f"{' and '.join(names)}: from the same student; decide which one counts"
            filled.unmatched.append(filled.why[line])
    owners = {line: names[0] for line, names in by_row.items() if len(names) == 1}
    filled.rows = [Row(e.line, e.member.name or e.member.id, owners.get(e.line, "")) for e in listed.entries]
    return owners


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
        filled.keep(line, grade.id, f"{old}, no grade yet: {why}")
    else:
        filled.cells[line, column], filled.why[line] = "", why
        (filled.emptied if old else filled.blank).append(f"{grade.id}: {f'{old}: ' if old else ''}{why}")
