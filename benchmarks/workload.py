"""Builds the class to grade: submissions in each contender's format, and equivalent tests for the peers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.intake import finding
from autograder.proof import corpus
from autograder.records import assignment
from autograder.records.submission import Submission
from benchmarks import replay

ROOT = Path(__file__).resolve().parent.parent
TASK = assignment.load(ROOT / "assignments/latent_space/assignment.toml")
SOLUTION = ROOT / "solutions/latent_space/latent_space.py"
TEST = """\
from otter.test_files import test_case

OK_FORMAT = False
name = "check_{number:02d}"
points = 1


@test_case()
def test_it(env):
    from benchmarks.replay import check

    check(env, {number})
"""


BIN = Path(sys.executable).parent
ENVIRONMENT = {  # bytecode is kept, as on a user's machine
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")},  # as in the kit's worker
    "MPLBACKEND": "Agg",
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
}


@dataclass(frozen=True)
class Workload:
    """The paths of the class: its submissions, by id, as scripts, cells and notebooks, and the tests."""

    folder: Path
    ids: tuple[str, ...]

    @property
    def recording(self) -> Path:
        """The judge's requests to the solution, and the answers."""
        return self.folder / "solution.frames"

    @property
    def scripts(self) -> Path:
        """The folder for `autograder grade`."""
        return self.folder / "scripts"

    def cells(self, name: str) -> Path:
        """One submission's cells as JSON, for the floor."""
        return self.folder / "cells" / f"{name}.json"

    def notebook(self, name: str) -> Path:
        """One submission's notebook, for otter."""
        return self.folder / "notebooks" / name / "latent_space.ipynb"

    @property
    def otter_zip(self) -> Path:
        """The zip that `otter generate` makes from the tests."""
        return self.folder / "otter.zip"

    @property
    def course(self) -> Path:
        """The nbgrader course."""
        return self.folder / "course"


def build(folder: Path, count: int) -> Workload:
    """Write a class of `count` submissions below `folder`; each has one mistake, in the arithmetic.

    So all of them train in the same way.
    """
    shutil.rmtree(folder, ignore_errors=True)
    samples = [s for s in corpus.load() if s.kind == "mistaken" and s.loses == ("arithmetic",)]
    chosen = [samples[i * len(samples) // count] for i in range(count)]
    corpus.build(chosen, folder / "scripts")
    work = Workload(folder, tuple(sample.id for sample in chosen))
    solution = finding.find([SOLUTION], TASK)[0]
    replay.record(solution, TASK, work.recording)
    submissions = {s.id: s for s in finding.find([work.scripts], TASK)}
    for name in work.ids:
        _write_cells(submissions[name], work.cells(name))
        _write(_notebook(submissions[name]), work.notebook(name))
    tests = len(replay.recorded(work.recording)[1])
    _build_otter(work, tests)
    _build_course(work, solution, submissions, tests)
    return work


def _write(notebook: nbformat.NotebookNode, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


def _write_cells(submission: Submission, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [[cell.name, cell.source, cell.first_line] for cell in submission.cells]
    path.write_text(json.dumps(cells), encoding="utf-8")


def _notebook(submission: Submission) -> nbformat.NotebookNode:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=[new_code_cell(cell.source) for cell in submission.cells], metadata=kernel)


def _build_otter(work: Workload, tests: int) -> None:
    """Write the tests in otter's own format and have `otter generate` pack them."""
    folder = work.folder / "otter" / "tests"
    folder.mkdir(parents=True)
    for number in range(tests):
        (folder / f"check_{number:02d}.py").write_text(TEST.format(number=number), encoding="utf-8")
    words = ["generate", "-t", "tests", "-o", str(work.otter_zip), "--no-config", "--no-requirements"]
    _run([str(BIN / "otter"), *words, "--no-environment"], folder.parent)


def _build_course(
    work: Workload, solution: Submission, submissions: dict[str, Submission], tests: int
) -> None:
    """Make an nbgrader course: the source, released by nbgrader, and the students' submissions."""
    course, handed_in = work.course, "submitted"
    course.mkdir()
    config = (
        f'c = get_config()\nc.CourseDirectory.course_id = "bench"\nc.CourseDirectory.root = {str(course)!r}\n'
    )
    config += "c.ExecutePreprocessor.timeout = 600\nc.Execute.timeout = 600\n"
    (course / "nbgrader_config.py").write_text(config, encoding="utf-8")
    _write(_tested(solution, tests), course / "source" / "ae" / "latent_space.ipynb")
    _run([str(BIN / "nbgrader"), "generate_assignment", "ae", "--create", "--force"], course)
    for name in work.ids:
        _write(_tested(submissions[name], tests), course / handed_in / name / "ae" / "latent_space.ipynb")


def _tested(submission: Submission, tests: int) -> nbformat.NotebookNode:
    """Return a notebook with nbgrader's marks: the student's cells, then a locked cell for each test."""
    notebook = _notebook(submission)
    for number, cell in enumerate(notebook.cells):
        cell.metadata["nbgrader"] = _mark(f"cell-{number:02d}", solution=True)
    for number in range(tests):
        source = f"from benchmarks.replay import check\ncheck(globals(), {number})"
        cell = new_code_cell(source)
        cell.metadata["nbgrader"] = _mark(f"check-{number:02d}", grade=True, locked=True, points=1)
        notebook.cells.append(cell)
    return notebook


def _mark(name: str, **facts: object) -> dict[str, object]:
    plain = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {**plain, "grade_id": name, **facts}


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}")
