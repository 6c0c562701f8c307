"""Measures what the whole machine uses, so that a container engine and its containers are counted too."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
BUSY = (0, 1, 2, 5, 6)  # of /proc/stat: user, nice, system, irq, softirq


class Machine:
    """Counts the CPU seconds of the whole machine, which must do nothing else meanwhile."""

    name = "machine"

    def cpu(self) -> float:
        """Return the CPU seconds of all processors so far."""
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        return sum(int(fields[i]) for i in BUSY) / TICK


class Group:
    """Counts the CPU seconds of a control group (version 1, cpuacct) with this program and the engine."""

    name = "group"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def cpu(self) -> float:
        """Return the CPU seconds of the group so far."""
        return int((self._folder / "cpuacct.usage").read_text()) / 1e9

    def containers(self) -> float:
        """Return the CPU seconds of the engine's containers, in the subgroup `docker`, so far."""
        return int((self._folder / "docker" / "cpuacct.usage").read_text()) / 1e9


Meter = Machine | Group


def meter(group: Path | None) -> Meter:
    """Return the meter of the whole machine, or of a control group."""
    return Group(group) if group else Machine()


def busy_share(seconds: float = 3.0) -> float:
    """Return the share of the machine's processors that is busy while this program waits."""
    machine = Machine()
    before = machine.cpu()
    time.sleep(seconds)
    return (machine.cpu() - before) / seconds / (os.cpu_count() or 1)


@dataclass(frozen=True)
class Spent:
    """A cost: CPU and wall seconds, and peak memory in megabytes beyond what was in use before."""

    cpu: float
    wall: float
    memory: float


class Spending:
    """Measures the cost of a `with` block; afterwards it is in `spent`."""

    spent: Spent

    def __init__(self, counter: Meter) -> None:
        self._meter = counter
        self._ended = threading.Event()
        self._least = 0.0

    def __enter__(self) -> Spending:
        self._before = self._least = _available()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        self._cpu, self._wall = self._meter.cpu(), time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        wall = time.monotonic() - self._wall
        time.sleep(0.5)  # the engine cleans up after the last container
        cpu = self._meter.cpu() - self._cpu
        self._ended.set()
        self._watch.join()
        self.spent = Spent(cpu, wall, self._before - self._least)

    def _look(self) -> None:
        while not self._ended.wait(0.1):
            self._least = min(self._least, _available())


def _available() -> float:
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) / 1024
