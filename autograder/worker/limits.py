"""Operating system limits for a worker's children, and protection of the parent against its children."""

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
PEAK_AND_LIMIT = ("memory.max_usage_in_bytes", "memory.limit_in_bytes")  # of cgroups version 1


def armour() -> None:
    """Prevent this user's other processes from tracing this one or opening its descriptors (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def volunteer_for_the_oom_killer() -> None:
    """Make the kernel kill this process rather than its parent when the container runs out of memory."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def limit_cpu(seconds: int) -> None:
    """End this process by SIGXCPU after `seconds` of CPU time, or by SIGKILL one second later."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    ceiling = seconds + 1 if hard == resource.RLIM_INFINITY else min(seconds + 1, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (min(seconds, ceiling), ceiling))


def limit_files_and_memory(memory_mb: int, file_mb: int, address_space: bool) -> None:
    """Limit file sizes and core dumps, and the address space if no cgroup limits memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_mb << 20, file_mb << 20))
    if address_space and sys.platform == "linux":
        size = mapped_bytes() + (memory_mb << 20)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def mapped_bytes() -> int:
    """Return the size of this process's address space in bytes (Linux), including libraries."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def oom_kills() -> int:
    """Return how many processes of this cgroup the kernel has killed for memory; 0 if it keeps no count."""
    for name in ("memory.events", "memory/memory.oom_control"):  # cgroups version 2, version 1
        with contextlib.suppress(OSError):
            return _counts(CGROUP / name).get("oom_kill", 0)
    return 0


def times_at_the_limit() -> int | None:
    """Return how often this cgroup reached its memory limit; None if the kernel keeps no count."""
    with contextlib.suppress(OSError):
        return _counts(CGROUP / "memory.events").get("oom", 0)
    return None


def reached_the_limit(before: int | None) -> bool:
    """Return whether this cgroup reached its memory limit since the count was `before`.

    Version 1 has no count, only the peak usage. Without any information, the answer is True.
    """
    now = times_at_the_limit()
    if now is not None:
        return now > (before or 0)
    with contextlib.suppress(OSError):
        peak, limit = (int((CGROUP / "memory" / name).read_text()) for name in PEAK_AND_LIMIT)
        return peak > limit - (4 << 20)  # the kernel charges pages in batches of up to two megabytes
    return True


def _counts(path: Path) -> dict[str, int]:
    return {name: int(count) for name, count in map(str.split, path.read_text().splitlines())}


def disarm() -> None:
    """Undo `armour` in a child, which needs its own entries under /proc."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
