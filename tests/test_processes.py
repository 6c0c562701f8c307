"""The judge's own processes: ready with what they need, gone with who started them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from autograder import processes

forks = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")


@forks
def test_a_process_has_imported_what_grading_needs_before_its_first_work() -> None:
    with processes.pool(1) as pool:
        assert pool.submit(eval, "'autograder.grading' in __import__('sys').modules").result()
        assert pool.submit(eval, "__import__('gc').get_freeze_count() > 10**4").result()


@forks
def test_the_server_that_they_are_forked_from_has_computed_nothing() -> None:
    program = f"import sys, threading, {', '.join(processes.IMPORTED)}\n"
    program += "print(threading.active_count(), 'torch' in sys.modules, 'autograder.suites' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "1 False False\n"


@forks
def test_getting_ready_twice_starts_one_server() -> None:
    from multiprocessing import forkserver

    processes.get_ready()
    first = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    processes.get_ready()
    assert forkserver._forkserver._forkserver_pid == first is not None  # type: ignore[attr-defined]


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
