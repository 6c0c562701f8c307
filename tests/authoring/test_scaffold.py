"""A new assignment works from the start: it renders, its points add up, and its solution passes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder import grading
from autograder.authoring import render, scaffold
from autograder.errors import UsageError
from autograder.proof import corpus
from autograder.records.assignment import load
from autograder.records.places import Paths
from autograder.release import doors
from autograder.sandbox.process import ProcessSandbox


def test_a_new_assignment_renders_and_its_solution_has_full_marks(tmp_path: Path) -> None:
    scaffold.write(tmp_path, "brand_new")
    paths = Paths(tmp_path, "brand_new")
    assert render.write(paths, executed=False)
    assert render.differing(paths) == []
    suite = tmp_path / "autograder/suites/brand_new"
    for path in suite.rglob("test_*.py"):  # the scaffold's checks import their oracle by the kit's name
        path.write_text(
            path.read_text().replace("from autograder.suites.brand_new import oracle", _oracle(suite))
        )
    assignment = replace(load(paths.assignment / "assignment.toml"), suites=suite)
    work = doors.submission("brand_new.py", (paths.solution / "brand_new.py").read_bytes(), assignment)
    result = grading.grade(work, assignment, ProcessSandbox())
    assert (result.status, result.score, result.reason) == ("graded", 3, None)


def _oracle(suite: Path) -> str:
    return (
        f"import importlib.util as u; s = u.spec_from_file_location('o', {str(suite / 'oracle.py')!r}); "
        + ("oracle = u.module_from_spec(s); s.loader.exec_module(oracle)")
    )


def test_its_samples_fit_its_solution(tmp_path: Path) -> None:
    scaffold.write(tmp_path, "brand_new")
    render.write(Paths(tmp_path, "brand_new"), executed=False)
    samples = corpus.load(tmp_path / "solutions/brand_new/submissions")
    assert len(corpus.build(samples, tmp_path / "samples")) == len(samples) == 5


def test_existing_files_are_not_overwritten(tmp_path: Path) -> None:
    scaffold.write(tmp_path, "brand_new")
    with pytest.raises(
        UsageError, match=r"expected none of the new files to exist, got .*answers\.md.*; choose another name"
    ):
        scaffold.write(tmp_path, "brand_new")


@pytest.mark.parametrize("name", ["Brand", "a", "../up", "with-dash", "1st"])
def test_a_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        UsageError, match=r"expected a name such as undercomplete_overcomplete, got .*; use 3 to 40"
    ):
        scaffold.write(tmp_path, name)
    assert not list(tmp_path.iterdir())
