"""Whether the processes that run student code work or only wait, by their CPU time and state (Linux)."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

IDLE_SECONDS = 10.0  # without a hundredth of a second of computing in any process
AT_WORK = ("R", "D")  # running or about to, or waiting for the disk


class Idle:
    """Watches the process `child` and its descendants; if `alone`, all others that this one may signal."""

    def __init__(self, child: int, alone: bool) -> None:
        self._child = child
        self._alone = alone
        self._ticks = -1
        self._worked = time.monotonic()

    def too_long(self) -> bool:
        """Whether no process has worked for IDLE_SECONDS; False where the system does not tell."""
        stats = [stat for pid in self._pids() if (stat := _stat(pid))]
        ticks = sum(int(stat[11]) + int(stat[12]) for stat in stats)
        if not stats or ticks != self._ticks or any(stat[0] in AT_WORK for stat in stats):
            self._ticks, self._worked = ticks, time.monotonic()
        return time.monotonic() - self._worked > IDLE_SECONDS

    def _pids(self) -> set[int]:
        return others() if self._alone else _family(self._child)


def others() -> set[int]:
    """Return the other processes that this one may signal."""
    found = set()
    for name in os.listdir("/proc"):
        with contextlib.suppress(ValueError, ProcessLookupError, PermissionError):
            os.kill(int(name), 0)
            found.add(int(name))
    return found - {os.getpid()}


def _family(pid: int) -> set[int]:
    """Return a process and its descendants."""
    found, waiting = set(), [pid]
    while waiting:
        found.add(one := waiting.pop())
        with contextlib.suppress(OSError):
            for tasks in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (tasks / "children").read_text().split())
    return found


def _stat(pid: int) -> list[str]:
    """Return what /proc says of a process, from its state on; nothing if it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []
