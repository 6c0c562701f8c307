"""Writing completely or not at all: the old file stays until the new one is complete."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.records import files

CRASH = """
import os, signal, sys
from pathlib import Path
from autograder.records import files
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
os.fsync = Path.replace = die  # the last steps before the new file takes the old one's place
files.write_whole(Path(sys.argv[1]), "new " * 10**6, durable=sys.argv[2] == "durable")
"""


@pytest.mark.parametrize("how", ["durable", "plain"])
def test_a_crash_while_writing_leaves_the_old_file_intact(how: str, tmp_path: Path) -> None:
    path = tmp_path / "grades.json"
    files.write_whole(path, "old")
    done = subprocess.run([sys.executable, "-c", CRASH, str(path), how], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    files.write_whole(path, "newest")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("grades.json", "newest")]


def test_text_is_written_unchanged_and_folders_are_created(tmp_path: Path) -> None:
    path = tmp_path / "a/b/text"
    files.write_whole(path, "é\r\n\n")
    assert path.read_bytes() == b"\xc3\xa9\r\n\n"
    files.write_whole(path, b"\xff")
    assert path.read_bytes() == b"\xff"


def test_only_its_owner_can_read_a_private_file_and_other_files_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        files.write_whole(tmp_path / "url", "secret", mode=files.PRIVATE)
        files.write_whole(tmp_path / "page", "page")
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("url", "page")] == [0o600, 0o644]


def test_a_folder_appears_with_all_its_contents_or_not_at_all(tmp_path: Path) -> None:
    def make(text: str) -> None:
        with files.whole(tmp_path / "release") as partial:
            partial.mkdir(exist_ok=True)
            (partial / "file").write_text(text)
            if not text:
                raise ValueError("nothing to write")

    with pytest.raises(ValueError, match="nothing to write"):
        make("")
    assert not (tmp_path / "release").exists()
    make("x")
    assert (tmp_path / "release/file").read_text() == "x"
