"""The page that a student reads: score, every check in words, what is likely wrong, where to read."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.assignment import Assignment
from autograder.results import Result

WORDS = {
    "passed": "Passed.",
    "failed": "Not right yet.",
    "raised": "Your code raised an exception.",
    "timeout": "Out of time.",
    "memory": "Out of memory.",
    "crashed": "Your program ended.",
    "malformed": "No proper answer came back.",
    "skipped": "Not run.",
}


@cache
def templates() -> Environment:
    """Return the page templates; everything put into them is escaped."""
    folder = Path(__file__).parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)


def page(result: Result, assignment: Assignment) -> str:
    """Return the feedback page as HTML. Holds nothing that is only for staff."""
    reads = {question.id: question.read or "the handout" for question in assignment.questions}
    template = templates().get_template("feedback.html")
    return template.render(result=result, assignment=assignment, words=WORDS, reads=reads)
