"""Helpers that wait in tests, and that find processes by a mark in their environment."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def named(name: bytes) -> list[int]:
    """Return the ids of the processes whose environment contains `name`."""
    pids = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if name in (process / "environ").read_bytes():
                pids.append(int(process.name))
        except OSError:
            continue
    return pids


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until `condition` returns True; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"the condition was not met within {seconds:.0f} s"
        time.sleep(0.1)
