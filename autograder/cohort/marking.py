"""Puts the marks of a spreadsheet into a class's gradebook: either all of them, or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.cohort.facts import Facts
from autograder.cohort.records import Marked
from autograder.errors import UsageError
from autograder.exports import marks
from autograder.exports.marks import Cell
from autograder.gradebook import course, marking
from autograder.gradebook.marking import Entry
from autograder.gradebook.marks import NOTHING
from autograder.grades import version
from autograder.grades.policy import HandMark, number
from autograder.intake.sheet import plain


def give(facts: Facts, path: Path, replace: bool, who: str) -> Marked:
    """Write the marks and comments in the spreadsheet at `path` into the gradebook.

    Raises UsageError, and writes nothing, for a cell that cannot be read, a mark out of range, or, unless
    `replace`, one that would replace another mark or comment.
    """
    url = course.required(facts.out)
    given = marks.read(path, facts.results(), facts.assignment)
    entries = {cell: entry for cell in given.cells if (entry := _entry(cell, facts.marks))}
    _refuse(path, [*_out_of_range(facts, entries)], "cannot be given")
    replaced = {cell: e for cell, e in entries.items() if e.before is not None}
    if not replace:
        lines = [f"{cell}: {_shown(e.before)} → {_shown(e.value)}" for cell, e in replaced.items()]
        _refuse(path, lines, "would replace what somebody gave; pass --replace to do so")
    wanted = list(dict.fromkeys(entries.values()))
    if wanted:
        marking.put(url, facts.assignment, wanted, who, f"from {path.name}")
        facts.forget_grades()
    scored = [entry for entry in wanted if entry.table == "grade"]
    same = len(given.cells) - len(entries)
    return Marked(len(scored), len(wanted) - len(scored), len(replaced), same, given.ignored)


def _entry(cell: Cell, known: Mapping[str, Mapping[str, HandMark]]) -> Entry | None:
    """Return what a cell changes, or None if it says what stands in the gradebook."""
    mark = known.get(cell.submission, {}).get(cell.question, NOTHING)
    if cell.comment:
        same = cell.text in (mark.comment.strip(), plain(mark.comment).strip())
        return None if same else Entry(cell.submission, cell.question, cell.text, mark.comment or None)
    value = marks.value_of(cell.text) or 0.0
    return None if value == mark.points else Entry(cell.submission, cell.question, value, mark.points)


def _out_of_range(facts: Facts, entries: Mapping[Cell, Entry]) -> Iterator[str]:
    most = version.points_of(facts.assignment)
    for cell, entry in entries.items():
        if not isinstance(entry.value, str) and not 0 <= entry.value <= most[entry.question]:
            yield f"{cell}: expected a mark from 0 to {most[entry.question]}, got {cell.text}"


def _refuse(path: Path, lines: list[str], why: str) -> None:
    if lines:
        listed = "\n".join(f"  {line}" for line in lines)
        raise UsageError(f"{path}: nothing was changed, because {len(lines)} of its cells {why}:\n{listed}")


def _shown(value: float | str | None) -> str:
    return repr(value) if isinstance(value, str) else number(value)
