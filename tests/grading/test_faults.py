"""Injected failures of the kit: each is reported with its cause, costs no points, and the batch continues."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError
from waiting import wait_until

from autograder import grading
from autograder.grades.store import Store
from autograder.grading import batch
from autograder.grading import setting as settings
from autograder.grading.setting import Setting
from autograder.records import results
from autograder.records.places import CHECKOUT
from autograder.records.results import Result
from autograder.records.submission import Cell, Submission, digest
from autograder.sandbox import WorkerJob, engine
from autograder.sandbox.docker import DockerConnection, DockerSandbox

SMALL = Path(__file__).parents[2] / "assignments" / "undercomplete_overcomplete"
ENGINE = Path("/var/run/docker.sock")
SUITE = {
    "public/test_one.py": '@check(points=2)\ndef test_doubles(student):\n    """It doubles."""\n'
    '    expect.close("f(3)", student.call("f", 3.0), 6.0)\n'
}


class Door:
    """A socket that forwards to the engine until it is shut: an engine that stops, for one test only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.open: list[socket.socket] = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(50)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(str(ENGINE))
                self.open += [client, engine]
                for work, *ends in ((self._ask, client, engine), (self._pass_on, engine, client)):
                    threading.Thread(target=work, args=ends, daemon=True).start()

    def _ask(self, client: socket.socket, engine: socket.socket) -> None:
        """Forward requests to the engine."""
        self._pass_on(client, engine)

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(1 << 16):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)

    def shut(self) -> None:
        """Close every connection and accept no more."""
        self.path.unlink(missing_ok=True)
        for opened in (self.listener, *self.open):
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()


@contextlib.contextmanager
def behind(door: Door, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Reach the engine through `door`, which is shut at the end."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{door.path}")
    settings.sandbox_of.cache_clear()
    yield
    door.shut()
    settings.sandbox_of.cache_clear()


@pytest.fixture
def engine_here(docker: DockerSandbox) -> None:
    if not ENGINE.exists():
        pytest.skip(f"the engine does not listen at {ENGINE}")


@pytest.fixture
def door(engine_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    door = Door(tmp_path / "door.sock")
    with behind(door, monkeypatch):
        yield door


def submission(name: str) -> Submission:
    source = f"import time\ntime.sleep(1)\nname = {name!r}\ndef f(x): return 2 * x\n"
    return Submission(name, name, "f.py", digest(source.encode()), (Cell("f.py", source),))


def test_an_engine_that_stops_leaves_the_rest_ungraded_until_the_next_run(
    door: Door, scratch: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = Setting(scratch(SUITE, {"one": 2}), "docker")
    work = [submission(name) for name in ("ada", "bob", "eve")]
    first: list[Result] = []

    def shut_after_the_first(result: Result) -> None:
        first.append(result)
        door.shut()

    broken = batch.run(work, setting, Store(tmp_path / "out"), 1, shut_after_the_first)
    assert [first[0].status, first[0].score] == ["graded", 2]
    others = [r for r in broken.values() if r is not first[0]]
    assert [r.status for r in others] == ["ungraded", "ungraded"]
    assert all("engine" in (r.reason or "") and r.score is None for r in others), others
    monkeypatch.delenv("DOCKER_HOST")
    settings.sandbox_of.cache_clear()
    known = batch.known(work, setting, Store(tmp_path / "out"))
    assert list(known) == [first[0].submission.id]
    again = {**known, **batch.run([s for s in work if s.id not in known], setting, Store(tmp_path / "out"))}
    undisturbed = batch.run(work, setting, Store(tmp_path / "other"), 2)
    for name, result in undisturbed.items():
        assert results.without_timing(again[name]) == results.without_timing(result)


def grade(folder: Path, out: str, sandbox: str = "process", **how: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "autograder", "grade", "in", "--out", out, "--sandbox", sandbox]
    command += ["--assignment", str(SMALL)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=folder, **pipes, **how)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder with two downloaded submissions."""
    (tmp_path / "in").mkdir()
    for name in ("ada", "bob"):
        (tmp_path / "in" / f"{name}.py").write_text(f"name = {name!r}\ndef sparse_loss(a, b, z): return 3\n")
    return tmp_path


@pytest.fixture
def small_disk(work: Path) -> Iterator[Path]:
    """A file system of 16 kB at out/; only root can mount it."""
    disk = work / "out"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount a small file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=False)


def test_a_full_disk_is_reported_and_the_next_run_continues(work: Path, small_disk: Path) -> None:
    process = grade(work, "out")
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 2
    assert "No space left on device" in said or "disk is full" in said, said
    assert "run the same command again" in said
    assert "Traceback" not in said
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    process = grade(work, "out")
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert len(list((work / "out/results").glob("*.json"))) == 2


def test_a_killed_judge_leaves_no_partial_result_and_the_next_run_completes(work: Path) -> None:
    folder = work / "out" / "results"
    moments = (lambda: (work / "out" / "gradebook.db").is_file(), lambda: any(folder.glob("ada.json*")))
    for has_come in moments:
        process = grade(work, "out")
        wait_until(has_come, 300)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        for path in folder.glob("*.json"):
            assert results.read(path).status == "graded"
    for out in ("out", "other"):
        process = grade(work, out)
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0, said
    for name in ("ada", "bob"):
        resumed, undisturbed = (
            results.read(work / out / "results" / f"{name}.json") for out in ("out", "other")
        )
        assert results.without_timing(resumed) == results.without_timing(undisturbed)
    assert (work / "out/grades.csv").read_bytes() == (work / "other/grades.csv").read_bytes()


# --- an engine that refuses, and a container that the machine kills ---------------------------------------


class Refusing(Door):
    """A door that refuses some requests: an engine with a problem, for one test."""

    rule = ("", 0, "")  # part of the request line, status, message of the engine

    def _ask(self, client: socket.socket, engine: socket.socket) -> None:
        """Look at each received chunk; the first line of a request always arrives in one chunk."""
        with contextlib.suppress(OSError):
            while part := client.recv(1 << 16):
                wanted, status, words = self.rule
                if wanted and wanted.encode() in part.split(b"\r\n")[0]:
                    body = json.dumps({"message": words}).encode()
                    head = f"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\n"
                    client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                else:
                    engine.sendall(part)
            engine.shutdown(socket.SHUT_WR)


@pytest.fixture
def refusing(engine_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Refusing]:
    door = Refusing(tmp_path / "refusing.sock")
    with behind(door, monkeypatch):
        yield door


def test_a_missing_image_is_reported_before_grading(work: Path, refusing: Refusing) -> None:
    refusing.rule = ("/images/", 404, "No such image: latentlab-worker")
    process = grade(work, "out", "docker")
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 2
    assert "is not on this machine; build it with `autograder image`" in said
    assert not list((work / "out").rglob("*.json"))


def test_a_refused_sweep_does_not_stop_grading_in_docker(refusing: Refusing) -> None:
    refusing.rule = ("/containers/prune", 409, "a prune operation is already running")
    assert settings.choose_sandbox("auto") == ("docker", "")


def test_a_class_graded_in_docker_does_not_continue_without_a_wall(
    docker: DockerSandbox, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/ada.py").write_text("sparse_loss = 3\n")
    command = [sys.executable, "-m", "autograder", "grade", "in", "--out", "out", "--assignment"]
    command.append(str(CHECKOUT / "assignments/undercomplete_overcomplete"))
    first = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert first.returncode == 0, first.stdout + first.stderr
    (tmp_path / "in/bob.py").write_text("sparse_loss = 4\n")
    gone = {**os.environ, "DOCKER_HOST": "unix:///nowhere.sock"}
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=gone)
    assert again.returncode == 2
    assert "Others of this class were graded in Docker: fix that and run the same" in again.stderr
    assert [path.name for path in (tmp_path / "out/results").iterdir()] == ["ada.json"]


def test_without_memory_all_stay_ungraded_until_the_next_run(
    refusing: Refusing, scratch: Callable[..., Any], tmp_path: Path
) -> None:
    setting = Setting(scratch(SUITE, {"one": 2}), "docker")
    work = [submission(name) for name in ("ada", "bob")]
    refusing.rule = ("/start", 500, "fork/exec runc: cannot allocate memory")
    broken = batch.run(work, setting, Store(tmp_path / "out"))
    for result in broken.values():
        assert (result.status, result.score) == ("ungraded", None)
        assert "could not be started: fork/exec runc: cannot allocate memory" in (result.reason or "")
    assert not batch.known(work, setting, Store(tmp_path / "out"))
    refusing.rule = ("", 0, "")
    regraded = batch.run(work, setting, Store(tmp_path / "out"))
    assert {r.score for r in regraded.values()} == {2}


class Watched(DockerSandbox):
    """Records the names of its containers."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def start(self, job: WorkerJob) -> DockerConnection:
        connection = super().start(job)
        self.names.append(connection.container)
        return connection


def test_a_container_that_the_machine_kills_costs_no_points(
    docker: DockerSandbox, scratch: Callable[..., Any]
) -> None:
    """The kernel sends SIGKILL to the largest process when the machine runs out of memory."""
    assignment = scratch(SUITE, {"one": 2})
    source = "import time\ndef f(x):\n    time.sleep(3)\n    return 2 * x\n"
    work = Submission("ada", "ada", "f.py", digest(source.encode()), (Cell("f.py", source),))
    sandbox = Watched()

    def kill_the_first_in_its_check() -> None:
        client, processes = engine.connect(), 0
        while processes < 3:  # of the worker, the submission, and the check
            time.sleep(0.1)
            with contextlib.suppress(APIError, IndexError):  # not running yet
                processes = len(client.top(sandbox.names[0])["Processes"])
        client.kill(sandbox.names[0])

    killer = threading.Thread(target=kill_the_first_in_its_check, daemon=True)
    killer.start()
    result = grading.grade(work, assignment, sandbox)
    killer.join()
    assert (result.status, result.score) == ("graded", 2), result
    assert len(sandbox.names) == 2
    assert result.flags == ("the worker was lost and had to be started again",)


def test_partly_written_results_are_graded_again_after_a_reboot(
    scratch: Callable[..., Any], tmp_path: Path
) -> None:
    setting = Setting(scratch(SUITE, {"one": 2}), "process")
    work = [submission(name) for name in ("ada", "bob", "eve")]
    before = batch.run(work, setting, Store(tmp_path / "out"))
    ada, bob = (tmp_path / "out" / "results" / f"{name}.json" for name in ("ada", "bob"))
    ada.write_text(ada.read_text()[:200])
    bob.write_bytes(b"")
    ada.with_name("eve.json.partial").write_text('{"schema": 1, "sub')
    known = batch.known(work, setting, Store(tmp_path / "out"))
    assert list(known) == ["eve"]
    again = {**known, **batch.run([s for s in work if s.id not in known], setting, Store(tmp_path / "out"))}
    for name, result in before.items():
        assert results.without_timing(again[name]) == results.without_timing(result)
