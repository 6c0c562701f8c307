"""The faults of an assignment's files; tests/proof/test_fits.py asks all of them, with the samples."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import faulty
import pytest
from click.testing import CliRunner

from autograder.authoring import consistency, render
from autograder.cli import main
from autograder.errors import AssignmentError
from autograder.records import assignment as assignments


def test_all_faults_are_listed_one_a_line(tmp_path: Path) -> None:
    assignment = faulty.made(tmp_path)
    with pytest.raises(AssignmentError) as caught:
        consistency.require(assignment, ["one:1: a", "two:2: b"])
    assert str(caught.value) == (
        "faulty has 2 faults, so nothing was graded or written:\none:1: a\ntwo:2: b\n"
        "Correct this and run the same command again."
    )
    consistency.require(assignment, [])


def test_a_question_without_checks_is_a_fault(tmp_path: Path) -> None:
    assignment = faulty.made(tmp_path)
    for part in ("public", "hidden"):
        (tmp_path / faulty.SUITE / part / "test_second.py").unlink()
    (fault,) = consistency.of_assignment(assignment)
    assert "expected checks of second in public/ or hidden/test_second.py of " in fault
    assert fault.endswith("got none; write them")


def as_released(tmp_path: Path) -> Path:
    """Write the assignment, and its folder as staff get it; return that."""
    faulty.made(tmp_path)
    staff = tmp_path / "staff"
    shutil.copytree(tmp_path / f"assignments/{faulty.NAME}", staff)
    shutil.copytree(tmp_path / faulty.SUITE, staff / "suites" / faulty.NAME)
    shutil.copytree(tmp_path / f"solutions/{faulty.NAME}", staff / "solution")
    (staff / "notebook.py").unlink()
    return staff


def test_a_released_assignment_has_no_fault(tmp_path: Path) -> None:
    released = assignments.find(as_released(tmp_path))
    assert consistency.paths_of(released) is None
    assert consistency.of_assignment(released) == []


def test_grade_refuses_before_it_grades(tmp_path: Path) -> None:
    staff = as_released(tmp_path)
    check = staff / "suites" / faulty.NAME / "hidden" / "test_second.py"
    faulty.change(check, "2.0, 1e-4, 1e-6)", "2.0, 0)")
    words = ["grade", str(staff / "solution" / f"{faulty.NAME}.py"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, [*words, "--sandbox", "process", "--assignment", str(staff)])
    assert done.exit_code == 2
    assert re.search(r"test_second\.py:\d+: expect\.close: expected rtol above 0, got 0; write", done.output)
    assert not (tmp_path / "out").exists()


def test_render_refuses_a_written_question_without_a_box(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assignment = faulty.made(tmp_path)
    faulty.change(tmp_path / faulty.NOTEBOOK, "#: answer first\n", "Write here.\n")
    paths = consistency.paths_of(assignment)
    assert paths is not None
    before = (paths.assignment / f"{faulty.NAME}.py").read_text()
    monkeypatch.setattr(render, "everywhere", lambda: [paths])
    assert render.main([]) == 2
    assert "expected a box for the written question written_first, got none in" in capsys.readouterr().err
    assert (paths.assignment / f"{faulty.NAME}.py").read_text() == before
