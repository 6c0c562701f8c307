"""The contenders: for each, the commands that grade the class, and how many run at a time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.image import LOCAL_BASE
from benchmarks import replay
from benchmarks.workload import BIN, ENVIRONMENT, ROOT, Workload


@dataclass(frozen=True)
class Contender:
    """One way to grade the class. `commands` get the folder to write to; `jobs` of them run at a time."""

    name: str
    title: str
    commands: Callable[[Workload, Path], Sequence[list[str]]]
    jobs: int = 1

    def run(self, work: Workload, out: Path) -> None:
        """Grade the whole class. Raises SystemExit with a command's output if it fails."""
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        environment = {**ENVIRONMENT, replay.RECORDING: str(work.recording)}

        def run_command(command: list[str]) -> None:
            done = subprocess.run(command, cwd=out, env=environment, capture_output=True, text=True)
            if done.returncode:
                output = f"{done.stdout[-1500:]}\n{done.stderr[-3000:]}"
                raise SystemExit(f"{self.title}: {' '.join(command)} failed:\n{output}")

        with ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(run_command, self.commands(work, out)))


def bare(work: Workload, _out: Path) -> list[list[str]]:
    """One plain process per submission, which imports torch and does the student's work without comparing."""
    command = [sys.executable, "-m", "benchmarks.replay", str(work.recording)]
    return [["env", "-C", str(ROOT), *command, str(work.cells(name))] for name in work.ids]


def latent_lab(sandbox: str, jobs: int) -> Callable[[Workload, Path], list[list[str]]]:
    """`autograder grade`, one command for the class."""

    def commands(work: Workload, out: Path) -> list[list[str]]:
        words = ["grade", str(work.scripts), "--out", str(out / "graded"), "--sandbox", sandbox]
        return [[str(BIN / "autograder"), *words, "--jobs", str(jobs)]]

    return commands


def otter(work: Workload, out: Path) -> list[list[str]]:
    """`otter run`, one process (and kernel) per submission."""
    return [_otter_run(work, name, out / name) for name in work.ids]


def _otter_run(work: Workload, name: str, out: Path) -> list[str]:
    out.mkdir(parents=True)
    words = ["run", "-a", str(work.otter_zip), "-o", str(out), "--no-logo", str(work.notebook(name))]
    return [str(BIN / "otter"), *words]


def otter_in_containers(work: Workload, out: Path) -> list[list[str]]:
    """`otter run`, each in a fresh container with this checkout and its Python, read-only."""
    return [_contained(work, _otter_run(work, name, out / name), out / name) for name in work.ids]


def _contained(work: Workload, command: list[str], out: Path) -> list[str]:
    visible = {str(ROOT), str(BIN.parent.resolve()), sys.base_prefix, str(work.folder)}
    mounts = [word for path in sorted(visible) for word in ("--volume", f"{path}:{path}:ro")]
    names = ("PATH", "MPLBACKEND", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    variables = {**{n: ENVIRONMENT[n] for n in names}, replay.RECORDING: str(work.recording), "HOME": "/tmp"}
    words = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
    limits = [
        "--rm",
        "--network",
        "none",
        "--cpus",
        "1",
        "--memory",
        "2g",
        "--pull",
        "never",
        "--workdir",
        "/tmp",
    ]
    return ["docker", "run", *limits, *mounts, "--volume", f"{out}:{out}", *words, LOCAL_BASE, *command]


def nbgrader(work: Workload, _out: Path) -> list[list[str]]:
    """`nbgrader autograde`, one command for the class and one process at a time."""
    return [["env", "-C", str(work.course), str(BIN / "nbgrader"), "autograde", "ae", "--force"]]


def everyone(jobs: int = os.cpu_count() or 1, otter_jobs: int = os.cpu_count() or 1) -> list[Contender]:
    """Return all contenders, with `jobs` at a time if there is a choice."""
    return [
        Contender("bare", "bare Python process", bare, jobs),
        Contender("docker", "Latent Lab, Docker", latent_lab("docker", jobs)),
        Contender("process", "Latent Lab, process", latent_lab("process", jobs)),
        Contender("otter", "otter run", otter, otter_jobs),
        Contender("otter_docker", "otter run in a container", otter_in_containers, otter_jobs),
        Contender("nbgrader", "nbgrader autograde", nbgrader),
    ]
