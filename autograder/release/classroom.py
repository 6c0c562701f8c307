"""Runs an nbgrader course as its teacher does: the kit grades submitted/, and nbgrader writes the feedback.

nbgrader collects into `submitted/<student>/<assignment>/`; `autograder grade` replaces `nbgrader autograde`
and fills the course's gradebook; the real `nbgrader generate_feedback` writes pages from the gradebook. The
points are read from those pages, so the whole path is tested.
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
SECONDS = 3600  # for a class: grading in Docker, then a page for each student


def marks(
    course: archive.Files, assignment: Assignment, handed: Mapping[str, bytes], folder: Path | None = None
) -> dict[str, dict[str, int]]:
    """Return, by student, the points of every question on the feedback page that nbgrader writes.

    `course` is what a release has for nbgrader; `handed` maps each student to a notebook. The course is
    left in `folder`, if given. Raises KitError if a command fails, if a student stays ungraded, or if a
    page shows no points.
    """
    with tempfile.TemporaryDirectory() as scratch:
        place = folder or Path(scratch) / "course"
        name = assignment.name
        submitted = {f"submitted/{student}/{name}/{name}.ipynb": data for student, data in handed.items()}
        archive.write({**course, **submitted}, place)
        for command in _commands(assignment):
            tools.run(place, *command, seconds=SECONDS, PYTHONPATH=str(CHECKOUT))
        return {
            student: points_on(place / f"feedback/{student}/{name}/{name}.html", assignment)
            for student in handed
        }


def _commands(assignment: Assignment) -> tuple[tuple[str, ...], ...]:
    grade = ("autograder", "grade", "submitted", "--from", "nbgrader", "--out", ".", "--sandbox", "docker")
    return (
        (*grade, "--assignment", str(assignment.folder and assignment.folder.resolve())),
        ("nbgrader", "generate_feedback", assignment.name),
    )


def points_on(page: Path, assignment: Assignment) -> dict[str, int]:
    """Return the points of every question on one of nbgrader's feedback pages.

    Raises KitError if the page lacks the points of a question.
    """
    shown = dict(SCORE.findall(page.read_text(encoding="utf-8"))) if page.is_file() else {}
    absent = [question.id for question in assignment.questions if question.id not in shown]
    if absent:
        raise KitError(
            f"{page.name}: expected nbgrader's page to show the points of {', '.join(absent)}, got "
            f"{', '.join(shown) or 'no points at all'}; read what `nbgrader generate_feedback` prints"
        )
    return {question.id: round(float(shown[question.id])) for question in assignment.questions}
