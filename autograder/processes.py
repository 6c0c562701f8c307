"""The judge's own processes: forked from a server that has imported everything and done nothing yet.

Who will need them says so early (`get_ready`), and the server imports while the command reads its input.
Where there is no fork, each process imports for itself.
"""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

IMPORTED = ["autograder.batch", "autograder.cli"]  # all that grading needs, and what a command's process does


def get_ready() -> None:
    """Start the server now, beside whatever the caller does next."""
    if _context().get_start_method() == "forkserver":
        from multiprocessing import forkserver

        forkserver.ensure_running()


@contextmanager
def pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Yield `jobs` processes, which end at once when what uses them does not end well."""
    with ProcessPoolExecutor(jobs, mp_context=_context(), initializer=_begin) as executor:
        try:
            yield executor
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()  # its worker's input ends with it, and so the worker
            raise


def _context() -> Any:
    context = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
    if sys.platform != "win32":
        context.set_forkserver_preload(IMPORTED)
    return context


def _begin() -> None:
    """Leave Ctrl-C to the parent, end when it ends, however it does, and look for no garbage in what is
    imported by now.
    """
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
