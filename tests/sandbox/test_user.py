"""The user sandbox: a worker under another user id reads no secret, reaches no network, leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import grading
from autograder.errors import SandboxError, StudentFault
from autograder.grading import setting
from autograder.judge.session import Session
from autograder.judge.student import Student
from autograder.records.assignment import Limits
from autograder.records.submission import Cell, Submission
from autograder.sandbox import WorkerJob, user
from autograder.sandbox.user import UserSandbox

ROOT = Path(__file__).parents[2]
SOURCE = """
import os, pathlib, signal, socket, subprocess, sys, time
def error_of(action):
    try:
        action()
    except BaseException as error:
        return type(error).__name__
    return ""
def read(path):
    return error_of(lambda: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
def write(path):
    return error_of(lambda: open(path, "w").write("x"))
def status():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)
def environment():
    return dict(os.environ)
def whoami():
    return [os.getuid(), os.getgid(), os.getgroups(), os.getcwd()]
def open_socket(family):
    return error_of(lambda: socket.socket(family, socket.SOCK_STREAM))
def resolve():
    return error_of(lambda: socket.getaddrinfo("example.org", 80))
def pair():
    one, other = socket.socketpair()
    one.send(b"x")
    return len(other.recv(1))
def signal_to(pid):
    return error_of(lambda: os.kill(pid, 9))
def first_of_the_worker():
    lines = pathlib.Path(f"/proc/{os.getppid()}/status").read_text().splitlines()
    return int(dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)["PPid"])
def trace(pid):
    import ctypes
    return ctypes.CDLL(None).ptrace(16, pid, 0, 0)
def become_root():
    return error_of(lambda: os.setuid(0))
def su():
    return subprocess.run(["su", "-c", "id -u"], capture_output=True, stdin=subprocess.DEVNULL).returncode
def fork_many():
    children = []
    try:
        for _ in range(500):
            child = os.fork()
            if child == 0:
                time.sleep(20)
                os._exit(0)
            children.append(child)
    except OSError as error:
        return [type(error).__name__, len(children)]
def daemon(code):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            exec(code)
        os._exit(0)
    time.sleep(0.5)
    return os.getuid()
def processes_of(uid):
    owners = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            owners.append(os.stat(path).st_uid)
        except FileNotFoundError:
            pass  # it has ended meanwhile
    return owners.count(uid)
def litter():
    for path in ("/tmp/litter-of-a-check", "/dev/shm/litter-of-a-check", "/var/tmp/litter-of-a-check"):
        open(path, "w").write("x")
    top = pathlib.Path("/tmp/deep-litter")
    top.mkdir()
    os.chdir(top)
    for _ in range(1200):
        os.mkdir("d")
        os.chdir("d")
"""
LITTER = [Path(f"/{where}/litter-of-a-check") for where in ("tmp", "dev/shm", "var/tmp")]


def work(source: str) -> Submission:
    return Submission("ada", "ada", "f.py", "0" * 64, (Cell("f.py", source),))


def other_than_root() -> bool:
    return not sys.platform.startswith("linux") or os.geteuid() != 0


pytestmark = pytest.mark.skipif(other_than_root(), reason="needs root on Linux, to give away user ids")


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that every user may enter, like Gradescope's, with files that a worker must not read."""
    folder = tmp_path_factory.mktemp("gradescope")
    for path in (folder, folder.parent, folder.parent.parent):
        path.chmod(0o755)
    (folder / "results").mkdir()
    (folder / "results/results.json").write_text("{}")
    (folder / "submission_metadata.json").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def sandbox(closed: Path) -> UserSandbox:
    return UserSandbox([closed / "results", closed / "submission_metadata.json"])


@pytest.fixture(scope="module")
def session(
    sandbox: UserSandbox, scratch_at: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    assignment = scratch_at(tmp_path_factory.mktemp("suite"), {}, {"q": 1})
    with Session(sandbox, work(SOURCE), assignment, "") as one:
        yield one


@pytest.fixture
def inside(session: Session) -> Iterator[Callable[..., Any]]:
    """Call a function of the submission within one check."""
    session.begin("q", 0, 20, 30)
    yield Student(session).call
    session.end()


def test_it_runs_as_a_separate_user_that_can_gain_no_right(inside: Callable[..., Any]) -> None:
    uid, gid, groups, folder = inside("whoami")
    assert uid == gid >= user.FIRST_ID
    assert groups == []
    assert Path(folder).stat().st_uid == uid
    assert Path(folder).stat().st_mode & 0o777 == 0o700
    status = inside("status")
    assert status["Uid"].split() == [str(uid)] * 4
    assert {int(status[kind], 16) for kind in ("CapPrm", "CapEff", "CapInh", "CapAmb")} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert inside("become_root") == "PermissionError"
    assert inside("su") != 0


def test_suites_results_and_metadata_cannot_be_read(inside: Callable[..., Any], closed: Path) -> None:
    secret = [closed / "results", closed / "results/results.json", closed / "submission_metadata.json"]
    kit = ROOT / "autograder"
    secret += [kit / "suites", kit / "suites/latent_space/hidden", kit / "judge", kit / "grading/batch.py"]
    secret += [kit / "suites/latent_space/oracle.py", ROOT / "reference", ROOT / "solutions", ROOT / "tests"]
    assert {str(path): inside("read", str(path)) for path in secret} == {
        str(path): "PermissionError" for path in secret
    }
    assert inside("read", str(kit / "worker")) == ""


def test_judge_and_worker_cannot_be_read_or_traced_and_the_judge_cannot_be_signalled(
    inside: Callable[..., Any],
) -> None:
    for pid in (os.getpid(), inside("first_of_the_worker")):
        for name in ("environ", "mem", "fd", "maps", "cwd"):
            assert inside("read", f"/proc/{pid}/{name}") == "PermissionError", name
        assert inside("trace", pid) == -1
    assert inside("signal_to", os.getpid()) == "PermissionError"


def test_no_variable_of_the_environment_is_passed_on(inside: Callable[..., Any]) -> None:
    expected = {*user.CLEAN, "PATH", "HOME", "MPLCONFIGDIR", "TMPDIR"}
    assert set(inside("environment")) - {"TORCHINDUCTOR_CACHE_DIR"} == expected


def test_no_network_is_reached_and_pipes_between_own_processes_work(inside: Callable[..., Any]) -> None:
    families = {"inet": 2, "inet6": 10, "netlink": 16, "packet": 17, "vsock": 40}
    assert {name: inside("open_socket", number) for name, number in families.items()} == dict.fromkeys(
        families, "PermissionError"
    )
    assert inside("resolve") == "gaierror"
    assert inside("open_socket", 1) == ""
    assert inside("pair") == 1


@pytest.mark.parametrize("path", ["/x", "/etc/x", "/usr/lib/x", str(ROOT / "x"), str(ROOT / "autograder/x")])
def test_no_file_of_the_machine_can_be_written(inside: Callable[..., Any], path: str) -> None:
    assert inside("write", path) == "PermissionError"


def test_its_processes_are_limited(inside: Callable[..., Any]) -> None:
    how, children = inside("fork_many")
    assert how == "BlockingIOError"
    assert children < Limits().processes


def test_processes_that_a_check_leaves_running_are_killed_before_the_next(session: Session) -> None:
    session.begin("q", 0, 5, 10)
    uid = Student(session).call("daemon", "time.sleep(600)")
    session.end()
    assert session.account.flags == ["processes were left running after a check and were killed"]
    session.begin("q", 0, 5, 10)
    assert Student(session).call("processes_of", uid) == 3  # the worker's own
    session.end()


def test_a_process_that_kills_all_others_is_killed_and_its_files_are_removed(
    sandbox: UserSandbox, scratch: Callable[..., Any]
) -> None:
    with Session(sandbox, work(SOURCE), scratch({}, {"q": 1}), "") as one:
        one.begin("q", 0, 5, 10)
        folder = Path(Student(one).call("environment")["HOME"])
        Student(one).call("litter")
        assert all(path.exists() for path in [*LITTER, folder])
        uid = int(Student(one).call("whoami")[0])
        with pytest.raises(StudentFault):
            Student(one).call("daemon", "while True: os.kill(-1, signal.SIGKILL)")
        one.close()
        assert not user.alive(uid)
        assert not any(path.exists() for path in [*LITTER, folder, Path("/tmp/deep-litter")])
        one.begin("q", 0, 5, 10)
        assert Student(one).call("pair") == 1


def test_a_judge_that_is_killed_leaves_nothing_running(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from autograder.records.assignment import Limits\nfrom autograder.sandbox import WorkerJob\n"
        "from autograder.sandbox.user import UserSandbox\n"
        "connection = UserSandbox().start(WorkerJob('ada', Limits()))\nconnection.receive(60)\n"
        "print(connection._user, flush=True)\ntime.sleep(600)\n"
    )
    judge = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert judge.stdout is not None
    uid = int(judge.stdout.readline())
    assert user.alive(uid)
    judge.send_signal(signal.SIGKILL)
    judge.wait()
    deadline = time.monotonic() + 20
    while user.alive(uid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not user.alive(uid)


def test_a_result_names_its_sandbox_and_memory_is_limited(
    sandbox: UserSandbox, scratch: Callable[..., Any]
) -> None:
    suite = (
        '@check(points=1)\ndef test_right(student):\n    """It doubles."""\n'
        '    expect.close("f", student.call("f", 1.0), 2.0)\n'
        '@check(points=1)\ndef test_hungry(student):\n    """It keeps to its memory."""\n'
        '    student.call("hungry")\n'
    )
    assignment = scratch({"public/test_q.py": suite}, {"q": 2}, memory_mb=512)
    source = "import torch\ndef f(x): return 2 * x\ndef hungry(): return torch.zeros(10**10)\n"
    result = grading.grade(work(source), assignment, sandbox, ("public",))
    assert [c.outcome for c in result.checks] == ["passed", "memory"], result
    assert result.provenance["sandbox"] == "user"
    assert result.provenance["image"].startswith("user:python-3.11.")


def test_two_workers_have_different_users(sandbox: UserSandbox) -> None:
    one, other = (sandbox.start(WorkerJob("ada", Limits())) for _ in range(2))
    assert one._user != other._user
    one.close()
    other.close()


def test_too_many_workers_are_reported_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user, "FIRST_ID", 64900)
    monkeypatch.setattr(user, "IDS", 1)
    _, lock = user.reserve()
    with lock, pytest.raises(SandboxError, match="all 1 user ids for workers are in use; grade with fewer"):
        user.reserve()


def test_processes_that_do_not_die_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user, "KILLER", "")
    monkeypatch.setattr(user, "KILL_SECONDS", 0.0)
    immortal = subprocess.Popen(["sleep", "60"], user=64990)
    with pytest.raises(SandboxError, match="processes of user 64990 cannot be killed; restart"):
        user.kill_all(64990)
    immortal.kill()
    immortal.wait()


def test_a_path_that_cannot_be_closed_is_reported() -> None:
    message = r"/proc/self/status cannot be closed to the worker's user: .*not permitted"
    with pytest.raises(SandboxError, match=message):
        UserSandbox([Path("/proc/self/status")])


def test_a_keeper_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(user, "RUN", tmp_path / "none")
    message = r"(?s)closes paths to workers ended; fix its error, then grade again: .*No such file"
    with pytest.raises(SandboxError, match=message):
        UserSandbox()


JUDGE = """
import sys, time
from pathlib import Path
from autograder.records.assignment import Limits
from autograder.sandbox import WorkerJob, user
work, user.RUN, user.FIRST_ID = Path(sys.argv[1]), Path(sys.argv[2]), 64400
user.secrets = tuple  # other judges close the kit's secrets too, and do not use these locks
with user.UserSandbox([work]) as sandbox:
    connection = sandbox.start(WorkerJob("ada", Limits()))
    connection.receive(60)
    print("at work", flush=True)
    if sys.stdin.readline() == "raise\\n":
        raise ValueError("a judge's own error")
    connection.close()
"""


def judge_of(work: Path) -> subprocess.Popen[str]:
    """A judge that has closed `work` and has a worker; it ends when it reads a line."""
    command = [sys.executable, "-c", JUDGE, str(work), str(work.parent)]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    judge = subprocess.Popen(command, text=True, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=null)
    assert judge.stdout is not None
    assert judge.stdout.readline() == "at work\n"
    return judge


def end(judge: subprocess.Popen[str], how: str) -> None:
    """End a judge by a signal, by an exception, or normally."""
    if how.startswith("SIG"):
        judge.send_signal(getattr(signal, how))
        judge.wait()
    else:
        judge.communicate(how + "\n")


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def becomes(path: Path, mode: int) -> bool:
    """Wait until a path has a mode, because a keeper outlives a killed judge; return whether it has."""
    deadline = time.monotonic() + 30
    while mode_of(path) != mode and time.monotonic() < deadline:
        time.sleep(0.05)
    return mode_of(path) == mode


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A folder to close, with its own locks beside it."""
    path = tmp_path / "other"
    path.mkdir()
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("how", ["exit", "raise", "SIGTERM", "SIGKILL"])
def test_a_closed_path_is_open_again_however_the_judge_ends(how: str, other: Path) -> None:
    judge = judge_of(other)
    assert mode_of(other) == 0o700
    end(judge, how)
    assert becomes(other, 0o755) if how.startswith("SIG") else mode_of(other) == 0o755


def test_the_last_of_two_judges_restores_the_mode(other: Path) -> None:
    first, second = judge_of(other), judge_of(other)
    end(first, "exit")
    assert mode_of(other) == 0o700
    end(second, "SIGTERM")
    assert becomes(other, 0o755)


def test_a_path_that_a_killed_keeper_left_closed_is_opened_by_the_next(other: Path) -> None:
    judge = judge_of(other)
    os.kill(keeper_of(judge), signal.SIGKILL)
    end(judge, "exit")
    assert mode_of(other) == 0o700
    end(judge_of(other), "exit")
    assert mode_of(other) == 0o755


def keeper_of(judge: subprocess.Popen[str]) -> int:
    """The process id of a judge's keeper."""
    below = Path(f"/proc/{judge.pid}/task/{judge.pid}/children").read_text().split()
    (keeper,) = [int(pid) for pid in below if b"keeper.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return keeper


def test_a_worker_that_cannot_be_started_is_reported(
    sandbox: UserSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sandbox, "_python", "/nowhere/python")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(SandboxError, match=r"a worker could not be started as user 64\d\d\d: .*nowhere"):
        sandbox.start(WorkerJob("ada", Limits()))
    assert not list(tmp_path.iterdir())


def test_an_interpreter_that_other_users_cannot_run_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(user, "PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=r"another user cannot run .*, and .* has no python3\.11 that it"):
        user.find_python()


def test_without_root_the_error_names_another_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SandboxError, match=r"needs Linux and root.*or use --sandbox docker"):
        UserSandbox()


def test_paths_that_the_command_closes_stay_closed_while_it_grades(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    setting.sandbox_of.cache_clear()
    assert setting.choose_sandbox("user", [tmp_path]) == ("user", "")
    assert mode_of(tmp_path) == 0o700
    setting.sandbox_of.cache_clear()
