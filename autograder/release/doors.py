"""The doors through which work is checked or graded, one function each, so that they can be compared.

A practice door returns the public checks that fail; an official door returns the points of every question.
Work reaches the notebook doors as a student's would: its code is in cells of the released notebook.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder import grading
from autograder.intake import finding
from autograder.intake.exploration import EXPLORATION
from autograder.intake.notebook import HEADER
from autograder.records import words
from autograder.records.assignment import Assignment
from autograder.records.results import Result
from autograder.records.submission import Submission
from autograder.release import archive, tools
from autograder.sandbox import Sandbox
from autograder.sandbox.process import ProcessSandbox

PATIENT = f"--Execute.timeout={tools.SECONDS}"  # nbgrader's default is 30 s; this machine may be busy
ANSI = re.compile(r"\x1b\[[0-9;]*m")
Failing = frozenset[str]
Points = Mapping[str, int]


def filled(released: Any, code: list[str]) -> Any:
    """Return a released notebook with `code` as cells instead of the first answer; other answers are empty.

    Experiments are emptied too: they are not graded, and they take minutes.
    """
    from nbformat import v4

    cells: list[Any] = []
    first = True
    for cell in released.cells:
        if EXPLORATION in cell.metadata.get("tags", []) and cell.metadata.get("editable", True):
            cell.source = ""  # otter and nbgrader lock the cells that run the checks
        if cell.source == "YOUR ANSWER HERE":
            cell.source = "My answer."
        if cell.cell_type == "code" and "raise NotImplementedError" in cell.source:
            cell.source = ""
            if first:
                cells += [v4.new_code_cell(source) for source in code]
            first = False
        cells.append(cell)
    released.cells = cells
    return tools.settled(released)


def code_of(name: str, text: str) -> list[str]:
    """Return the graded cells of a script in percent format, or of a notebook."""
    if name.endswith(".ipynb"):
        import nbformat

        notebook = nbformat.reads(text, as_version=4)
        cells = [c for c in notebook.cells if c.cell_type == "code"]
        return [c.source for c in cells if EXPLORATION not in c.metadata.get("tags", [])]
    parts, keep = [[""]], True
    for line in text.splitlines():
        if HEADER.match(line):
            keep = f'"{EXPLORATION}"' not in line and "[markdown]" not in line
            parts.append([])
        elif keep:
            parts[-1].append(line)
    return [source for source in ("\n".join(part).strip("\n") for part in parts) if source.strip()]


def check(submission: Submission, assignment: Assignment, sandbox: Sandbox | None = None) -> Failing:
    """Return the public checks that fail in `autograder check`, which uses the process sandbox."""
    result = grading.grade(submission, assignment, sandbox or ProcessSandbox(), grading.PRACTICE)
    if result.status != "graded":
        raise ValueError(
            f"expected results of the public checks, got {result.status}: {result.reason}; grade the work "
            "again"
        )
    return failing(result)


def failing(result: Result) -> Failing:
    """Return the checks of a result that did not pass."""
    return frozenset(check.id for check in result.checks if check.outcome != "passed")


def submission(name: str, data: bytes, assignment: Assignment) -> Submission:
    """Return one file as a submission, as intake reads it."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / name
        path.write_bytes(data)
        (work,) = finding.find([path], assignment)
    return work


def otter_check(bundle: archive.Files, assignment: Assignment, code: list[str]) -> Failing:
    """Return the public checks that fail in `otter check`. `bundle` is what students get for otter."""
    with _placed(bundle, assignment, code) as (folder, name, kit):
        done = tools.attempt(folder, "otter", "check", name, PYTHONPATH=kit)
    return _failed(done.stdout + done.stderr, "All tests passed!")


def otter_run(zipped: bytes, bundle: archive.Files, assignment: Assignment, code: list[str]) -> Failing:
    """Return the public checks that fail in `otter run` with its autograder zip."""
    with _placed(bundle, assignment, code) as (folder, name, kit):
        (folder / "autograder.zip").write_bytes(zipped)
        done = tools.attempt(folder, "otter", "run", "-a", "autograder.zip", name, PYTHONPATH=kit)
        results = folder / "results.json"
        if not results.is_file():
            raise ValueError(f"otter run wrote no results.json: {(done.stdout + done.stderr)[-1500:]}")
        tests = json.loads(results.read_text())["tests"]
    whole = all(test.get("score") == test.get("max_score") for test in tests)
    return _failed("\n".join(test["output"] for test in tests), "" if whole else "all scores whole")


def nbgrader_validate(bundle: archive.Files, assignment: Assignment, code: list[str]) -> Failing:
    """Return the public checks that fail in `nbgrader validate`. `bundle` is what nbgrader releases."""
    with _placed(bundle, assignment, code) as (folder, name, kit):
        done = tools.attempt(folder, "nbgrader", "validate", PATIENT, name, PYTHONPATH=kit)
    return _failed(done.stdout + done.stderr, "Success! Your notebook passes all the tests.")


@contextmanager
def _placed(
    bundle: archive.Files, assignment: Assignment, code: list[str]
) -> Iterator[tuple[Path, str, str]]:
    """Yield a folder with a student's bundle, the name of the notebook with `code` in it, and the folder of
    the kit from the bundle's wheel: the notebook's kernel imports that kit, not this checkout."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, name = Path(scratch) / "work", f"{assignment.name}.ipynb"
        archive.write(bundle, folder)
        notebook = filled(tools.read_notebook(folder / name), code)
        (folder / name).write_bytes(tools.notebook_bytes(notebook))
        for wheel in (data for inside, data in bundle.items() if inside.endswith(".whl")):
            archive.write(archive.unzipped(wheel), Path(scratch) / "kit")
        yield folder, name, str(Path(scratch) / "kit")


def _failed(output: str, passed: str) -> Failing:
    """Return the ids of the failed checks in a tool's output.

    Raises ValueError with the output if it reports neither failed checks nor success.
    """
    plain = ANSI.sub("", output)
    failed = words.lost_in(plain)
    if not failed and passed not in plain:
        raise ValueError(f"expected {passed!r} or failed checks, got: {plain[-1500:]}")
    return failed


def points(submission: Submission, assignment: Assignment, sandbox: Sandbox) -> Points:
    """Return the points of every question, as the official checks give them in a sandbox."""
    return points_of(grading.grade(submission, assignment, sandbox))


def points_of(result: Result) -> Points:
    """Return the points of every question in a result; empty if it is ungraded."""
    return {question.id: question.score for question in result.questions}


def gradescope_points(results: Mapping[str, Any], assignment: Assignment) -> Points:
    """Return the points of every question in a results.json; empty if it has no score."""
    if "score" not in results:
        return {}
    scores = {question.id: 0 for question in assignment.questions}
    for test in results["tests"]:
        for question in test.get("tags", []):
            scores[question] += test["score"]
    return scores
