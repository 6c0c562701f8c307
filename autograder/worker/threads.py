"""Lets threads that a submission began while it was loaded, and that wait for work, go on in a check's fork.

A fork has only the thread that forked. What waits for another one there (a pool of threads, TensorBoard's
writer) would wait for ever, though it works in a notebook.
"""

from __future__ import annotations

import queue
import sys
import threading
import traceback
from concurrent.futures import thread as pools

Waiting = list[tuple[threading.Thread, threading.Condition | None]]

WAITS = threading.Condition.wait.__code__
TAKES = queue.Queue.get.__code__
POOLED = pools._worker.__code__  # it waits in C


def waiting() -> Waiting:
    """Return the other threads that wait to take something from a queue, each with its condition, if any."""
    if threading.active_count() == 1:
        return []
    frames = sys._current_frames()
    others = [t for t in threading.enumerate() if t.ident in frames and t is not threading.current_thread()]
    found: Waiting = []
    for thread in others:
        frame = frames[thread.ident or 0]
        codes = [outer.f_code for outer, _ in traceback.walk_stack(frame)]
        if codes[0] is POOLED:
            found.append((thread, None))
        elif codes[0] is WAITS and TAKES in codes:
            found.append((thread, frame.f_locals["self"]))
    return found


def revive(threads: Waiting) -> None:
    """Begin, in a fork, the loop of each thread that waited when it was forked."""
    for thread, condition in threads:
        if condition is not None:
            with condition:
                condition.notify_all()  # the thread that is not there any more must not be the next one woken
        threading.Thread(target=thread.run, name=thread.name, daemon=True).start()
