"""Finds the last cell of each question in a rendered notebook, so that a release can add cells after it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from autograder.authoring.render import Cell
from autograder.errors import AssignmentError
from autograder.records.assignment import Assignment, Question

After = Callable[[Question], Sequence[Cell]]


def with_checks(cells: Sequence[Cell], assignment: Assignment, after: After) -> list[Cell]:
    """Return `cells` with `after(question)` inserted after the last cell that defines a name of the question.

    Raises AssignmentError if no cell defines a name of a question.
    """
    ends = {end_of(question, cells): question for question in assignment.questions}
    combined: list[Cell] = []
    for index, cell in enumerate(cells):
        combined.append(cell)
        if index in ends:
            combined += after(ends[index])
    return combined


def end_of(question: Question, cells: Sequence[Cell]) -> int:
    """Return the index of the last cell that defines a name of `question`."""
    indices = [index for index, cell in enumerate(cells) if defined(cell) & set(question.defines)]
    if not indices:
        names = ", ".join(question.defines)
        raise AssignmentError(
            f"{question.id}: expected a cell that defines {names}, got none; write one in the source"
        )
    return indices[-1]


def defined(cell: Cell) -> set[str]:
    """Return the names of functions and classes that a graded code cell defines."""
    if cell.markdown or cell.exploration:
        return set()
    tree = ast.parse("\n".join(cell.lines))
    return {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
