"""Scratch folders: what a check leaves there is gone, and what loading left is as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.worker import scratch
from autograder.worker.scratch import Scratch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/data.txt").write_text("loaded")
    return tmp_path


def test_what_is_new_is_removed_at_any_depth(folder: Path) -> None:
    place = Scratch([str(folder)])
    noted = place.note()
    (folder / "count.txt").write_text("1")
    (folder / "kept/more").mkdir(parents=True)
    (folder / "kept/more/deep.txt").write_text("1")
    (folder / "link").symlink_to("/etc/passwd")
    closed = folder / "closed"
    (closed / "inner").mkdir(parents=True)
    closed.chmod(0)
    place.restore(noted)
    assert sorted(path.name for path in folder.rglob("*")) == ["data.txt", "kept"]


def test_what_was_changed_or_removed_is_written_again(folder: Path) -> None:
    (folder / "gone.txt").write_text("there")
    place = Scratch([str(folder)])
    noted = place.note()
    path = folder / "kept/data.txt"
    times = path.stat()
    path.write_text("count1")  # as long as before, and as old
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    (folder / "gone.txt").unlink()
    place.restore(noted)
    assert (path.read_text(), (folder / "gone.txt").read_text()) == ("loaded", "there")
    path.unlink()
    path.symlink_to(folder / "gone.txt")
    place.restore(noted)
    assert not path.is_symlink()
    assert path.read_text() == "loaded"


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "mine.txt").write_text("mine")
    place = Scratch([str(inside)])
    noted = place.note()
    (inside / "way").symlink_to(outside)
    place.restore(noted)
    assert (outside / "mine.txt").read_text() == "mine"
    assert list(inside.iterdir()) == []


def test_a_file_that_is_too_large_to_keep_stays_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "MOST", 3)
    place = Scratch([str(folder)])
    noted = place.note()
    (folder / "kept/data.txt").write_text("other")
    place.restore(noted)
    assert (folder / "kept/data.txt").read_text() == "other"


def test_folders_that_other_programs_use_are_left_alone() -> None:
    assert scratch.folders("/own", alone=False) == ["/own"]
    assert scratch.folders(None, alone=False) == []
    assert {"/dev/shm", "/var/tmp"} < set(scratch.folders(None, alone=True))
