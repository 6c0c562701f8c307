"""A release is assembled, described and written completely; errors say what is missing."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from autograder import grading
from autograder.errors import AssignmentError, UsageError
from autograder.judge import plugin
from autograder.proof import corpus
from autograder.records.assignment import Assignment, load
from autograder.records.places import CHECKOUT, Paths
from autograder.release import archive, build, manifest, staff


def test_a_manifest_describes_the_release(assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    table = manifest.manifest(Paths(CHECKOUT, assignment.name), assignment, "1.2.3")
    assert table["date"] == "2025-10-09T08:53:20Z"
    assert table["points"] == {"model": 20, "losses": 25, "sweep": 25, "arithmetic": 20}
    assert (table["max_score"], table["torch"]) == (90, "2.13.0")
    assert table["suite"] == grading.suite_hash(assignment, grading.OFFICIAL)
    assert json.loads(manifest.text(table)) == table


def test_without_git_and_epoch_no_date_is_invented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    with pytest.raises(
        UsageError, match="expected a git checkout with a commit, or SOURCE_DATE_EPOCH in seconds"
    ):
        manifest.date_of(tmp_path)


def test_a_version_needs_its_section_in_the_changelog(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_text("# Changes\n\n## 1.2.0\n\n- New.\n\n## 1.1.0\n\n- Old.\n")
    assert manifest.changes(tmp_path, "1.2.0") == "## 1.2.0\n\n- New.\n"
    with pytest.raises(
        UsageError, match=r"expected a section '## 1\.3\.0' that says what changes for users, got none"
    ):
        manifest.changes(tmp_path, "1.3.0")


def test_a_malformed_version_is_refused(paths: Paths, assignment: Assignment) -> None:
    with pytest.raises(
        UsageError, match=r"expected a version such as 1\.0\.0 or 1\.0\.0rc1, got 'v1'; choose such a version"
    ):
        build.build(paths, assignment, "v1")


def test_staff_get_suites_solution_and_evidence_or_an_error_that_names_what_is_missing(
    tmp_path: Path, paths: Paths, assignment: Assignment
) -> None:
    shutil.copytree(paths.solution, tmp_path / "solutions/latent_space")
    copied = Paths(tmp_path, "latent_space")
    with pytest.raises(
        AssignmentError, match=r"got no kill_matrix\.csv.*; run make prove and make calibrate"
    ):
        staff.files(copied, assignment)
    proof = tmp_path / "docs/proof"
    proof.mkdir(parents=True)
    for name in ("kill_matrix.csv", "kill_matrix.svg", "messages.md", "calibration.csv", "calibration.md"):
        (proof / name).write_text(f"# {name}: {assignment.title}\n")
    shutil.copytree(paths.assignment, copied.assignment)
    files = staff.files(copied, assignment)
    assert {
        "assignment.toml",
        "suites/latent_space/hidden/test_model.py",
        "solution/latent_space.ipynb",
        "proof/calibration.md",
    } <= set(files)
    assert not [name for name in files if "pycache" in name]


def test_another_assignments_evidence_is_refused(tmp_path: Path, assignment: Assignment) -> None:
    (tmp_path / "docs/proof").mkdir(parents=True)
    for name in staff.EVIDENCE:
        (tmp_path / "docs/proof" / name).write_text("# How sure each check is: Another\n")
    with pytest.raises(
        AssignmentError,
        match=r"expected the evidence of 'Latent Space.*put what .* into docs/proof/latent_space",
    ):
        staff.evidence(Paths(tmp_path, "latent_space"), assignment)


def test_the_second_assignment_is_proved_and_calibrated() -> None:
    second = Paths(CHECKOUT, "undercomplete_overcomplete")
    loaded = load(second.assignment / "assignment.toml")
    evidence = staff.evidence(second, loaded)
    checks = {rule.id for rule in plugin.run(loaded, None, grading.OFFICIAL)[0]}
    matrix = list(csv.reader(evidence["kill_matrix.csv"].decode().splitlines()))
    assert {row[0] for row in matrix[1:]} == checks
    samples = corpus.load(second.solution / "submissions")
    assert set(matrix[0][4:]) == {sample.name for sample in samples if sample.kind == "mistaken"}
    assert b"Not met" not in evidence["calibration.md"]


def test_a_published_release_never_changes(tmp_path: Path) -> None:
    files = {"student/a.py": b"x", "SHA256SUMS": b""}
    assert build.write(files, tmp_path / "1.2.3") is False
    assert archive.files_in(tmp_path / "1.2.3") == files
    assert build.write(files, tmp_path / "1.2.3") is True
    with pytest.raises(
        UsageError, match=r"1\.2\.3 already exists and differs from this build; raise the version, or remove"
    ):
        build.write({**files, "student/a.py": b"y"}, tmp_path / "1.2.3")


def test_student_files_are_separated_from_staff_files(assignment: Assignment) -> None:
    files = dict.fromkeys(
        (
            "student/a",
            "otter/student/a",
            "otter/master/a",
            "nbgrader/source/a",
            "nbgrader/release/a",
            "staff/a",
        ),
        b"",
    )
    zipped = build.student_zip(assignment, "1.2.3")
    selected = build.for_students({**files, zipped: b""}, assignment, "1.2.3")
    assert set(selected) == {"student/a", "otter/student/a", "nbgrader/release/a", zipped}
