"""Builds the students' page of common mistakes, from the examples that feedback pages show, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.records import examples
from autograder.records.assignment import Assignment
from autograder.records.examples import Example

FILE = "mistakes.md"
HEAD = """\
# Common mistakes, with numbers

The checks that you do not have name the likely mistake, but no numbers. Here are numbers: run a block after
your own work, in a new cell or at the end of your script. It prints what stands after *right*, or, if you
made one of the mistakes below it, usually what stands after that one.
"""


def files(assignment: Assignment) -> dict[str, bytes]:
    """Return the page by its name, if the assignment has examples. Raises AssignmentError if they are bad."""
    listed = examples.load(assignment)
    examples.require_known(assignment, listed)
    return {FILE: "\n".join(_page(assignment, listed)).encode()} if listed else {}


def _page(assignment: Assignment, listed: Sequence[Example]) -> Iterator[str]:
    yield HEAD
    for question in assignment.questions:
        mine = [example for example in listed if example.question == question.id]
        if mine:
            yield f"## {question.title}\n"
        for code in dict.fromkeys(example.code for example in mine):
            yield _block(code, [example for example in mine if example.code == code])


def _block(code: str, mistakes: Sequence[Example]) -> str:
    """Return one block of code, and what it prints: with right work, and with each mistake."""
    lines = [f"- {mistake.cause}: `{mistake.wrong}`" for mistake in mistakes]
    return "\n".join(["```python", code, "```", "", f"- *right*: `{mistakes[0].right}`", *lines, ""])
