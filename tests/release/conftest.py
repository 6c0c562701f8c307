"""The bundles of the assignment, built once for all tests of the release."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.records.assignment import Assignment, load
from autograder.records.places import CHECKOUT, Paths
from autograder.release import student

VERSION = "1.2.3"


@pytest.fixture(scope="session")
def paths() -> Paths:
    """Where the assignment that is released lies."""
    return Paths(CHECKOUT, "latent_space")


@pytest.fixture(scope="session")
def assignment(paths: Paths) -> Assignment:
    """The assignment that is released."""
    return load(paths.assignment / "assignment.toml")


@pytest.fixture(scope="session")
def bundle(paths: Paths, assignment: Assignment) -> dict[str, bytes]:
    """What a student gets."""
    return student.files(paths, assignment, VERSION)


@pytest.fixture(scope="session")
def solution(paths: Paths) -> str:
    """The solution as a script."""
    return (paths.solution / f"{paths.name}.py").read_text()


@pytest.fixture
def folder(tmp_path: Path, bundle: dict[str, bytes]) -> Path:
    """The student's bundle, unpacked."""
    from autograder.release import archive

    archive.write(bundle, tmp_path / "bundle")
    return tmp_path / "bundle"
