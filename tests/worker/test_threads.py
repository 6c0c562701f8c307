"""Threads that wait for work when a process forks go on in the fork, and others do not."""

from __future__ import annotations

import subprocess
import sys

import pytest

IN_A_FORK = """
import os, queue, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from autograder.worker import threads

{setup}

deadline = time.monotonic() + 20
while len(threads.waiting()) < {waiting} and time.monotonic() < deadline:
    time.sleep(0.01)
idle = threads.waiting()
print(len(idle), flush=True)
if os.fork() == 0:
    threads.revive(idle)
{use}
    os._exit(0)
os.wait()
"""
POOL = "pool = ThreadPoolExecutor(2)\nlist(pool.map(abs, [1, 2]))"
QUEUE = """
asked, told = queue.Queue(), queue.Queue()
def loop():
    while True:
        told.put(asked.get() + 1)
threading.Thread(target=loop, daemon=True).start()
"""
WRITER = """
import tempfile
from tensorboard.summary.writer.event_file_writer import EventFileWriter
writer = EventFileWriter(tempfile.mkdtemp())
"""
BUSY = "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"


@pytest.mark.parametrize(
    ("setup", "use", "said"),
    [
        pytest.param(POOL, "print(sum(pool.map(abs, range(-9, 0))), flush=True)", "45", id="a pool"),
        pytest.param(QUEUE, "asked.put(1); print(told.get(), flush=True)", "2", id="a loop at a queue"),
        pytest.param(
            WRITER, "writer.flush(); writer.close(); print('all', flush=True)", "all", id="a writer"
        ),
    ],
)
def test_a_thread_that_waits_for_work_gets_it_in_the_fork(setup: str, use: str, said: str) -> None:
    waiting, answer = _said(setup, use, waiting=1)
    assert int(waiting) >= 1
    assert answer == said


def test_a_thread_that_does_something_else_is_not_begun_again() -> None:
    assert _said(BUSY, "print(threading.active_count(), flush=True)", waiting=0) == ["0", "1"]


def _said(setup: str, use: str, waiting: int) -> list[str]:
    program = IN_A_FORK.format(setup=setup, use=f"    {use}", waiting=waiting)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.stdout.split()
