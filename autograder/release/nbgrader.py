"""Renders a course for nbgrader from the source and puts it through the real `nbgrader generate_assignment`.

A question's grade cell calls the kit's public checks on the notebook's names, and is worth all points of the
question: `nbgrader validate` shows students the public checks, and `autograder grade` writes the points of
all checks into the gradebook. The cell is tagged as exploration, so that it does not count as the student's
code when the notebook is graded.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.authoring import render
from autograder.authoring.definitions import Regions
from autograder.errors import AssignmentError
from autograder.records.assignment import Assignment, Question
from autograder.records.places import Paths
from autograder.release import archive, mistakes, otter, questions, student, tools

REGIONS = Regions("### BEGIN SOLUTION", "### END SOLUTION")
CONFIG = student.TEXTS / "nbgrader_config.txt"


def files(paths: Paths, assignment: Assignment, version: str) -> dict[str, bytes]:
    """Return the course: its configuration, source, release and gradebook.

    Raises KitError if nbgrader's command fails.
    """
    name = assignment.name
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        archive.write(_course(paths, assignment, version), folder)
        command = ("autograder.release.steady", "nbgrader", "generate_assignment", name)
        tools.run(folder, *command, PYTHONPATH=str(paths.root))
        course = archive.files_in(folder)
        released = folder / f"release/{name}/{name}.ipynb"
        notebook = tools.settled(tools.read_notebook(released))
    return {**course, f"release/{name}/{name}.ipynb": tools.notebook_bytes(notebook)}


def _course(paths: Paths, assignment: Assignment, version: str) -> dict[str, bytes]:
    wheel, data = student.wheel(paths, assignment, version)
    source = {
        f"{assignment.name}.ipynb": tools.notebook_bytes(source_notebook(paths, assignment)),
        "handout.md": (paths.assignment / "handout.md").read_bytes(),
        "data.md": (paths.assignment / "data.md").read_bytes(),
        **student.lesson(paths),
        **mistakes.files(assignment),
        "requirements.txt": otter.requirements(paths, wheel).encode(),
        wheel: data,
    }
    placed = {f"source/{assignment.name}/{name}": text for name, text in source.items()}
    return {"nbgrader_config.py": CONFIG.read_bytes(), **placed}


def source_notebook(paths: Paths, assignment: Assignment) -> Any:
    """Return the source notebook: the solution, with nbgrader's metadata on every cell that needs it."""
    rendered = render.cells(paths, solution=True, regions=REGIONS)
    template = {cell.lines for cell in render.cells(paths, solution=False)}
    cells = questions.with_checks(list(_marked(rendered, template, assignment)), assignment, _grade_cell)
    return render.as_notebook(assignment.name, cells)


def _marked(
    rendered: Sequence[render.Cell], template: set[tuple[str, ...]], assignment: Assignment
) -> Iterator[render.Cell]:
    """Yield the cells: those that students write in get metadata, those only in the solution get a tag."""
    written = iter(assignment.written)
    names = {name: question for question in assignment.questions for name in question.defines}
    for index, cell in enumerate(rendered):
        if list(cell.lines) == [line.removeprefix("# ") for line in render.BLANK_ANSWER]:
            answer = next(written, None)
            if answer is None:
                raise AssignmentError(
                    f"expected {len(assignment.written)} '#: answer' marks in the source, one for each "
                    "written question of assignment.toml, got more; fix either"
                )
            yield replace(cell, metadata=_metadata(answer.id, solution=True, points=answer.points))
        elif cell.exploration and any(line.strip() == REGIONS.begin for line in cell.lines):
            yield replace(cell, metadata=_metadata(f"own_{index}", solution=True))
        elif cell.markdown or cell.exploration or cell.lines in template:
            yield cell
        elif questions.defined(cell) & set(names):
            yield replace(cell, metadata=_metadata(f"code_{index}", solution=True))
        else:
            kept = tuple(line for line in cell.lines if line not in (REGIONS.begin, REGIONS.end))
            yield replace(cell, lines=kept, metadata={"tags": ["solution"]})


def _grade_cell(question: Question) -> list[render.Cell]:
    lines = ("from autograder.doors.kernel import require", "", f'require("{question.id}", globals())')
    metadata = _metadata(question.id, points=question.points)
    return [render.Cell(markdown=False, exploration=True, lines=lines, metadata=metadata)]


def _metadata(grade_id: str, solution: bool = False, points: int | None = None) -> dict[str, Any]:
    """Return nbgrader's metadata for a cell that students write in, that gives points, or both."""
    facts = {"grade_id": grade_id, "schema_version": 3, "solution": solution, "grade": points is not None}
    worth = {} if points is None else {"points": points}
    return {"nbgrader": {**facts, **worth, "locked": not solution, "task": False}}
