"""Pools of judge processes, which import what grading needs while the command does other work."""

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

import autograder

JUDGE = ("autograder.grading.batch", "autograder.judge.plugin")  # these import everything that grading needs
Pool = Callable[[int], AbstractContextManager[Executor]]  # number of processes → executor


@contextmanager
def ahead(jobs: int, now: int = 2) -> Iterator[Pool]:
    """Start `now` of `jobs` processes and yield a pool that uses them first; later uses start new ones.

    Unused processes end with the context.
    """
    waiting = [_executor(jobs)]
    for _ in range(min(jobs, now)):
        waiting[0].submit(int)  # each call without an idle process starts one
    try:
        yield lambda asked: _used(waiting.pop() if waiting else _executor(asked))
    finally:
        for executor in waiting:
            _end(executor)


def pool(jobs: int) -> AbstractContextManager[Executor]:
    """Return a context with an executor of `jobs` processes, which end at once if the block raises."""
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
        process.terminate()  # closes its worker's input, which ends the worker


def _executor(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin)


def _begin() -> None:
    """Set up a judge process: leave Ctrl-C to the parent, end with it, and import what grading needs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    for name in JUDGE:
        importlib.import_module(name)
    gc.freeze()  # imports leave nothing to collect
    gc.set_threshold(*autograder.SELDOM)
