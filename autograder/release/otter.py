"""Renders a master notebook from the source and puts it through the real `otter assign`.

Its tests call the kit's public checks on the notebook's names, so `otter check`, `otter run` and
`autograder check` report the same results.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import autograder
from autograder.authoring import render
from autograder.authoring.definitions import Regions
from autograder.intake.exploration import EXPLORATION
from autograder.judge import plugin
from autograder.judge.rules import Rule
from autograder.records.assignment import Assignment, Question
from autograder.records.places import Paths
from autograder.release import archive, questions, student, tools

GRADER = re.compile(r"^grader\b", re.MULTILINE)  # in the cells that otter adds
PROMPT = ('""" # BEGIN PROMPT', '"""; # END PROMPT')
REGIONS = Regions("# BEGIN SOLUTION NO PROMPT", "# END SOLUTION", PROMPT)
TEST = '''\
""" # BEGIN TEST CONFIG
points: {points}
""" # END TEST CONFIG
def test_{name}(env):
    from autograder.doors.kernel import require

    require("{id}", env)'''


def files(paths: Paths, assignment: Assignment, version: str) -> dict[str, bytes]:
    """Return otter's bundle: the master notebook, the students' files, and autograder.zip.

    Raises KitError if otter's command fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        wheel, data = student.wheel(paths, assignment, version)
        notebook = master(paths, assignment, wheel)
        needed = requirements(paths, f"files/{wheel}")  # the place of a notebook's files in otter's zip
        source = {wheel: data, "requirements.txt": needed.encode()}
        archive.write({**source, f"{assignment.name}.ipynb": tools.notebook_bytes(notebook)}, folder)
        tools.run(
            folder, "otter", "assign", "--no-pdfs", "--no-run-tests", f"{assignment.name}.ipynb", "dist"
        )
        students = _settled(archive.files_in(folder / "dist/student"), assignment)
        (zipped,) = (folder / "dist/autograder").glob("*.zip")
        graders = _settled(archive.unzipped(zipped.read_bytes()), assignment)
    return {
        f"master/{assignment.name}.ipynb": tools.notebook_bytes(notebook),
        **{f"student/{name}": text for name, text in students.items()},
        "autograder.zip": archive.zipped(graders, executable=("run_autograder", "setup.sh")),
    }


def master(paths: Paths, assignment: Assignment, wheel: str) -> Any:
    """Return the master notebook: the solution, with marks around what students do not get, and the tests."""
    rules, _ = plugin.run(assignment, None, ("public",))
    rendered = render.cells(paths, solution=True, regions=REGIONS)
    cells = questions.with_checks(rendered, assignment, lambda question: _block(question, rules))
    return render.as_notebook(assignment.name, [_config(wheel), *cells])


def _config(wheel: str) -> render.Cell:
    settings = {
        "requirements": "requirements.txt",
        "files": [wheel],
        "export_cell": False,
        "check_all_cell": True,
        "strip_solutions_from_all_cells": True,
        "python_version": autograder.GRADING,
        "tests": {"files": True, "ok_format": False},
        "generate": {"pdf": False, "show_hidden": False},
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in settings.items()]
    return _raw("# ASSIGNMENT CONFIG", *lines)


def _raw(*lines: str) -> render.Cell:
    return render.Cell(markdown=False, exploration=False, lines=lines, raw=True)


def _block(question: Question, rules: Sequence[Rule]) -> list[render.Cell]:
    """Return the cells of one otter question, with a test for each of its public checks."""
    question_rules = [rule for rule in rules if rule.question == question.id]
    tests = [
        TEST.format(points=rule.points, id=rule.id, name=rule.id.split(".", 1)[1]) for rule in question_rules
    ]
    return [
        _raw(
            "# BEGIN QUESTION",
            f"name: {question.id}",
            f"points: {sum(rule.points for rule in question_rules)}",
        ),
        _raw("# BEGIN TESTS"),
        *(render.Cell(False, False, tuple(test.splitlines())) for test in tests),
        _raw("# END TESTS"),
        _raw("# END QUESTION"),
    ]


def requirements(paths: Paths, wheel: str) -> str:
    """Return a requirements.txt for running the notebooks: pinned packages, and the wheel next to it."""
    pins = student.pins_of(paths)
    named = sorted({*student.REQUIRED, *student.OFFERED} - {"jupyterlab"})
    return "\n".join([*(f"{name}=={pins[name]}" for name in named), f"./{wheel}", ""])


def _settled(written: dict[str, bytes], assignment: Assignment) -> dict[str, bytes]:
    """Return the files that otter wrote, without what varies from run to run."""
    name = f"{assignment.name}.ipynb"
    if name in written:
        import nbformat

        notebook = tools.settled(nbformat.reads(written[name].decode(), as_version=4))
        for cell in notebook.cells:
            if cell.cell_type == "code" and GRADER.search(cell.source):
                cell.metadata["tags"] = [EXPLORATION]  # not the student's code: left out of grading
        written = {**written, name: tools.notebook_bytes(notebook)}
    return written
