"""A sandbox that keeps its worker from one submission to the next: for our own samples, never for students.

Theory of operation. Starting a worker (an interpreter, torch, its first optimiser) costs more than grading
does, and a worker's first process never runs student code: for each `load` it forks. So a connection that
was closed with every question answered is handed out again, its greeting told once more; what was imported
stays imported, what was loaded is killed at the next `load`. Scratch files stay too, which is why only work
that we trust may share a worker. One that was lost is closed, and the next submission gets a fresh one.
"""

from __future__ import annotations

from autograder.sandbox.seam import Connection, Sandbox, WorkerJob
from autograder.wire import Frame


class KeptConnection:
    """One submission's turn on a worker that was there before, and is handed back when it is closed."""

    def __init__(self, inner: Connection, greeting: Frame | None, idle: list[KeptConnection]) -> None:
        self._inner = inner
        self._greeting = greeting
        self._repeat = greeting is not None
        self._idle = idle
        self._whole = True

    def again(self) -> KeptConnection:
        """Return the next turn on the same worker."""
        return KeptConnection(self._inner, self._greeting, self._idle)

    def send(self, data: bytes, timeout: float) -> None:
        """Write one frame."""
        self._whole = False
        self._inner.send(data, timeout)
        self._whole = True

    def receive(self, timeout: float) -> Frame:
        """Return the next frame; on a worker that was there before, its old greeting first."""
        if self._repeat and self._greeting is not None:
            self._repeat = False
            return self._greeting
        self._whole = False
        frame = self._inner.receive(timeout)
        self._whole = True
        self._greeting = self._greeting or frame
        return frame

    def failure(self) -> str | None:
        """Say what failed on our side, if anything."""
        return self._inner.failure()

    def complaint(self) -> str:
        """Return what the worker wrote on standard error."""
        return self._inner.complaint()

    def close(self) -> None:
        """Hand the worker back where every question was answered; else end it."""
        if self._whole and self._greeting is not None:
            self._idle.append(self)
        else:
            self._inner.close()

    def end(self) -> None:
        """End the worker."""
        self._inner.close()


class KeptSandbox:
    """Hands out workers of another sandbox again. `close` ends them; the end of this process does, too."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._idle: list[KeptConnection] = []
        self.name, self.address_space = sandbox.name, sandbox.address_space

    def identity(self) -> str:
        """Return what a result must be traced to: that of the sandbox beneath."""
        return self._sandbox.identity()

    def start(self, job: WorkerJob) -> KeptConnection:
        """Return a worker that waits, or start one. Raises SandboxError as the sandbox beneath does."""
        if self._idle:
            return self._idle.pop().again()
        return KeptConnection(self._sandbox.start(job), None, self._idle)

    def close(self) -> None:
        """End every worker that waits."""
        while self._idle:
            self._idle.pop().end()
