"""Provenance: kit, suite, sandbox and image; a changed file of the suite gives another suite hash."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder import grading
from autograder.errors import KitError
from autograder.grading import OFFICIAL, PRACTICE
from autograder.records.places import PACKAGE
from autograder.records.submission import Submission
from autograder.sandbox.fake import FakeSandbox, answering

SUITE = {
    "public/test_one.py": '@check(points=1)\ndef test_f(student):\n    """It."""\n    student.new("f")\n',
    "hidden/test_one.py": '@check(points=2)\ndef test_g(student):\n    """It."""\n    student.new("g")\n',
}
FAKE = FakeSandbox(answering({}))


def test_provenance_names_kit_suite_sandbox_and_image(scratch: Callable[..., Any]) -> None:
    assignment = scratch(SUITE, {"one": 3})
    before = grading.provenance_of(assignment, FAKE, OFFICIAL)
    assert before.keys() == {"kit", "suite", "sandbox", "image"}
    assert (before["sandbox"], before["image"]) == ("fake", "fake:1")
    assert grading.provenance_of(assignment, FAKE, PRACTICE)["suite"] != before["suite"]


@pytest.mark.parametrize("name", ["public/test_one.py", "hidden/test_one.py", "standins.py"])
def test_a_change_of_any_file_changes_the_suite_hash(scratch: Callable[..., Any], name: str) -> None:
    assignment = scratch(SUITE, {"one": 3})
    before = grading.suite_hash(assignment, OFFICIAL)
    assert grading.suite_hash(assignment, OFFICIAL) == before
    path = assignment.suite / name
    path.write_text(path.read_text() + "# changed\n")
    assert grading.suite_hash(assignment, OFFICIAL) != before


HASH = """
from autograder import grading
from autograder.records.assignment import Assignment, Limits, Question
import pathlib, sys
suite = pathlib.Path(sys.argv[1])
question = Question("one", "One", 3, ("f",), standins={"f": "double"})
print(grading.suite_hash(Assignment("a", "A", ("f.py",), (question,), (), Limits(), suite), grading.OFFICIAL))
"""


def hash_by(kit: Path, suite: Path) -> str:
    """The hash by a copy of the kit, or the last line of its error."""
    done = subprocess.run([sys.executable, "-c", HASH, str(suite)], cwd=kit, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().splitlines()[-1]


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """A copy of the kit, without suites, that a test may change."""
    shutil.copytree(
        PACKAGE, tmp_path / "kit/autograder", ignore=shutil.ignore_patterns("__pycache__", "suites")
    )
    return tmp_path / "kit"


def test_the_hash_changes_with_everything_that_decides_a_score(
    kit: Path, scratch: Callable[..., Any]
) -> None:
    suite = scratch(SUITE, {"one": 3}).suite
    before = hash_by(kit, suite)
    assert len(before) == 64
    for name, old, new in (
        ("errors.py", 'outcome = "failed"', 'outcome = "passed"'),
        ("records/assignment.py", "q.id != question", "q.id == question"),
        ("intake/archive.py", "MAX_FILE = 50 << 20", "MAX_FILE = 40 << 20"),
        ("intake/notebook.py", "MAX_TRANSLATION = 50_000", "MAX_TRANSLATION = 5"),
        ("judge/replies.py", "MOST = 1e6", "MOST = 1e5"),
        ("judge/suite.ini", "[pytest]", "[pytest]\nxfail_strict = true"),
        ("worker/shortcuts/compiler.py", "COMPILER = ", "COMPILER_ = COMPILER = "),
        ("wire.py", "MAX_DEPTH = 16", "MAX_DEPTH = 6"),
    ):
        path = kit / "autograder" / name
        text = path.read_text()
        assert old in text, name
        path.write_text(text.replace(old, new, 1))
        assert hash_by(kit, suite) != before, name
        path.write_text(text)
    assert hash_by(kit, suite) == before


def test_the_hash_ignores_what_decides_no_score(kit: Path, scratch: Callable[..., Any]) -> None:
    suite = scratch(SUITE, {"one": 3}).suite
    before = hash_by(kit, suite)
    for name in (
        "pages/feedback.py",
        "cli/staff.py",
        "intake/canvas.py",
        "grades/policy.py",
        "proof/prove.py",
    ):
        with (kit / "autograder" / name).open("a") as file:
            file.write("# another line\n")
    assert hash_by(kit, suite) == before


def test_a_renamed_file_raises_instead_of_leaving_the_hash(kit: Path, scratch: Callable[..., Any]) -> None:
    suite = scratch(SUITE, {"one": 3}).suite
    values = kit / "autograder/worker/values.py"
    values.rename(values.with_name("value.py"))
    message = "autograder/worker/child.py: expected the module autograder.worker.values, found no such file"
    assert message in hash_by(kit, suite)


def test_the_hash_is_the_same_where_an_installed_kit_keeps_its_settings(scratch: Callable[..., Any]) -> None:
    assignment = scratch(SUITE, {"one": 3})
    before = grading.suite_hash(assignment, OFFICIAL)
    (assignment.suite / "assignment.toml").write_text("name = 'one'\n")
    (assignment.suite / ".DS_Store").write_text("stray")
    assert grading.suite_hash(assignment, OFFICIAL) == before


def test_a_suite_without_stand_ins_is_the_kits_fault(scratch: Callable[..., Any]) -> None:
    assignment = scratch(SUITE, {"one": 3})
    (assignment.suite / "standins.py").unlink()
    with pytest.raises(KitError, match=r"standins\.py: no such file; every suite needs one; create it"):
        grading.standins_source(assignment)
    work = Submission("ada", "Ada", "f.py", "0" * 64)
    assert grading.grade(work, assignment, FAKE).status == "ungraded"
