"""The judge's own processes. Each does its own imports; a command that starts them early does something else
meanwhile.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager

JUDGE = ("autograder.grading.batch", "autograder.judge.plugin")  # these import all that grading does
Pool = Callable[[int], AbstractContextManager[Executor]]  # at most so many at a time → where they are graded


@contextmanager
def ahead(jobs: int, now: int = 2) -> Iterator[Pool]:
    """Start `now` of `jobs` processes, and yield a pool whose first use gets them; later uses start more.

    Processes that were not used end when the context does.
    """
    waiting = [_executor(jobs)]
    for _ in range(min(jobs, now)):
        waiting[0].submit(int)  # each call that finds no process idle starts one
    try:
        yield lambda asked: _used(waiting.pop() if waiting else _executor(asked))
    finally:
        for executor in waiting:
            _end(executor)


def pool(jobs: int) -> AbstractContextManager[Executor]:
    """Return a context of `jobs` processes; all end at once when what uses them does not end well."""
    return _used(_executor(jobs))


@contextmanager
def _used(executor: ProcessPoolExecutor) -> Iterator[Executor]:
    with executor:
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
