"""Measures where the CPU of one submission in Docker goes: client, engine, imports, loading, checks, judge.

    python -m benchmarks.profile --cgroup /sys/fs/cgroup/cpuacct/bench --runs 5 --out FILE.json

The engine and this program must run in the control group (version 1, `cpuacct`), which then counts everything
that a submission uses and nothing else: see benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder import grading
from autograder.intake import finding
from autograder.judge.plugin import run
from autograder.judge.session import Session
from autograder.records import assignment
from autograder.sandbox import Connection, WorkerJob
from autograder.sandbox.docker import DockerSandbox
from benchmarks.meter import Group

ROOT = Path(__file__).resolve().parent.parent
SOLUTION = ROOT / "solutions/latent_space/latent_space.py"


@dataclass
class Marks:
    """CPU seconds of each phase: in the whole group, in containers, and in this process."""

    meter: Group
    last: tuple[float, float, float] = (0.0, 0.0, 0.0)
    spent: dict[str, list[float]] = field(default_factory=dict)

    def now(self) -> tuple[float, float, float]:
        """Return the CPU seconds so far of the group, of the containers and of this process."""
        return self.meter.cpu(), self.meter.containers(), time.process_time()

    def end(self, phase: str) -> None:
        """Add to `phase` the CPU seconds since the last phase ended."""
        now = self.now()
        row = self.spent.setdefault(phase, [0.0, 0.0, 0.0])
        for i, (after, before) in enumerate(zip(now, self.last, strict=True)):
            row[i] += after - before
        self.last = now


class Watched:
    """A connection that marks the end of phases while the judge talks to the worker."""

    def __init__(self, inner: Connection, marks: Marks) -> None:
        self.inner, self.marks = inner, marks

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def receive(self, timeout: float) -> Any:
        frame = self.inner.receive(timeout)
        event = frame.message.get("event")
        phase = {"hello": "start", "prepared": "imports", "loaded": "load"}.get(str(event))
        if phase:
            self.marks.end(phase)
        return frame

    def close(self) -> None:
        self.marks.end("checks")
        self.inner.close()
        self.marks.end("close")


class WatchedSandbox(DockerSandbox):
    """The Docker sandbox with watched connections."""

    marks: Marks

    def start(self, job: WorkerJob) -> Any:
        self.marks.end("before")
        return Watched(super().start(job), self.marks)


def once(sandbox: WatchedSandbox, path: Path, meter: Group) -> dict[str, list[float]]:
    """Grade once; return the CPU seconds of each phase: the group's, the containers', this process's."""
    task = assignment.load(ROOT / "assignments/latent_space/assignment.toml")
    submission = finding.find([path], task)[0]
    marks = sandbox.marks = Marks(meter)
    marks.last = marks.now()
    with Session(sandbox, submission, task, grading.standins_source(task)) as session:
        run(task, session, grading.OFFICIAL)
    time.sleep(0.3)  # the engine cleans up
    marks.end("close")
    began = time.process_time()
    run(task, None, grading.OFFICIAL)
    marks.spent["(collection alone)"] = [0.0, 0.0, time.process_time() - began]
    return marks.spent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cgroup", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--submission", type=Path, default=SOLUTION)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    meter = Group(options.cgroup)
    sandbox = WatchedSandbox()
    sandbox.identity()
    once(sandbox, options.submission, meter)  # a warm-up, which reads files from disk
    runs = [once(sandbox, options.submission, meter) for _ in range(options.runs)]
    table = {
        phase: {
            name: round(statistics.median(r[phase][i] for r in runs), 3)
            for i, name in enumerate(("all", "container", "judge"))
        }
        for phase in runs[0]
    }
    if options.out:
        options.out.write_text(json.dumps(table, indent=1) + "\n")
    json.dump(table, sys.stdout, indent=1)
    print("\nall", round(sum(r["all"] for r in table.values()), 3))


if __name__ == "__main__":
    main()
