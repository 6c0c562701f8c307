"""One command at a time changes a class's folder; a lock ends with its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.grades import lock

HOLD = """
import os, sys, time
from pathlib import Path
from autograder.grades import lock
with lock.held(Path(sys.argv[1]), "grade"):
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(out: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds `out`, with a child of its own; both are ended."""
    command = [sys.executable, "-c", HOLD, str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def test_a_second_command_stops_and_names_the_first(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        message = (
            rf"^{tmp_path}: expected no other command at work in this folder, got grade by .*, process "
            rf"{process.pid} on .*, since .*; wait until it ends, then run the same command again$"
        )
        with pytest.raises(UsageError, match=message), lock.held(tmp_path, "override", patience=0.2):
            pass


def test_a_lock_ends_with_its_process_even_if_a_child_lives_on(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.kill()
        process.wait()
        with lock.held(tmp_path, "override", patience=5):
            pass


def test_a_second_command_waits_for_a_short_one(tmp_path: Path) -> None:
    code = HOLD.replace("sleep(60)", "sleep(1)")
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with lock.held(tmp_path, "override"):
            assert process.wait() == 0


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with lock.held(tmp_path / "new", "grade"):
        assert [path.name for path in (tmp_path / "new").iterdir()] == [lock.FILE]
    assert not (tmp_path / "new").exists()
    with lock.held(tmp_path / "kept", "grade"):
        (tmp_path / "kept/intake.json").write_text("")
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["intake.json"]
