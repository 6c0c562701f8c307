"""A sandbox that reuses a worker for the next submission: for the kit's samples, or one student's saves.

Theory of operation. Starting a worker (an interpreter, torch, its first optimiser) takes longer than grading,
and a worker's first process never runs student code, because it forks for each `load`. So a connection that
was closed with every request answered is used again, and repeats its greeting; imported modules stay, and the
loaded submission is killed at the next `load`, when the scratch folders are put back too. Nothing else is
certain to be as new, so the work of two students may never share a worker; on a student's own machine,
`check --watch` reuses one for each save. A lost worker is closed, and the next submission gets a new one; so
is a worker that cannot fork, because it runs the submission in its own process.
"""

from __future__ import annotations

from collections.abc import Callable

from autograder.sandbox.seam import Connection, Sandbox, WorkerJob
from autograder.wire import Frame


class KeptConnection:
    """One submission's turn on a reusable worker, which becomes idle when the connection is closed."""

    def __init__(
        self,
        inner: Connection,
        greeting: Frame | None,
        idle: list[KeptConnection],
        tidy: Callable[[Connection], None],
    ) -> None:
        self._inner = inner
        self._greeting = greeting
        self._repeat = greeting is not None
        self._idle = idle
        self._tidy = tidy
        self._whole = True

    def again(self) -> KeptConnection:
        """Return the next turn on the same worker."""
        self._tidy(self._inner)
        return KeptConnection(self._inner, self._greeting, self._idle, self._tidy)

    def send(self, data: bytes, timeout: float) -> None:
        """Write one frame."""
        self._whole = False
        self._inner.send(data, timeout)
        self._whole = True

    def receive(self, timeout: float) -> Frame:
        """Return the next frame; a reused worker repeats its greeting first."""
        if self._repeat and self._greeting is not None:
            self._repeat = False
            return self._greeting
        self._whole = False
        frame = self._inner.receive(timeout)
        self._whole = True
        self._greeting = self._greeting or frame
        return frame

    def failure(self) -> str | None:
        """Return what failed in the engine or the judge, if anything."""
        return self._inner.failure()

    def complaint(self) -> str:
        """Return what the worker wrote on standard error."""
        return self._inner.complaint()

    def close(self) -> None:
        """Make the worker idle if it forks and every request was answered; otherwise end it."""
        forks = self._greeting is not None and bool(self._greeting.message.get("forks"))
        if self._whole and forks:
            self._idle.append(self)
        else:
            self._inner.close()

    def end(self) -> None:
        """End the worker."""
        self._inner.close()


class KeptSandbox:
    """Reuses the workers of another sandbox. `close` ends them, and so does the end of this process.

    `tidy` gets the worker's connection before each reuse.
    """

    def __init__(self, sandbox: Sandbox, tidy: Callable[[Connection], None] = lambda _: None) -> None:
        self._sandbox = sandbox
        self._tidy = tidy
        self._idle: list[KeptConnection] = []
        self.name, self.address_space = sandbox.name, sandbox.address_space

    def identity(self) -> str:
        """Return the identity of the underlying sandbox."""
        return self._sandbox.identity()

    def start(self, job: WorkerJob) -> KeptConnection:
        """Return an idle worker, or start one. Raises SandboxError if the underlying sandbox does."""
        if self._idle:
            return self._idle.pop().again()
        return KeptConnection(self._sandbox.start(job), None, self._idle, self._tidy)

    def close(self) -> None:
        """End every idle worker."""
        while self._idle:
            self._idle.pop().end()
