"""Desks to try: one served by this process, or one that the command serves, for somebody by name."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from papers import ASSIGNMENT

from autograder.desk import serve

BEGINS = "desk "  # the line with the address


@contextmanager
def served(out: Path) -> Iterator[str]:
    """Yield the address of a desk of `out` in this process."""
    said: list[str] = []
    ready = threading.Event()

    def announce(address: str) -> None:
        said.append(address)
        ready.set()

    server = serve.server(out, ASSIGNMENT, 0, announce)
    thread = threading.Thread(target=server.run_here)
    thread.start()
    try:
        assert ready.wait(60)
        yield said[0]
    finally:
        server.stop()
        thread.join(60)


@contextmanager
def opened(out: Path, who: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Yield the address of `autograder desk` as `who` started it, and its process, killed at the end."""
    command = [sys.executable, "-m", "autograder", "desk", str(out)]
    environment = {**os.environ, "LOGNAME": who, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = next(text for text in process.stdout if text.startswith(BEGINS))
        try:
            yield line.split()[1], process
        finally:
            process.kill()
