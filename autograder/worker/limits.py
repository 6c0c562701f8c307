"""Limits that the operating system keeps on a worker's children, and the parent's own armour."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import resource

PR_SET_DUMPABLE = 4
CGROUP = Path("/sys/fs/cgroup")
AT_THE_LIMIT = ("memory.failcnt", "memory.memsw.failcnt")  # of version 1


def armour() -> None:
    """Keep other processes of this user from tracing this one or opening its descriptors (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def volunteer_for_the_oom_killer() -> None:
    """Let the kernel kill this process, not its parent, when the container runs out of memory."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def limit_cpu(seconds: int) -> None:
    """End this process by SIGXCPU after `seconds` of CPU, and by SIGKILL one second later."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    ceiling = seconds + 1 if hard == resource.RLIM_INFINITY else min(seconds + 1, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (min(seconds, ceiling), ceiling))


def limit_files_and_memory(memory_mb: int, file_mb: int, address_space: bool) -> None:
    """Cap file sizes and core dumps, and the address space where no cgroup caps memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_mb << 20, file_mb << 20))
    if address_space and sys.platform == "linux":
        size = mapped_bytes() + (memory_mb << 20)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def mapped_bytes() -> int:
    """Return the address space of this process in bytes (Linux), libraries included."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def memory_events() -> tuple[int, int]:
    """Return how many processes of this cgroup the kernel has killed for memory, and how often its own limit
    was in the way; (0, 0) where none counts.

    A kill that no limit of its own explains is the machine's, which had no memory left.
    """
    with contextlib.suppress(OSError):  # version 2
        told = _counts(CGROUP / "memory.events")
        return told.get("oom_kill", 0), told.get("oom", 0)
    with contextlib.suppress(OSError):  # version 1
        folder = CGROUP / "memory"
        kills = _counts(folder / "memory.oom_control").get("oom_kill", 0)
        return kills, sum(int((folder / n).read_text()) for n in AT_THE_LIMIT if (folder / n).is_file())
    return 0, 0


def _counts(path: Path) -> dict[str, int]:
    return {name: int(count) for name, count in map(str.split, path.read_text().splitlines())}


def disarm() -> None:
    """Take the parent's armour off in a child, which needs its own entries under /proc."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
