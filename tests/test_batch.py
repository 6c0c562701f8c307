"""The batch: a process that dies costs one submission, and what still holds is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder import assignment as assignments
from autograder import batch, grading, results
from autograder.assignment import Assignment
from autograder.results import Result
from autograder.submission import Submission

ROOT = Path(__file__).parent.parent
ASSIGNMENT = assignments.load(ROOT / "assignments/latent_space/assignment.toml")


def dies_on_b(submission: Submission, assignment: Assignment, kind: str) -> Result:
    if submission.id == "b":
        os._exit(9)
    return grading.rejected(submission, assignment, {})


def submissions(*names: str) -> list[Submission]:
    return [Submission(name, name, "", name, rejected="no code") for name in names]


def test_a_grading_process_that_dies_costs_its_own_submission_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "grade_one", dies_on_b)
    found = batch.run(submissions("a", "b", "c"), ASSIGNMENT, "process", tmp_path)
    assert [(r.submission.id, r.status) for r in found] == [
        ("a", "rejected"),
        ("b", "ungraded"),
        ("c", "rejected"),
    ]
    assert "died twice" in str(found[1].reason)


def test_grading_one_keeps_what_still_holds_of_the_others(tmp_path: Path) -> None:
    ada, bob, zoe = submissions("ada", "bob", "zoe")
    provenance = grading.provenance_of(ASSIGNMENT, batch.sandbox_of("process"), grading.OFFICIAL)
    for one, made_by in ((ada, provenance), (zoe, {**provenance, "suite": "another"})):
        results.write(grading.rejected(one, ASSIGNMENT, made_by), batch.path_of(one.id, tmp_path))
    new = grading.rejected(bob, ASSIGNMENT, provenance)
    found = batch.with_earlier([new], [ada, bob, zoe], ASSIGNMENT, "process", tmp_path)
    assert [r.submission.id for r in found] == ["ada", "bob"]
