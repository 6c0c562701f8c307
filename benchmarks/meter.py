"""Counts the CPU seconds of everything in a control group, the engine and its containers included."""

from __future__ import annotations

from pathlib import Path


class Meter:
    """CPU seconds of a version 1 `cpuacct` group that holds the engine, and of its containers' group."""

    def __init__(self, group: Path) -> None:
        self._all = group / "cpuacct.usage"
        self._containers = group / "docker" / "cpuacct.usage"

    def cpu(self) -> float:
        """Return the CPU seconds of the group so far."""
        return int(self._all.read_text()) / 1e9

    def containers(self) -> float:
        """Return the CPU seconds of the containers so far."""
        return int(self._containers.read_text()) / 1e9
