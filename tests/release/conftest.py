"""The assignment and its student bundle, built once for all release tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.records.assignment import Assignment, load
from autograder.records.places import CHECKOUT, Paths
from autograder.release import student

VERSION = "1.2.3"


@pytest.fixture(scope="session")
def paths() -> Paths:
    """The paths of the released assignment."""
    return Paths(CHECKOUT, "latent_space")


@pytest.fixture(scope="session")
def assignment(paths: Paths) -> Assignment:
    """The released assignment."""
    return load(paths.assignment / "assignment.toml")


@pytest.fixture(scope="session")
def bundle(paths: Paths, assignment: Assignment) -> dict[str, bytes]:
    """The student bundle."""
    return student.files(paths, assignment, VERSION)


@pytest.fixture(scope="session")
def solution(paths: Paths) -> str:
    """The solution as a script."""
    return (paths.solution / f"{paths.name}.py").read_text()


@pytest.fixture
def folder(tmp_path: Path, bundle: dict[str, bytes]) -> Path:
    """The student bundle, unpacked."""
    from autograder.release import archive

    archive.write(bundle, tmp_path / "bundle")
    return tmp_path / "bundle"
