"""A Dask cluster gives the results of a local run, survives lost workers, and must have the same kit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import grading
from autograder.errors import UsageError
from autograder.grades.store import Store
from autograder.grading import batch, cluster
from autograder.grading.setting import Setting
from autograder.records import results
from autograder.records.assignment import Assignment
from autograder.records.submission import Cell, Submission, digest

SUITE = {
    "public/test_one.py": '@check(points=2, wall=9)\ndef test_doubles(student):\n    """It doubles."""\n'
    '    expect.close("f(3)", student.call("f", 3.0), 6.0)\n'
}
DASK = [sys.executable, "-m", "distributed.cli.dask_{kind}"]
OURS = {"kit": "1", "suite": "aa"}


@pytest.fixture
def assignment(scratch: Callable[..., Any]) -> Assignment:
    return scratch(SUITE, {"one": 2})


def submission(name: str, source: str) -> Submission:
    return Submission(name, name, f"{name}.py", digest(source.encode()), (Cell("f.py", source),))


def dask(kind: str, *words: str) -> subprocess.Popen[bytes]:
    command = [word.format(kind=kind) for word in DASK]
    return subprocess.Popen([*command, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(autouse=True)
def _scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Dask write its files into the folder of the test."""
    monkeypatch.setenv("DASK_TEMPORARY_DIRECTORY", str(tmp_path))


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler on loopback."""
    file = tmp_path / "scheduler.json"
    words = (
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--no-show",
        "--scheduler-file",
        str(file),
    )
    process = dask("scheduler", *words)
    try:
        yield _address(file)
    finally:
        process.kill()
        process.wait()


def _address(file: Path) -> str:
    import json

    for _ in range(600):
        if file.is_file() and file.read_text():
            return str(json.loads(file.read_text())["address"])
        time.sleep(0.1)
    raise AssertionError("the scheduler did not start")


@pytest.fixture
def workers(scheduler: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Three workers that have joined that scheduler."""
    from distributed import Client

    words = (scheduler, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    started = [dask("worker", *words) for _ in range(3)]
    try:
        with Client(scheduler, set_as_default=False) as client:
            client.wait_for_workers(3, timeout=120)
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_a_cluster_that_loses_a_worker_returns_the_results_of_a_local_run(
    assignment: Assignment, scheduler: str, workers: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    slow = "import time\ntime.sleep(1)\ndef f(x): return {} * x\n"
    people = [submission(f"p{n}", slow.format(n % 3)) for n in range(4)]
    setting, killed = Setting(assignment, "process"), threading.Event()

    def kill(_: results.Result) -> None:
        if not killed.is_set():  # now the others grade or wait
            killed.set()
            os.kill(workers[0].pid, signal.SIGKILL)

    graded = batch.run(people, setting, Store(tmp_path / "cluster"), on_result=kill, scheduler=scheduler)
    here = batch.run(people, setting, Store(tmp_path / "here"), jobs=2)
    assert killed.is_set()
    assert {n: r.score for n, r in graded.items()} == {f"p{n}": 2 * (n % 3 == 2) for n in range(4)}
    assert {n: results.without_timing(r) for n, r in graded.items()} == {
        n: results.without_timing(r) for n, r in here.items()
    }


def test_a_scheduler_without_workers_is_refused(
    assignment: Assignment, scheduler: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"no workers; start some \(`dask worker ADDRESS --nthreads 1`\)"):
        batch.run(
            [submission("ada", "")], Setting(assignment, "process"), Store(tmp_path), scheduler=scheduler
        )


def test_an_address_without_a_scheduler_is_reported(
    assignment: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(
        UsageError, match=r"--scheduler tcp://127\.0\.0\.1:9: no Dask scheduler answers there"
    ):
        batch.run(
            [submission("a", "")],
            Setting(assignment, "process"),
            Store(tmp_path),
            scheduler="tcp://127.0.0.1:9",
        )


def test_without_dask_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UsageError, match=r"pip install 'latent-lab\[cluster\]'"),
        cluster.executor("tcp://127.0.0.1:9", dict),
    ):
        pass


def test_a_worker_with_another_suite_is_refused_by_name() -> None:
    cluster.require_same(OURS, {"tcp://a": OURS})
    with pytest.raises(
        UsageError, match="worker tcp://b would grade differently: suite: expected aa, got bb"
    ):
        cluster.require_same(OURS, {"tcp://a": OURS, "tcp://b": {"kit": "1", "suite": "bb"}})
    with pytest.raises(UsageError, match="ModuleNotFoundError: no autograder"):
        cluster.require_same(OURS, {"tcp://b": ModuleNotFoundError("no autograder")})


def test_a_result_of_another_suite_becomes_ungraded(assignment: Assignment) -> None:
    graded = grading.ungraded(submission("ada", ""), assignment, "")
    graded = results.Result(graded.submission, "graded", None, 2, 2, provenance={**OURS, "python": "3.11"})
    assert cluster.verified(OURS, graded) is graded
    result = cluster.verified({**OURS, "suite": "cc"}, graded)
    assert (result.status, result.score) == ("ungraded", None)
    assert result.reason is not None
    assert "suite: expected cc, got aa. Install this kit" in result.reason


def test_a_lost_worker_is_told_apart_from_failed_work() -> None:
    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker

    assert cluster.is_loss(KilledWorker("task", None, 3))  # type: ignore[arg-type]
    assert cluster.is_loss(FutureCancelledError("task", "lost"))
    assert not cluster.is_loss(ValueError("a bug"))
