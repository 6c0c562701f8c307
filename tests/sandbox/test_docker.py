"""The Docker sandbox: a running container has every restriction, inspected from outside and tried inside."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient
from docker.errors import NotFound

from autograder.errors import SandboxError, StudentFault
from autograder.judge.session import Session
from autograder.judge.student import Student
from autograder.records.assignment import Limits
from autograder.records.submission import Cell, Submission
from autograder.sandbox import ConnectionEndedError, NoAnswerError, WorkerJob, engine
from autograder.sandbox.docker import LABEL, DockerConnection, DockerSandbox
from autograder.sandbox.process import CLEAN

SOURCE = """
import os, socket, pathlib
def error_of(action):
    try:
        action()
    except BaseException as error:
        return type(error).__name__
    return ""
def write(path):
    return error_of(lambda: pathlib.Path(path).write_text("x"))
def connect():
    return error_of(lambda: socket.create_connection(("1.1.1.1", 53), timeout=2))
def connect_here():
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        return error_of(lambda: socket.create_connection(("127.0.0.1", listener.getsockname()[1]), timeout=2))
def network():
    return os.readlink("/proc/self/ns/net")
def resolve():
    return error_of(lambda: socket.getaddrinfo("example.org", 80))
def become_root():
    return error_of(lambda: os.setuid(0))
def interfaces():
    return [name for _, name in socket.if_nameindex()]
def status():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)
def environment():
    return dict(os.environ)
def mounts():
    return [line.split()[:4] for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
def files(pattern):
    return sorted(str(path) for path in pathlib.Path("/").glob(pattern))
def fork_many():
    children, how = [], ""
    try:
        for _ in range(500):
            child = os.fork()
            if child == 0:
                import time
                time.sleep(20)
                os._exit(0)
            children.append(child)
    except OSError as error:
        how = type(error).__name__
    for child in children:
        os.kill(child, 9)
        os.waitpid(child, 0)
    return [how, len(children)]
def fill():
    with open("/tmp/big", "wb") as file:
        for _ in range(4096):
            file.write(b"x" * (1 << 20))
def order():
    return list({f"name{n}" for n in range(50)})
def fonts():
    import matplotlib
    return sorted(os.listdir(matplotlib.get_cachedir()))
def trace_first():
    import ctypes
    return ctypes.CDLL(None).ptrace(16, 1, 0, 0)
def read_first():
    return error_of(lambda: open("/proc/1/mem", "rb").read(1))
"""


@pytest.fixture(scope="module")
def session(
    docker: DockerSandbox, scratch_at: Callable[..., Any], tmp_path_factory: Any
) -> Iterator[Session]:
    assignment = scratch_at(tmp_path_factory.mktemp("suite"), {}, {"q": 1})
    work = Submission("ada", "ada", "f.py", "0" * 64, (Cell("f.py", SOURCE),))
    with Session(docker, work, assignment, "") as one:
        one.begin("q", 0, 20, 30)
        yield one


@pytest.fixture
def inside(session: Session) -> Callable[..., Any]:
    """Call a function of the submission in the container."""
    return Student(session).call


@pytest.fixture(scope="module")
def inspected(docker: DockerSandbox) -> dict[str, Any]:
    connection = docker.start(WorkerJob("ada", Limits()))
    try:
        connection.receive(60)
        return engine.connect().inspect_container(connection.container)
    finally:
        connection.close()


def containers() -> list[str]:
    """The names of all worker containers, running or not."""
    details = engine.connect().containers(all=True, filters={"label": LABEL})
    return [container["Names"][0].removeprefix("/") for container in details]


def is_gone(container: str) -> bool:
    deadline = time.monotonic() + 20
    while container in containers() and time.monotonic() < deadline:
        time.sleep(0.1)
    return container not in containers()


def test_the_engine_reports_every_restriction_of_the_container(inspected: dict[str, Any]) -> None:
    host, config = inspected["HostConfig"], inspected["Config"]
    limits = Limits()
    assert host["NetworkMode"] == "none"
    assert config["NetworkDisabled"] is True
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert host["Privileged"] is False
    assert host["SecurityOpt"] == ["no-new-privileges"]  # and no "seccomp=unconfined"
    assert host["PidsLimit"] == limits.processes
    assert host["Memory"] == host["MemorySwap"] == limits.memory_mb << 20
    assert host["NanoCpus"] == 10**9
    assert host["AutoRemove"] is True
    assert not host["Binds"]
    assert inspected["Mounts"] == []
    assert not host["Devices"]
    assert list(host["Tmpfs"]) == ["/tmp"]
    assert f"size={limits.scratch_mb}m" in host["Tmpfs"]["/tmp"]
    assert config["User"] == "65534:65534"
    assert {u["Name"]: u["Hard"] for u in host["Ulimits"]} == {
        "core": 0,
        "fsize": limits.scratch_mb << 20,
        "nofile": 256,
    }
    assert host["LogConfig"]["Type"] == "none"


def test_nothing_outside_can_be_reached(inside: Callable[..., Any]) -> None:
    assert inside("interfaces") == ["lo"]
    assert inside("connect") == "OSError"
    assert inside("connect_here") == ""  # its own "lo" is up, although "localhost" cannot be resolved
    assert inside("resolve") == "gaierror"


@pytest.mark.skipif(not Path("/proc/self/ns/net").exists(), reason="the engine is on another system")
def test_a_container_has_its_own_network(
    inside: Callable[..., Any], docker: DockerSandbox, scratch: Callable[..., Any]
) -> None:
    work = Submission("eve", "eve", "f.py", "0" * 64, (Cell("f.py", SOURCE),))
    with Session(docker, work, scratch({}, {"q": 1}), "") as other:
        other.begin("q", 0, 20, 30)
        networks = {inside("network"), Student(other).call("network"), os.readlink("/proc/self/ns/net")}
    assert len(networks) == 3


@pytest.mark.parametrize("path", ["/x", "/etc/x", "/usr/lib/x", "/var/tmp/x", "/home/x", "/dev/x"])
def test_only_the_scratch_folder_can_be_written(inside: Callable[..., Any], path: str) -> None:
    assert inside("write", path) in ("OSError", "PermissionError", "FileNotFoundError")
    assert inside("write", "/tmp/x") == ""


def test_no_right_is_left_and_none_can_be_gained(inside: Callable[..., Any]) -> None:
    status = inside("status")
    assert status["Uid"].split() == ["65534"] * 4
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert inside("become_root") == "PermissionError"


def test_the_first_process_can_neither_be_traced_nor_read(inside: Callable[..., Any]) -> None:
    assert inside("trace_first") == -1
    assert inside("read_first") == "PermissionError"


def test_a_container_has_no_suite_no_solution_and_no_variable_of_the_host(inside: Callable[..., Any]) -> None:
    assert inside("files", "**/autograder/judge*") == []
    assert inside("files", "**/suites*") == []
    assert inside("files", "**/latent_space*") == []
    assert inside("files", "**/reference*/model.py") == []
    assert "USER" not in inside("environment")
    assert not any(name.startswith("LATENTLAB_REQUIRE") for name in inside("environment"))


def test_memory_and_order_are_set_as_in_the_process_sandbox(inside: Callable[..., Any]) -> None:
    names = ("PYTHONMALLOC", "PYTHONHASHSEED", "GLIBC_TUNABLES")
    environment = inside("environment")
    assert [environment[name] for name in names] == [CLEAN[name] for name in names]


def test_sets_of_strings_have_one_order(inside: Callable[..., Any]) -> None:
    program = "print(*{f'name{n}' for n in range(50)})"
    fixed = {**os.environ, "PYTHONHASHSEED": "0"}
    here = subprocess.run(
        [sys.executable, "-c", program], env=fixed, capture_output=True, text=True, check=True
    )
    assert inside("order") == here.stdout.split()


def test_the_list_of_fonts_is_in_the_image(inside: Callable[..., Any]) -> None:
    assert [name.partition("-")[0] for name in inside("fonts")] == ["fontlist"]


def test_processes_and_scratch_space_are_limited(inside: Callable[..., Any], session: Session) -> None:
    how, children = inside("fork_many")
    assert how == "BlockingIOError"
    assert children < Limits().processes
    with pytest.raises(StudentFault) as caught:
        inside("fill")
    assert re.search(r"OSError|signal 25", f"{caught.value.what} {caught.value.detail}")


def test_a_container_is_removed_when_its_session_closes(docker: DockerSandbox) -> None:
    connection = docker.start(WorkerJob("ada", Limits()))
    connection.receive(60)
    assert connection.container in containers()  # with those of the tests beside this one
    connection.close()
    connection.close()
    assert is_gone(connection.container)


def test_closing_does_not_wait_and_ends_a_container_that_is_still_being_created(
    docker: DockerSandbox,
) -> None:
    docker.identity()
    began = time.monotonic()
    connection = docker.start(WorkerJob("ada", Limits()))
    connection.close()
    assert time.monotonic() - began < 1
    connection._begun.wait(60)
    assert is_gone(connection.container)


def test_a_worker_that_lingers_is_killed(docker: DockerSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.sandbox.docker.CLOSING_SECONDS", 0.5)
    connection = docker.start(WorkerJob("ada", Limits()))
    connection.receive(60)
    engine.connect().pause(connection.container)  # it sees no end of its input
    connection.close()
    assert is_gone(connection.container)


def test_a_judge_that_is_killed_leaves_no_container(docker: DockerSandbox) -> None:
    program = (
        "import time\nfrom autograder.records.assignment import Limits\n"
        "from autograder.sandbox import WorkerJob\n"
        "from autograder.sandbox.docker import DockerSandbox\n"
        "connection = DockerSandbox().start(WorkerJob('ada', Limits()))\nconnection.receive(60)\n"
        "print(connection.container, flush=True)\ntime.sleep(60)\n"
    )
    judge = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert judge.stdout is not None
    container = judge.stdout.readline().strip()
    assert container in containers()
    judge.kill()
    judge.communicate()
    assert is_gone(container)


def test_a_container_that_a_killed_judge_did_not_start_is_removed(
    docker: DockerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    label, client = f"{LABEL}.test", engine.connect()  # a label that no test beside this one sweeps away
    monkeypatch.setattr("autograder.sandbox.docker.LABEL", label)
    client.create_container(docker.identity(), labels=[label])

    def there() -> bool:
        docker.sweep()
        return bool(client.containers(all=True, filters={"label": label}))

    assert there()  # another judge may be about to start it
    monkeypatch.setattr("autograder.sandbox.docker.LEFT_BEHIND", "1s")
    deadline = time.monotonic() + 10  # the engine counts whole seconds
    while there() and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not there()


def test_a_workers_standard_error_is_not_taken_for_frames(docker: DockerSandbox) -> None:
    connection = docker.start(WorkerJob("ada", Limits()))
    connection.receive(60)
    connection.send(b"no frame at all", 5)
    with pytest.raises(ConnectionEndedError):
        connection.receive(60)
    assert "WireError: a frame breaks the wire's rules" in connection.complaint()
    assert connection.failure() is None
    connection.close()


def test_a_missing_image_is_reported_with_what_to_do(docker: DockerSandbox) -> None:
    with pytest.raises(SandboxError, match=r"nowhere:1 is not on this machine; build it with `auto"):
        DockerSandbox("nowhere:1").identity()


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of an engine that accepts requests and never answers."""
    monkeypatch.setattr(engine, "ANSWER_SECONDS", 0.2)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "engine.sock"))
        listener.listen(50)
        address = f"unix://{tmp_path}/engine.sock"
        monkeypatch.setenv("DOCKER_HOST", address)
        yield address


def test_a_container_is_abandoned_if_the_engine_hangs(
    docker: DockerSandbox, request: pytest.FixtureRequest
) -> None:
    connection = docker.start(WorkerJob("ada", Limits()))
    connection.receive(60)
    client = connection._client
    assert client is not None
    client.pause(connection.container)  # it takes nothing any more
    hangs = request.getfixturevalue("hanging")
    connection._client = APIClient(hangs, version="1.41", timeout=0.2)
    began = time.monotonic()
    with pytest.raises(NoAnswerError):
        connection.send(bytes(8 << 20), 0.3)
    assert time.monotonic() - began < 10
    client.remove_container(connection.container, force=True)


def test_killing_ends_the_stream_before_it_asks_the_engine(
    docker: DockerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = docker.start(WorkerJob("ada", Limits()))
    connection.receive(60)
    heard: list[object] = []

    def remove() -> None:
        try:
            connection.receive(10)
        except ConnectionEndedError as ended:
            heard.append(ended)

    monkeypatch.setattr(connection, "_remove", remove)
    connection._kill()
    monkeypatch.undo()
    assert heard
    connection.close()


def test_an_engine_that_takes_long_to_start_a_container_is_not_the_workers_failure(
    docker: DockerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = threading.Event()
    begin = DockerConnection._start
    monkeypatch.setattr(DockerConnection, "_start", lambda self: (later.wait(20), begin(self)))
    connection = docker.start(WorkerJob("ada", Limits()))
    with pytest.raises(NoAnswerError):
        connection.receive(0.1)
    assert "has not started the container yet; see what keeps it busy" in str(connection.failure())
    later.set()
    assert connection.receive(60).message["event"] == "hello"
    assert connection.failure() is None
    connection.close()


def test_an_engine_that_hangs_while_attaching_does_not_block_the_judge(
    docker: DockerSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    docker.identity()
    real = str(engine.address()).removeprefix("unix://")

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, server = listener.accept()[0], socket.socket(socket.AF_UNIX)
                server.connect(real)
                asked = client.recv(1 << 16)
                if b"/attach" not in asked.split(b"\r\n")[0]:
                    server.sendall(asked)
                    client.sendall(server.recv(1 << 16))
                kept.append(client)

    kept: list[socket.socket] = []
    monkeypatch.setattr("autograder.sandbox.docker.START_SECONDS", 0.5)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "engine.sock"))
        listener.listen(50)
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine.sock")
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        connection = docker.start(WorkerJob("ada", Limits()))
        with pytest.raises(ConnectionEndedError):
            connection.receive(20)
        assert "no Docker engine answers at unix://" in str(connection.failure())
        monkeypatch.delenv("DOCKER_HOST")
        connection.close()
    with contextlib.suppress(NotFound):  # already removed
        engine.connect().remove_container(connection.container, force=True)


def test_data_that_belongs_to_no_stream_is_the_engines_failure(docker: DockerSandbox) -> None:
    connection = docker.start(WorkerJob("ada", Limits()))
    connection.receive(60)
    ours, theirs = socket.socketpair()
    real, connection._socket = connection._socket, ours
    assert real is not None
    theirs.sendall(b"\1\0\0\0\0\0\0\2ab\1\0\0\0\0\0\0\0\3\0\0\0\0\0\0\2no")
    real.shutdown(socket.SHUT_RDWR)
    with pytest.raises(ConnectionEndedError):
        connection.receive(20)
    assert connection._read(2) == b"ab"
    assert connection._read(1) == b""
    assert connection.failure() == "the engine sent data that belongs to no stream of the container"
    connection.close()


def test_the_hosts_proxies_do_not_enter_a_container(
    docker: DockerSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    proxies = {"proxies": {"default": {"httpProxy": "http://user:secret@proxy"}}}
    (tmp_path / "config.json").write_text(json.dumps(proxies))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    connection = docker.start(WorkerJob("ada", Limits()))
    try:
        connection.receive(60)
        assert "secret" not in str(engine.connect().inspect_container(connection.container))
    finally:
        connection.close()
