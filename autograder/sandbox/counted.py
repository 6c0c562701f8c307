"""A sandbox that tells how many checks have begun, by the frames that pass to another sandbox's workers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import autograder.wire as wire
from autograder.sandbox.seam import Connection, Sandbox, WorkerJob
from autograder.wire import Frame


class CountedConnection:
    """A connection that calls `begun` for each check that begins on it."""

    def __init__(self, inner: Connection, begun: Callable[[], None]) -> None:
        self._inner = inner
        self._begun = begun

    def send(self, data: bytes, timeout: float) -> None:
        """Write one frame."""
        raw = wire.read_raw(io.BytesIO(data).read)
        if raw is not None and json.loads(raw[1]).get("verb") == "begin":
            self._begun()
        self._inner.send(data, timeout)

    def receive(self, timeout: float) -> Frame:
        """Return the next frame."""
        return self._inner.receive(timeout)

    def failure(self) -> str | None:
        """Return what failed in the engine or the judge, if anything."""
        return self._inner.failure()

    def complaint(self) -> str:
        """Return what the worker wrote on standard error."""
        return self._inner.complaint()

    def close(self) -> None:
        """End the worker."""
        self._inner.close()


class CountedSandbox:
    """Starts the workers of another sandbox, and calls `on_begin` with the number of checks begun so far."""

    def __init__(self, sandbox: Sandbox, on_begin: Callable[[int], None]) -> None:
        self._sandbox = sandbox
        self._on_begin = on_begin
        self._count = 0
        self.name, self.address_space = sandbox.name, sandbox.address_space

    def identity(self) -> str:
        """Return the identity of the underlying sandbox."""
        return self._sandbox.identity()

    def start(self, job: WorkerJob) -> CountedConnection:
        """Start one worker. Raises SandboxError if the underlying sandbox does."""
        return CountedConnection(self._sandbox.start(job), self._begun)

    def _begun(self) -> None:
        self._count += 1
        self._on_begin(self._count)
