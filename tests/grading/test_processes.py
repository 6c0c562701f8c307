"""Judge processes: they import what grading needs, and end with their parent."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from typing import Any

import pytest

from autograder.grading import processes


def test_a_process_imports_what_grading_needs_before_its_first_task() -> None:
    with processes.pool(1) as pool:
        assert pool.submit(eval, "'autograder.judge.plugin' in __import__('sys').modules").result()
        assert pool.submit(eval, "__import__('gc').get_freeze_count() > 10**4").result()


def test_only_the_first_pool_uses_the_processes_started_in_advance() -> None:
    with processes.ahead(2) as ready:
        started = {child.pid for child in multiprocessing.active_children()}
        assert len(started) == 2
        with ready(2) as pool:
            assert pool.submit(os.getpid).result() in started
        with ready(1) as pool:
            assert pool.submit(os.getpid).result() not in started


def test_a_pool_started_in_advance_grows_to_the_requested_jobs() -> None:
    with processes.ahead(3) as ready, ready(3) as pool:
        assert len(multiprocessing.active_children()) == 2
        naps = [
            pool.submit(eval, "(__import__('time').sleep(1), __import__('os').getpid())[1]") for _ in "abc"
        ]
        assert len({nap.result() for nap in naps}) == 3


def test_unused_processes_end_at_once() -> None:
    with processes.ahead(2):
        started = [child.pid for child in multiprocessing.active_children()]
    deadline = time.monotonic() + 10
    while alive(started) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(started) == 2
    assert not alive(started)


def alive(pids: list[int | None]) -> list[int]:
    """The processes that have not ended or have not been waited for."""
    running = []
    for pid in filter(None, pids):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            running.append(pid)
    return running


def fail(started: list[Any]) -> None:
    with processes.pool(1) as pool:
        started += [pool.submit(os.getpid).result(), pool.submit(eval, "__import__('time').sleep(60)")]
        raise ZeroDivisionError


def test_processes_end_at_once_when_their_block_raises() -> None:
    started: list[Any] = []
    with pytest.raises(ZeroDivisionError):
        fail(started)
    assert started[0] != os.getpid()
    assert started[1].exception(timeout=30) is not None
