"""The `user` sandbox: a plain process under its own user id, for a container in which the judge is root.

Theory of operation. Gradescope runs an autograder as root in a container per submission, in which it cannot
start another container. So the worker runs under a user id that nothing else uses: it can neither read paths
closed to all but their owner (suites, judge, results, other work) nor signal or trace the judge, and the
kernel counts its processes by that id. A separate program closes these paths and restores their modes when
the last judge on this machine has ended (keeper.py). The worker gives up its access to the network before
student code runs (worker/confine.py). When the connection closes, all processes of the id are killed, and
every file that it left in a folder open to all is removed. A lock prevents two workers from using one id.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from autograder.errors import SandboxError
from autograder.records import sources
from autograder.records.places import PACKAGE
from autograder.sandbox import keeper
from autograder.sandbox.pipes import PipeConnection
from autograder.sandbox.process import CLEAN, ISOLATED
from autograder.sandbox.seam import WorkerJob
from autograder.sandbox.switches import worker_flags

FIRST_ID = 64000  # pairs of user ids: a worker's, and the real id of the process that kills it
IDS = 64
RUN = Path("/run")  # locks, and data that must survive a killed judge
NOBODY = FIRST_ID - 1  # an id that no worker uses
BESIDE = ("reference", "solutions", "tests", "build", ".git")  # in a checkout, what a worker must not read
GRADESCOPE = ("submission", "results", "submission_metadata.json")
WORLD_WRITABLE = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))
PATH = "/usr/local/bin:/usr/bin:/bin"
KILL_SECONDS = 20.0
BOOT = """
import site, sys
site.addsitedir(sys.argv[1])
sys.path.append(sys.argv[2])
import runpy
runpy.run_module("autograder.worker", run_name="__main__", alter_sys=True)
"""
# The worker's processes may not signal its real id, so none of them can kill it first.
KILLER = "import os, sys; w = int(sys.argv[1]); os.setresuid(w + 1, w, w + 1); os.kill(-1, 9)"


class UserConnection(PipeConnection):
    """A worker under user id `user`. It keeps that id locked, and its sandbox alive."""

    def __init__(
        self, process: subprocess.Popen[bytes], user: int, lock: IO[str], sandbox: UserSandbox
    ) -> None:
        self._sandbox = sandbox
        self._user = user
        self._lock = lock
        super().__init__(process)

    def _kill(self) -> None:
        with contextlib.suppress(SandboxError):  # if it fails, so will `reserve` before it reuses this id
            kill_all(self._user)

    def close(self) -> None:
        """End the worker, kill all processes of its user id, and remove every file it left."""
        if not self._lock.closed:  # otherwise another worker may use the id by now
            super().close()
            self._kill()
            sweep(self._user)
            self._lock.close()


class UserSandbox:
    """Starts workers under separate user ids. `closed` are additional paths that they must not read.

    Removes all rights of group and others to the kit's secrets and to `closed`. They are restored at `close`
    or at the end of a `with` block or of this process, whichever comes first, if no other judge works on this
    machine; otherwise when the last of them ends. `close` ends the workers first.
    """

    name = "user"
    address_space = True

    def __init__(self, closed: Iterable[Path] = ()) -> None:
        if not sys.platform.startswith("linux") or os.geteuid() != 0:
            raise SandboxError(
                "the user sandbox needs Linux and root, to give a worker another user id; run as root in a "
                "container, or use --sandbox docker"
            )
        self._python, self._version = find_python()
        self._keeper = _start_keeper()
        self._workers: weakref.WeakSet[UserConnection] = weakref.WeakSet()
        self.close = weakref.finalize(self, _end, self._workers, self._keeper, os.getpid())
        self.shut([*secrets(), *closed])

    def __enter__(self) -> UserSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def shut(self, paths: Iterable[Path]) -> None:
        """Remove all rights of group and others to those of `paths` that exist. Raises SandboxError."""
        reply = ""
        with contextlib.suppress(BrokenPipeError):
            reply = _ask(self._keeper, [str(path.absolute()) for path in paths])
        if not reply:
            assert self._keeper.stderr is not None
            reason = self._keeper.stderr.read()
            raise SandboxError(
                f"the program that closes paths to workers ended; fix its error, then grade again: {reason}"
            )
        if failed := json.loads(reply):
            raise SandboxError(failed)

    def identity(self) -> str:
        """Return the interpreter and system, on which the last digits of numbers may depend."""
        return f"user:python-{self._version}-{sys.platform}-{os.uname().machine}"

    def start(self, job: WorkerJob) -> UserConnection:
        """Start one worker in a new folder. Raises SandboxError if that is not possible."""
        user, lock = reserve()
        try:
            folder = Path(tempfile.mkdtemp(prefix="latentlab-"))
            os.chown(folder, user, user)
            process = self._worker(user, folder, job.limits.processes)
        except OSError as error:
            sweep(user)
            lock.close()
            raise SandboxError(f"a worker could not be started as user {user}: {error}") from error
        connection = UserConnection(process, user, lock, self)
        self._workers.add(connection)
        return connection

    def _worker(self, user: int, folder: Path, processes: int) -> subprocess.Popen[bytes]:
        places = [sysconfig.get_path("purelib"), str(PACKAGE.parent)]
        environment = {**CLEAN, "PATH": PATH, "HOME": str(folder), "MPLCONFIGDIR": str(folder)}
        return subprocess.Popen(
            [self._python, *ISOLATED, "-c", BOOT, *places, "--confined", str(processes), *worker_flags()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**environment, "TMPDIR": str(folder)},
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=[],
            umask=0o077,
        )


def _start_keeper() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", keeper.__file__, str(RUN), str(FIRST_ID), str(2 * IDS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        start_new_session=True,
    )


def _ask(process: subprocess.Popen[str], paths: list[str]) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(paths) + "\n")
    process.stdin.flush()
    return process.stdout.readline()


def _end(workers: Iterable[UserConnection], process: subprocess.Popen[str], judge: int) -> None:
    """End a sandbox's workers and its keeper, which restores modes; in a fork of the judge, do nothing."""
    if os.getpid() == judge:
        for worker in list(workers):
            worker.close()
        with contextlib.suppress(BrokenPipeError):  # the keeper has ended, and has restored the modes
            process.communicate("\n")


def secrets() -> Iterator[Path]:
    """Yield what no worker may read: the kit except the worker's files, and Gradescope's folders."""
    files = sources.closure("autograder.worker.__main__").values()
    read = {path.relative_to(PACKAGE).parts[0] for path in files}
    yield from (path for path in PACKAGE.iterdir() if path.name not in read)
    yield from (PACKAGE.parent / name for name in BESIDE)
    yield from (Path("/autograder") / name for name in GRADESCOPE)


def find_python() -> tuple[str, str]:
    """Return an interpreter of this version that other users can run, and its full version."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    ask = "import platform; print(platform.python_version())"
    for python in filter(None, (sys.executable, shutil.which(name, path=PATH))):
        command = [python, "-I", "-S", "-c", ask]
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            done = subprocess.run(command, capture_output=True, text=True, user=NOBODY, cwd="/", check=True)
            return python, done.stdout.strip()
    raise SandboxError(
        f"another user cannot run {sys.executable}, and {PATH} has no {name} that it can run; create the "
        "environment with an interpreter that all users can read and run"
    )


def reserve() -> tuple[int, IO[str]]:
    """Return a user id that no other worker uses and that has no processes, and its lock."""
    for user in range(FIRST_ID, FIRST_ID + 2 * IDS, 2):
        lock = open(RUN / f"latentlab-{user}.lock", "w")  # noqa: SIM115 - the connection closes it
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        kill_all(user)
        sweep(user)
        return user, lock
    raise SandboxError(f"all {IDS} user ids for workers are in use; grade with fewer --jobs")


def kill_all(user: int) -> None:
    """Kill all processes of `user`. Raises SandboxError if any is left."""
    deadline = time.monotonic() + KILL_SECONDS
    while alive(user):
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", KILLER, str(user)], capture_output=True, check=False
        )
        if time.monotonic() > deadline:
            raise SandboxError(f"processes of user {user} cannot be killed; restart this container")
        time.sleep(0.01)


def alive(user: int) -> bool:
    """Return whether any process of `user` runs, not counting zombies."""
    return keeper.alive((user,))


def sweep(user: int) -> None:
    """Remove the files of `user` in folders that all users can write to, and where its folder is made."""
    for folder in {*WORLD_WRITABLE, Path(tempfile.gettempdir())}:
        for path in folder.iterdir() if folder.is_dir() else ():
            with contextlib.suppress(OSError):
                if path.lstat().st_uid == user:  # rm, because shutil fails at a thousand nested folders
                    subprocess.run(["rm", "-rf", "--", str(path)], capture_output=True, check=False)
