"""Keepers: a mode is noted before it is changed, restored once, and never over another change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the user sandbox is Linux's", allow_module_level=True)

from autograder.sandbox import keeper
from autograder.sandbox.keeper import MODES, Keeper


def folder_at(path: Path, mode: int) -> Path:
    path.mkdir()
    path.chmod(mode)
    return path


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_mode_is_noted_while_its_path_is_closed_and_then_restored(tmp_path: Path) -> None:
    path = folder_at(tmp_path / "suites", 0o751)
    one = Keeper(tmp_path, ())
    assert one.close([str(path), str(tmp_path / "not there")]) == ""
    assert json.loads((tmp_path / MODES).read_text()) == [str(path), 0o751]
    assert mode_of(path) == 0o700
    one.leave()
    assert mode_of(path) == 0o751
    assert not (tmp_path / MODES).exists()


def test_the_last_of_several_keepers_restores_all_modes(tmp_path: Path) -> None:
    paths = [folder_at(tmp_path / name, 0o755) for name in ("a", "b")]
    first, second = Keeper(tmp_path, ()), Keeper(tmp_path, ())
    first.close(map(str, paths[:1]))
    second.close(map(str, paths))
    first.leave()
    assert [mode_of(path) for path in paths] == [0o700, 0o700]
    second.leave()
    assert [mode_of(path) for path in paths] == [0o755, 0o755]


def test_a_mode_that_was_changed_meanwhile_stays(tmp_path: Path) -> None:
    paths = [folder_at(tmp_path / name, 0o755) for name in ("changed", "removed")]
    one = Keeper(tmp_path, ())
    one.close(map(str, paths))
    paths[0].chmod(0o750)
    paths[1].rmdir()
    one.leave()
    assert mode_of(paths[0]) == 0o750


def test_a_note_that_was_cut_short_does_not_stop_modes_from_being_restored(tmp_path: Path) -> None:
    paths = [folder_at(tmp_path / "before", 0o700), folder_at(tmp_path / "after", 0o755)]
    one, other = Keeper(tmp_path, ()), Keeper(tmp_path, ())
    (tmp_path / MODES).write_text(json.dumps([str(paths[0]), 0o755]) + '\n["/somewh')
    one.close([str(paths[1])])
    one.leave()
    other.leave()
    assert [mode_of(path) for path in paths] == [0o755, 0o755]


def test_a_path_that_cannot_be_closed_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, mode: int) -> None:
        raise PermissionError(f"no chmod to {mode:o}")

    path = folder_at(tmp_path / "suites", 0o755)
    monkeypatch.setattr(os, "chmod", refuse)
    assert Keeper(tmp_path, ()).close([str(path)]) == (
        f"{path} cannot be closed to the worker's user: no chmod to 700"
    )


def test_no_mode_is_restored_before_the_last_worker_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "WORKERS_SECONDS", 0.1)
    path = folder_at(tmp_path / "suites", 0o755)
    one = Keeper(tmp_path, (os.getuid(),))  # as if this test were a worker
    one.close([str(path)])
    one.leave()
    assert mode_of(path) == 0o700
    Keeper(tmp_path, ()).leave()
    assert mode_of(path) == 0o755


def test_a_keeper_needs_only_the_standard_library(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", keeper.__file__, str(tmp_path), "64990", "1"]
    path = folder_at(tmp_path / "suites", 0o755)
    done = subprocess.run(command, input=json.dumps([str(path)]) + "\n\n", capture_output=True, text=True)
    assert (done.stdout, done.stderr, mode_of(path)) == ('""\n', "", 0o755)
