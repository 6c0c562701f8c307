"""Runs another project's command for a release, and settles what it wrote: no date, no random name."""

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
TAIL = 25  # lines of a failed command that are told
SECONDS = (
    900  # for a command that runs a student's notebook; of CPU each of its processes may use CPU_SECONDS
)
CPU_SECONDS = 120
MEMORY = 8 << 30  # bytes of address space


def run(folder: Path, *command: str, seconds: int = SECONDS, **variables: str) -> str:
    """Run `python -m …` in `folder` and return what it printed. Raises KitError if it fails."""
    done = attempt(folder, *command, seconds=seconds, **variables)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-TAIL:])
        raise KitError(f"`{' '.join(command)}` failed with status {done.returncode}:\n{said}")
    return done.stdout + done.stderr


def attempt(
    folder: Path, *command: str, seconds: int = SECONDS, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `python -m …` in `folder`; whatever it ends with is the caller's to judge, lateness included.

    Bytecode is kept beside the other downloads, not in `folder`: compiling otter and nbgrader takes as much
    CPU as they do, and what they leave in `folder` is handed out.
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
        out, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        out, said = "", f"no answer within {seconds} s"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(words, process.wait(), out, said)


def _limit() -> None:
    """Cap what a command's processes may use: a student's notebook may never end, or ask for all memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def settled(notebook: Any) -> Any:
    """Return a notebook with cell ids that depend on their places alone."""
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index:03d}"
    return notebook


def read_notebook(path: Path) -> Any:
    """Return the notebook at `path`."""
    import nbformat

    return nbformat.read(path, as_version=4)


def notebook_bytes(notebook: Any) -> bytes:
    """Return a notebook as it is written to a file."""
    import nbformat

    return (nbformat.writes(notebook) + "\n").encode()
