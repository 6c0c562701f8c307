"""Runs an nbgrader course as its teacher does: work in submitted/ is graded by us, and told by nbgrader.

`submitted/<student>/<assignment>/` is where nbgrader collects; `autograder grade` takes the place of
`nbgrader autograde` and fills the course's gradebook; the real `nbgrader generate_feedback` writes the pages
from it. The points are read off those pages, so that all of the way is tried.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from autograder.errors import KitError
from autograder.records.assignment import Assignment
from autograder.records.places import CHECKOUT
from autograder.release import archive, tools

SCORE = re.compile(r'<li><a href="#(\w+)">[^<]*</a> \(Score: ([\d.]+) / [\d.]+\)</li>')
SECONDS = 3600  # for a class: grading in Docker, then a page for each


def marks(
    course: archive.Files, assignment: Assignment, handed: Mapping[str, bytes], folder: Path | None = None
) -> dict[str, dict[str, int]]:
    """Return, by student, the points of every question on the page that nbgrader makes of its gradebook.

    `course` is what a release has for nbgrader, `handed` a notebook by student; the course is left in
    `folder`, where one is given. Raises KitError when a command fails, when anybody stays ungraded, or when
    a page says no points.
    """
    with tempfile.TemporaryDirectory() as scratch:
        place = folder or Path(scratch) / "course"
        name = assignment.name
        submitted = {f"submitted/{who}/{name}/{name}.ipynb": data for who, data in handed.items()}
        archive.write({**course, **submitted}, place)
        for command in _commands(assignment):
            tools.run(place, *command, seconds=SECONDS, PYTHONPATH=str(CHECKOUT))
        return {who: points_on(place / f"feedback/{who}/{name}/{name}.html", assignment) for who in handed}


def _commands(assignment: Assignment) -> tuple[tuple[str, ...], ...]:
    grade = ("autograder", "grade", "submitted", "--from", "nbgrader", "--out", ".", "--sandbox", "docker")
    return (
        (*grade, "--assignment", str(assignment.folder and assignment.folder.resolve())),
        ("nbgrader", "generate_feedback", assignment.name),
    )


def points_on(page: Path, assignment: Assignment) -> dict[str, int]:
    """Return the points of every question that a feedback page of nbgrader tells. Raises KitError."""
    said = dict(SCORE.findall(page.read_text(encoding="utf-8"))) if page.is_file() else {}
    absent = [question.id for question in assignment.questions if question.id not in said]
    if absent:
        raise KitError(
            f"{page.name}: expected nbgrader's page to tell the points of {', '.join(absent)}, got "
            f"{', '.join(said) or 'no points at all'}; look at what `nbgrader generate_feedback` says"
        )
    return {question.id: round(float(said[question.id])) for question in assignment.questions}
