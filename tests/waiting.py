"""Waiting in tests: until something is so, and for processes that a mark in their environment names."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def named(name: bytes) -> list[int]:
    """Return the processes in whose command line or environment `name` occurs."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if name in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def wait_until(it_is: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not it_is():
        assert time.monotonic() < deadline, f"it was not so within {seconds:.0f} s"
        time.sleep(0.1)
