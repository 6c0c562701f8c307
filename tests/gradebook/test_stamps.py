"""nbgrader's stamps: copied from an nbgrader course, from nowhere else, and enough to release feedback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.gradebook import course, stamps
from autograder.intake import finding
from autograder.records.assignment import Assignment
from autograder.records.results import Result
from autograder.records.submission import SubmissionInfo

CODE = {"cell_type": "code", "source": "def f(): ...", "metadata": {}, "outputs": [], "execution_count": None}
NOTEBOOK = json.dumps({"cells": [CODE], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
TIME, SECRET = b"2026-03-01 22:59:00.000000 UTC\n", b"a-secret-of-"
Class = Callable[[Path, str], Result]


def hand_in(folder: Path, student: str) -> None:
    """Write a submission as `nbgrader submit` and `collect` leave it."""
    place = folder / student / "scratch"
    place.mkdir(parents=True)
    (place / "scratch.ipynb").write_text(NOTEBOOK)
    (place / "timestamp.txt").write_bytes(TIME)
    (place / "submission_secret.txt").write_bytes(SECRET + student.encode())


@pytest.fixture
def graded(assignment: Assignment, make: Any) -> Class:
    """Return `graded(path, student)`: the result of that student's submission in the class at `path`."""

    def found(path: Path, student: str) -> Result:
        intake = finding.collect([path], assignment)
        (info,) = (s for s in intake.submissions if s.id == student)
        who = SubmissionInfo(info.id, info.student, info.source, info.sha256, members=info.members)
        return replace(make(student, 3, 1), submission=who)

    return found


def test_stamps_come_along_from_a_course_and_follow_a_new_submission(
    tmp_path: Path, assignment: Assignment, graded: Class
) -> None:
    hand_in(tmp_path / "submitted", "ada")
    result = graded(tmp_path / "submitted", "ada")
    stamps.copy(result.submission, assignment, tmp_path / "out")
    expected = {"timestamp.txt": TIME, "submission_secret.txt": b"a-secret-of-ada"}
    assert stamps.copied("ada", assignment, tmp_path / "out") == expected
    (tmp_path / "submitted/ada/scratch/submission_secret.txt").write_bytes(b"new")
    stamps.copy(result.submission, assignment, tmp_path / "out")
    assert stamps.copied("ada", assignment, tmp_path / "out")["submission_secret.txt"] == b"new"


def test_stamps_come_along_from_a_zipped_course(
    tmp_path: Path, assignment: Assignment, graded: Class
) -> None:
    hand_in(tmp_path / "submitted", "ada")
    with zipfile.ZipFile(tmp_path / "course.zip", "w") as packed:
        for path in (tmp_path / "submitted").rglob("*.*"):
            packed.write(path, path.relative_to(tmp_path))
    stamps.copy(graded(tmp_path / "course.zip", "ada").submission, assignment, tmp_path / "out")
    assert len(stamps.copied("ada", assignment, tmp_path / "out")) == 2


@pytest.mark.parametrize(("folder", "name"), [("eve", "eve"), ("Eve_8_assignsubmission_file", "Eve-8")])
def test_a_student_outside_nbgrader_cannot_choose_a_stamp(
    tmp_path: Path, assignment: Assignment, graded: Class, folder: str, name: str
) -> None:
    hand_in(tmp_path / "class", folder)
    result = graded(tmp_path / "class", name)
    stamps.copy(result.submission, assignment, tmp_path / "out")
    assert stamps.copied(name, assignment, tmp_path / "out") == {}


def test_a_submission_that_is_gone_keeps_its_stamps(
    tmp_path: Path, assignment: Assignment, graded: Class
) -> None:
    hand_in(tmp_path / "submitted", "ada")
    result = graded(tmp_path / "submitted", "ada")
    stamps.copy(result.submission, assignment, tmp_path / "out")
    (tmp_path / "submitted").rename(tmp_path / "moved")
    stamps.copy(result.submission, assignment, tmp_path / "out")
    assert len(stamps.copied("ada", assignment, tmp_path / "out")) == 2


def test_nbgraders_own_commands_release_the_feedback_of_every_student(
    tmp_path: Path, assignment: Assignment, graded: Class
) -> None:
    (tmp_path / "scratch.ipynb").write_text(NOTEBOOK)
    for student in ("ada", "bob"):
        hand_in(tmp_path / "course/submitted", student)
    out = tmp_path / "course"
    course.prepare(out)
    course.publish(out, assignment, [graded(out / "submitted", student) for student in ("ada", "bob")])
    nbgrader(out, "generate_feedback", "scratch")
    assert len(released(out)) == 2


def nbgrader(folder: Path, *words: str) -> None:
    """Run a command of nbgrader in its own process."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def released(folder: Path) -> list[str]:
    """Release the feedback in a course; return the pages that students can fetch."""
    exchange = folder.parent / "exchange"
    exchange.mkdir()
    os.chmod(exchange, 0o777)
    nbgrader(folder, "release_feedback", "scratch", "--course=c", f"--Exchange.root={exchange}")
    return [path.read_text() for path in sorted((exchange / "c/feedback").glob("*.html"))]
