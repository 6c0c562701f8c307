"""Our own failures, injected: each is told with its cause, costs nobody a mark, and the batch can go on."""

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
    """A socket that leads to the engine until it is shut: an engine that stops, for one test only."""

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
        """Lead what is asked to the engine."""
        self._pass_on(client, engine)

    @staticmethod
    def _pass_on(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := one.recv(1 << 16):
                other.sendall(part)
            other.shutdown(socket.SHUT_WR)

    def shut(self) -> None:
        """Cut every connection and answer no more."""
        self.path.unlink(missing_ok=True)
        for one in (self.listener, *self.open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextlib.contextmanager
def behind(door: Door, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the engine be asked through `door`, which is shut at the end."""
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


def test_an_engine_that_stops_in_the_middle_leaves_the_rest_ungraded_and_the_batch_goes_on(
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
    """A folder with a download of two submissions."""
    (tmp_path / "in").mkdir()
    for name in ("ada", "bob"):
        (tmp_path / "in" / f"{name}.py").write_text(f"name = {name!r}\ndef sparse_loss(a, b, z): return 3\n")
    return tmp_path


@pytest.fixture
def small_disk(work: Path) -> Iterator[Path]:
    """A file system of 16 kB at out/, which must be mounted by root."""
    disk = work / "out"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system can only be mounted by root")
    yield disk
    subprocess.run(["umount", str(disk)], check=False)


def test_a_full_disk_is_told_and_the_next_run_goes_on(work: Path, small_disk: Path) -> None:
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


def test_a_judge_killed_at_any_moment_leaves_nothing_half_and_ends_as_if_undisturbed(work: Path) -> None:
    found = work / "out" / "results"
    moments = (lambda: (work / "out" / "gradebook.db").is_file(), lambda: any(found.glob("ada.json*")))
    for has_come in moments:
        process = grade(work, "out")
        wait_until(has_come, 300)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        for path in found.glob("*.json"):
            assert results.read(path).status == "graded"
    for out in ("out", "other"):
        process = grade(work, out)
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0, said
    for name in ("ada", "bob"):
        one, other = (results.read(work / out / "results" / f"{name}.json") for out in ("out", "other"))
        assert results.without_timing(one) == results.without_timing(other)
    assert (work / "out/grades.csv").read_bytes() == (work / "other/grades.csv").read_bytes()


# --- an engine that refuses, and a container that the machine kills ---------------------------------------


class Refusing(Door):
    """A door that refuses some of what is asked: an engine in trouble, for one test."""

    rule = ("", 0, "")  # a part of the request's line, the status, and the engine's words

    def _ask(self, client: socket.socket, engine: socket.socket) -> None:
        """Look at each thing that comes in one piece, which the first line of a request does."""
        with contextlib.suppress(OSError):
            while part := client.recv(1 << 16):
                wanted, status, words = self.rule
                if wanted and wanted.encode() in part.split(b"\r\n")[0]:
                    told = json.dumps({"message": words}).encode()
                    head = f"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\n"
                    client.sendall(f"{head}Content-Length: {len(told)}\r\n\r\n".encode() + told)
                else:
                    engine.sendall(part)
            engine.shutdown(socket.SHUT_WR)


@pytest.fixture
def refusing(engine_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Refusing]:
    door = Refusing(tmp_path / "refusing.sock")
    with behind(door, monkeypatch):
        yield door


def test_an_image_that_is_missing_is_told_before_anything_is_graded(work: Path, refusing: Refusing) -> None:
    refusing.rule = ("/images/", 404, "No such image: latentlab-worker")
    process = grade(work, "out", "docker")
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 2
    assert "is not on this machine; build it with `make image`" in said
    assert not list((work / "out").rglob("*.json"))


def test_a_class_is_graded_behind_a_wall_where_nothing_may_be_swept_away(refusing: Refusing) -> None:
    refusing.rule = ("/containers/prune", 409, "a prune operation is already running")
    assert settings.choose_sandbox("auto") == ("docker", "")


def test_a_class_graded_in_docker_does_not_go_on_without_a_wall(
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
    assert "Others of this class were graded in Docker: mend that and run the same" in again.stderr
    assert [path.name for path in (tmp_path / "out/results").iterdir()] == ["ada.json"]


def test_a_machine_without_memory_leaves_all_ungraded_and_the_next_run_grades_them(
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
    mended = batch.run(work, setting, Store(tmp_path / "out"))
    assert {r.score for r in mended.values()} == {2}


class Watched(DockerSandbox):
    """Remembers its containers' names."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def start(self, job: WorkerJob) -> DockerConnection:
        connection = super().start(job)
        self.names.append(connection.container)
        return connection


def test_a_container_that_the_machine_kills_in_the_middle_costs_nobody_a_mark(
    docker: DockerSandbox, scratch: Callable[..., Any]
) -> None:
    """What the kernel does to the largest process when the machine is out of memory: a SIGKILL."""
    assignment = scratch(SUITE, {"one": 2})
    source = "import time\ndef f(x):\n    time.sleep(3)\n    return 2 * x\n"
    work = Submission("ada", "ada", "f.py", digest(source.encode()), (Cell("f.py", source),))
    sandbox = Watched()

    def kill_the_first_in_its_check() -> None:
        client, processes = engine.connect(), 0
        while processes < 3:  # the worker's own, the submission's, and the check's
            time.sleep(0.1)
            with contextlib.suppress(APIError, IndexError):  # it does not run yet
                processes = len(client.top(sandbox.names[0])["Processes"])
        client.kill(sandbox.names[0])

    killer = threading.Thread(target=kill_the_first_in_its_check, daemon=True)
    killer.start()
    result = grading.grade(work, assignment, sandbox)
    killer.join()
    assert (result.status, result.score) == ("graded", 2), result
    assert len(sandbox.names) == 2
    assert result.flags == ("the worker was lost and had to be started again",)


def test_after_a_reboot_what_was_half_written_is_graded_again(
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
