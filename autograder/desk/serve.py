"""Serves the desk on this machine until it is stopped."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.records.assignment import Assignment

HOST = "127.0.0.1"


def serve(out: Path, assignment: Assignment, port: int, ready: Callable[[str], None]) -> None:
    """Serve the desk of `out` at `port` (0: any free one), and call `ready` with its address.

    Returns when the process is interrupted. Raises UsageError; see server.
    """
    server(out, assignment, port, ready).run_here()


class Server:
    """A desk that listens already, and answers once `run_here` is called."""

    def __init__(self, inner: Any, listening: socket.socket, ready: Callable[[], None]) -> None:
        self.inner, self.listening, self.ready = inner, listening, ready

    def run_here(self) -> None:
        """Answer requests in this thread until the process is interrupted, or `stop` is called."""
        with self.listening:
            self.ready()
            self.inner.run([self.listening])

    def stop(self) -> None:
        """Answer no more requests."""
        self.inner.should_exit = True


def server(out: Path, assignment: Assignment, port: int, ready: Callable[[str], None]) -> Server:
    """Return a server of the desk of `out`. Raises UsageError if the port is taken or a library missing."""
    try:
        import uvicorn

        from autograder.desk.app import make
    except ImportError as error:
        raise UsageError(
            f"the desk: expected {error.name} to be installed, found none; pip install 'latent-lab[staff]'"
        ) from error
    token, listening = secrets.token_urlsafe(24), socket.socket()
    try:
        listening.bind((HOST, port))
        listening.listen()  # a browser that is quicker than the server waits, and is not refused
    except OSError as error:
        listening.close()
        raise UsageError(
            f"--port {port}: expected a free port, got {error.strerror}; name another"
        ) from error
    address = f"http://{HOST}:{listening.getsockname()[1]}/{token}/"
    config = uvicorn.Config(make(out, assignment, token), log_level="warning", access_log=False)
    return Server(uvicorn.Server(config), listening, lambda: ready(address))
