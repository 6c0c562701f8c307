"""Whether processes work or only wait: by their CPU time and state, descendants included."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from autograder.worker import idle
from autograder.worker.idle import Idle

SLEEPS = "import time; time.sleep(60)"
WORKS = "while True: pass"
STARTS_ONE_THAT_WORKS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORKS!r}])"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "IDLE_SECONDS", 0.5)


@pytest.fixture(params=[SLEEPS, WORKS, STARTS_ONE_THAT_WORKS], ids=["sleeps", "works", "child works"])
def running(request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """A program and the process that runs it, in a session of its own."""
    process = subprocess.Popen([sys.executable, "-S", "-c", request.param], start_new_session=True)
    time.sleep(0.3)  # until it is past its start
    yield request.param, process.pid
    os.killpg(process.pid, 9)
    process.wait()


def test_only_processes_that_all_wait_are_idle(running: tuple[str, int]) -> None:
    program, pid = running
    watch, found = Idle(pid, alone=False), []
    for _ in range(5):
        found.append(watch.too_long())
        time.sleep(0.3)
    assert found[0] is False
    assert found[-1] is (program == SLEEPS)


def test_a_process_that_has_ended_is_not_idle() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    watch = Idle(process.pid, alone=False)
    time.sleep(0.6)
    assert not watch.too_long()
