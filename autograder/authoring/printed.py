"""Finds what students read that contradicts assignment.toml: points in the handout, boxes to write in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring import render
from autograder.authoring.lines import at, shown
from autograder.records.assignment import Assignment, Question, Written

SUMS = ("total", "sum", "all", "together")
WHERE = re.compile(r"section (.+)$")
NAME = re.compile(r"`(\w+)`")


def unboxed(assignment: Assignment, source: Path) -> list[str]:
    """Return the written questions without a box in the notebook's source, and boxes without a question.

    Boxes belong to the written questions in their order, so it is enough to count them; the names of marks
    tell which one is missing.
    """
    lines = enumerate(source.read_text(encoding="utf-8").splitlines(), 1)
    boxes = {n: match["name"] for n, line in lines if (match := render.ANSWER.match(line.strip()))}
    if len(boxes) == len(assignment.written):
        return []
    if len(boxes) < len(assignment.written):
        lacking = [w for w in assignment.written if not any(_boxed(w, name) for name in boxes.values())]
        return [_no_box(assignment, w, source) for w in lacking or assignment.written[len(boxes) :]]
    more = [n for n, name in boxes.items() if not any(_boxed(w, name) for w in assignment.written)]
    return [_no_question(n, boxes[n], source) for n in more or list(boxes)[len(assignment.written) :]]


def _boxed(written: Written, name: str) -> bool:
    return f"_{written.id}".endswith(f"_{name}")


def _no_box(assignment: Assignment, written: Written, source: Path) -> str:
    return (
        f"{_entry(assignment, written)}: expected a box for the written question {written.id}, got none in "
        f"{shown(source)}; write a cell '# %% [markdown]' with the line "
        f"'#: answer {written.id.removeprefix('written_')}' there, and its section in answers.md"
    )


def _no_question(line: int, name: str, source: Path) -> str:
    return (
        f"{shown(source)}:{line}: expected one box for each [[written]] question of assignment.toml, got one "
        f"more, '#: answer {name}'; remove it, or add the question"
    )


def _entry(assignment: Assignment, item: Question | Written) -> str:
    assert assignment.folder is not None
    return at(assignment.folder / "assignment.toml", f'id = "{item.id}"')


@dataclass(frozen=True)
class Row:
    """A row of the handout's table of points: its line, its first cell, its points, all of its text."""

    line: int
    title: str
    points: int
    text: str


def other_points(assignment: Assignment, handout: Path) -> list[str]:
    """Return the rows in the handout's table of points, if it has one, that differ from assignment.toml.

    A row belongs to the question whose names it lists in code type, or whose title or section it has. All
    other rows together belong to all other questions, such as one row for several written ones.
    """
    rows = list(_rows(handout.read_text(encoding="utf-8")))
    if not rows:
        return []
    place = shown(handout)
    items: list[Question | Written] = [*assignment.questions, *assignment.written]
    sums = [row for row in rows if row.title.casefold().strip("*: ") in SUMS]
    whole = sum(item.points for item in items)
    wrong = [_differs(place, row, "all questions", whole) for row in sums if row.points != whole]
    others, left = [], items
    for row in (row for row in rows if row not in sums):
        item = next((item for item in left if _about(row, item)), None)
        if item is None:
            others.append(row)
            continue
        left = [one for one in left if one is not item]
        if row.points != item.points:
            wrong.append(_differs(place, row, item.id, item.points))
    return wrong + _rest(place, others, left, rows[-1])


def _rest(place: str, rows: Sequence[Row], items: Sequence[Question | Written], last: Row) -> list[str]:
    """Compare the rows that belong to no single question with the questions that have no row."""
    wanted, got = sum(item.points for item in items), sum(row.points for row in rows)
    names = ", ".join(item.id for item in items)
    if wanted == got:
        return []
    if rows and items:
        titles = " and ".join(repr(row.title) for row in rows)
        return [
            f"{place}:{rows[0].line}: expected {wanted} points for {names}, as in assignment.toml, got {got} "
            f"for {titles}; make them agree, or remove the row of a question that is gone"
        ]
    if items:
        return [
            f"{place}:{last.line}: expected a row with the {wanted} points of {names} in this table, as in "
            "assignment.toml, got none; add it"
        ]
    return [
        f"{place}:{row.line}: expected a question of assignment.toml, got {row.title!r} with {row.points} "
        "points; remove that row, or add the question"
        for row in rows
    ]


def _differs(place: str, row: Row, what: str, wanted: int) -> str:
    return (
        f"{place}:{row.line}: expected {wanted} points for {what}, as in assignment.toml, got "
        f"{row.points}; make them agree"
    )


def _about(row: Row, item: Question | Written) -> bool:
    """Whether a row is about a question: by the names in code type, its title, its section or its id."""
    if isinstance(item, Question) and (named := set(NAME.findall(row.text))):
        return bool(named & set(item.defines))
    section = WHERE.search(item.read) if isinstance(item, Question) else None
    known = {item.id, item.title, section[1] if section else item.id}
    return row.title.casefold() in {name.casefold() for name in known}


def _rows(text: str) -> Iterator[Row]:
    """Yield the rows of every table in Markdown that has a column of points."""
    column = -1
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.lstrip().startswith("|"):
            column = -1
        elif column < 0:
            heads = [cell.casefold() for cell in cells]
            column = heads.index("points") if "points" in heads else column
        elif column < len(cells) and (points := re.match(r"\**(\d+)", cells[column])):
            yield Row(number, cells[0].strip("*"), int(points[1]), line)
