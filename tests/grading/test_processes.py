"""The judge's own processes: ready with what they need, gone with who started them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from typing import Any

import pytest

from autograder.grading import processes


def test_a_process_has_imported_what_grading_needs_before_its_first_work() -> None:
    with processes.pool(1) as pool:
        assert pool.submit(eval, "'autograder.judge.plugin' in __import__('sys').modules").result()
        assert pool.submit(eval, "__import__('gc').get_freeze_count() > 10**4").result()


def test_a_pool_has_the_processes_that_were_started_ahead_and_the_one_after_its_own() -> None:
    with processes.ahead(2) as ready:
        started = {child.pid for child in multiprocessing.active_children()}
        assert len(started) == 2
        with ready(2) as pool:
            assert pool.submit(os.getpid).result() in started
        with ready(1) as pool:
            assert pool.submit(os.getpid).result() not in started


def test_a_pool_that_was_started_ahead_grows_to_the_jobs_that_were_asked_for() -> None:
    with processes.ahead(3) as ready, ready(3) as pool:
        assert len(multiprocessing.active_children()) == 2
        naps = [
            pool.submit(eval, "(__import__('time').sleep(1), __import__('os').getpid())[1]") for _ in "abc"
        ]
        assert len({nap.result() for nap in naps}) == 3


def test_what_was_started_ahead_and_not_asked_for_ends_at_once() -> None:
    with processes.ahead(2):
        started = [child.pid for child in multiprocessing.active_children()]
    deadline = time.monotonic() + 10
    while there(started) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(started) == 2
    assert not there(started)


def there(pids: list[int | None]) -> list[int]:
    """Those of some processes that have not ended, or that nobody has waited for yet."""
    found = []
    for pid in filter(None, pids):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            found.append(pid)
    return found


def fail(started: list[Any]) -> None:
    with processes.pool(1) as pool:
        started += [pool.submit(os.getpid).result(), pool.submit(eval, "__import__('time').sleep(60)")]
        raise ZeroDivisionError


def test_processes_end_at_once_when_what_uses_them_fails() -> None:
    started: list[Any] = []
    with pytest.raises(ZeroDivisionError):
        fail(started)
    assert started[0] != os.getpid()
    assert started[1].exception(timeout=30) is not None
