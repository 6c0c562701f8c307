"""The `process` sandbox: a plain child process. It contains honest mistakes but does not stop attacks.

Student code runs as this user and can read what this user can read; it is for students' own machines.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.sandbox.pipes import PipeConnection
from autograder.sandbox.seam import Connection, WorkerJob
from autograder.sandbox.switches import worker_flags

CLEAN = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    "LANG": "C.UTF-8",
    "PYTHONUTF8": "1",  # Windows has no LANG
}
if sys.platform == "linux":  # as in the image: use few large memory pages, so that forks copy less
    CLEAN["PYTHONMALLOC"] = "malloc"
    CLEAN["GLIBC_TUNABLES"] = ":".join(
        (
            "glibc.malloc.hugetlb=1",
            "glibc.malloc.mmap_threshold=33554432",
            "glibc.malloc.trim_threshold=67108864",
        )
    )
ISOLATED = ("-P", "-s")  # not -I, which would also ignore the environment that is set here
KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class ProcessConnection(PipeConnection):
    """A worker with its own folder, which is removed when it ends."""

    def __init__(self, process: subprocess.Popen[bytes], folder: str) -> None:
        super().__init__(process)
        self._folder = folder

    def tidy(self) -> None:
        """Remove what the worker's code left in its folder; what cannot be removed stays."""
        for path in Path(self._folder).iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    path.unlink()

    def close(self) -> None:
        """End the worker and remove its folder."""
        super().close()
        with contextlib.suppress(RecursionError):  # a thousand nested folders
            shutil.rmtree(self._folder, ignore_errors=True)


class ProcessSandbox:
    """Starts workers as child processes with a clean environment and an empty folder to work in."""

    name = "process"
    address_space = True

    def __init__(self, fork: bool = True) -> None:
        self._fork = fork

    def identity(self) -> str:
        """Return the interpreter and system; between two of them, numbers may differ in the last digits."""
        return f"process:python-{platform.python_version()}-{sys.platform}-{platform.machine()}"

    def start(self, job: WorkerJob) -> ProcessConnection:
        """Start one worker in a new temporary folder. Raises SandboxError for an invalid switch."""
        command = [sys.executable, *ISOLATED, "-m", "autograder.worker", *worker_flags()]
        folder = tempfile.mkdtemp(prefix="latentlab-")
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        own = dict.fromkeys(("HOME", "MPLCONFIGDIR", "TMPDIR", "TEMP", "TMP"), folder)
        environment = {**kept, **CLEAN, **own}
        process = subprocess.Popen(
            [*command, "--own-folder", folder] if self._fork else [*command, "--no-fork"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        return ProcessConnection(process, folder)


def tidy(connection: Connection) -> None:
    """Remove what a worker of this sandbox left in its folder, before the worker is used again."""
    if isinstance(connection, ProcessConnection):
        connection.tidy()
