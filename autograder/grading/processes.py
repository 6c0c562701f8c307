"""The judge's own processes. Each imports for itself, beside whatever the command does meanwhile if it says
early that it will need them.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

JUDGE = ("autograder.grading.batch", "autograder.judge.plugin")  # these import all that grading does
_ahead: list[ProcessPoolExecutor] = []


@contextmanager
def ahead(jobs: int, now: int = 2) -> Iterator[None]:
    """Start `now` processes of a `pool` of `jobs` that may be asked for in here; if none is, end them."""
    executor = _executor(jobs)
    for _ in range(min(jobs, now)):
        executor.submit(int)  # each call that finds no process idle starts one
    _ahead.append(executor)
    try:
        yield
    finally:
        if executor in _ahead:
            _ahead.remove(executor)
            _end(executor)


@contextmanager
def pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Yield `jobs` processes, or those that were started ahead; all end at once when what uses them does not
    end well.
    """
    with _ahead.pop() if _ahead else _executor(jobs) as executor:
        try:
            yield executor
        except BaseException:
            _end(executor)
            raise


def _end(executor: ProcessPoolExecutor) -> None:
    executor.shutdown(wait=False, cancel_futures=True)
    for process in multiprocessing.active_children():
        process.terminate()  # its worker's input ends with it, and so the worker


def _executor(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin)


def _begin() -> None:
    """Leave Ctrl-C to the parent, end when it ends, however it does, and look for no garbage in what is
    imported.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    for name in JUDGE:
        importlib.import_module(name)
    gc.freeze()
