"""What a result is traced to: kit, suite, sandbox and image; another file of the suite is another suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autograder import grading
from autograder.errors import KitError
from autograder.grading import OFFICIAL, PRACTICE
from autograder.records.submission import Submission
from autograder.sandbox.fake import FakeSandbox, answering

SUITE = {
    "public/test_one.py": '@check(points=1)\ndef test_f(student):\n    """It."""\n    student.new("f")\n',
    "hidden/test_one.py": '@check(points=2)\ndef test_g(student):\n    """It."""\n    student.new("g")\n',
}
FAKE = FakeSandbox(answering({}))


def test_a_result_is_traced_to_suite_image_sandbox_and_kit(scratch: Callable[..., Any]) -> None:
    assignment = scratch(SUITE, {"one": 3})
    before = grading.provenance_of(assignment, FAKE, OFFICIAL)
    assert before.keys() == {"kit", "suite", "sandbox", "image"}
    assert (before["sandbox"], before["image"]) == ("fake", "fake:1")
    assert grading.provenance_of(assignment, FAKE, PRACTICE)["suite"] != before["suite"]


@pytest.mark.parametrize("name", ["public/test_one.py", "hidden/test_one.py", "standins.py"])
def test_a_change_of_any_file_of_the_suite_is_another_suite(scratch: Callable[..., Any], name: str) -> None:
    assignment = scratch(SUITE, {"one": 3})
    before = grading.suite_hash(assignment, OFFICIAL)
    assert grading.suite_hash(assignment, OFFICIAL) == before
    path = assignment.suite / name
    path.write_text(path.read_text() + "# changed\n")
    assert grading.suite_hash(assignment, OFFICIAL) != before


def test_a_suite_without_stand_ins_is_our_fault(scratch: Callable[..., Any]) -> None:
    assignment = scratch(SUITE, {"one": 3})
    (assignment.suite / "standins.py").unlink()
    with pytest.raises(KitError, match=r"standins\.py: no such file; every suite needs its stand-ins"):
        grading.standins_source(assignment)
    work = Submission("ada", "Ada", "f.py", "0" * 64)
    assert grading.grade(work, assignment, FAKE).status == "ungraded"
