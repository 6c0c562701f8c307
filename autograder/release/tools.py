"""Runs a command of another project for a release, and removes dates and random names from its output."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from autograder.errors import KitError
from autograder.sandbox import image

PROGRAMS = Path(sys.executable).parent
TAIL = 25  # last lines of a failed command's output that an error shows
SECONDS = 900  # for a command that runs a student's notebook
CPU_SECONDS = 120  # of CPU time for each of its processes
MEMORY = 8 << 30  # bytes of address space


def run(folder: Path, *command: str, seconds: int = SECONDS, **variables: str) -> str:
    """Run `python -m …` in `folder` and return its output. Raises KitError if it fails."""
    done = attempt(folder, *command, seconds=seconds, **variables)
    if done.returncode:
        output = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL:])
        raise KitError(f"`{' '.join(command)}` failed with status {done.returncode}:\n{output}")
    return done.stdout + done.stderr


def attempt(
    folder: Path, *command: str, seconds: int = SECONDS, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `python -m …` in `folder` and return how it ended; the caller judges that, even a timeout.

    Bytecode is kept in the cache folder: compiling otter and nbgrader takes as much CPU as running them, and
    bytecode in `folder` would be released.
    """
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", "")]),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(image.cache_folder() / "bytecode"),
        "PYTHONHASHSEED": "0",
        **variables,
    }
    words = [sys.executable, "-m", *command]
    process = subprocess.Popen(
        words,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=_limit,
    )
    try:
        out, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        out, errors = "", f"no answer within {seconds} s"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(words, process.wait(), out, errors)


def _limit() -> None:
    """Limit a command's processes, because a student's notebook may never end, or ask for all memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def settled(notebook: Any) -> Any:
    """Give a notebook cell ids that depend only on the cells' positions, and return it."""
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index:03d}"
    return notebook


def read_notebook(path: Path) -> Any:
    """Return the notebook at `path`."""
    import nbformat

    return nbformat.read(path, as_version=4)


def notebook_bytes(notebook: Any) -> bytes:
    """Return a notebook as the bytes of its file."""
    import nbformat

    return (nbformat.writes(notebook) + "\n").encode()
