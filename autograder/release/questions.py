"""Finds which cell of a rendered notebook ends each question, for what a release puts after it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from autograder.authoring.render import Cell
from autograder.errors import AssignmentError
from autograder.records.assignment import Assignment, Question

After = Callable[[Question], Sequence[Cell]]


def with_checks(cells: Sequence[Cell], assignment: Assignment, after: After) -> list[Cell]:
    """Return `cells` with `after(question)` behind the last cell that defines one of the question's names.

    Raises AssignmentError when no cell defines what a question asks for.
    """
    ends = {end_of(question, cells): question for question in assignment.questions}
    found: list[Cell] = []
    for index, cell in enumerate(cells):
        found.append(cell)
        if index in ends:
            found += after(ends[index])
    return found


def end_of(question: Question, cells: Sequence[Cell]) -> int:
    """Return the index of the last cell that defines a name of `question`."""
    own = [index for index, cell in enumerate(cells) if defined(cell) & set(question.defines)]
    if not own:
        names = ", ".join(question.defines)
        raise AssignmentError(
            f"{question.id}: expected a cell that defines {names}, got none; mend the source"
        )
    return own[-1]


def defined(cell: Cell) -> set[str]:
    """Return the names of functions and classes that a graded code cell defines."""
    if cell.markdown or cell.exploration:
        return set()
    tree = ast.parse("\n".join(cell.lines))
    return {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
