"""The seam between judge and sandbox, made of plain values: bytes out, frames in, reasons as exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from autograder.records.assignment import Limits
from autograder.wire import Frame


class ConnectionEndedError(Exception):
    """The worker's stream ended: the worker is gone."""


class NoAnswerError(Exception):
    """The worker did not answer in time."""


@dataclass(frozen=True)
class WorkerJob:
    """What a sandbox needs to know to start one worker: a label for people, and the limits to keep."""

    label: str
    limits: Limits


class Connection(Protocol):
    """Frames to and from one worker."""

    def send(self, data: bytes, timeout: float) -> None:
        """Write one encoded frame. Raises ConnectionEndedError or NoAnswerError."""

    def receive(self, timeout: float) -> Frame:
        """Return the next frame. Raises ConnectionEndedError, NoAnswerError or WireError."""

    def failure(self) -> str | None:
        """Say what failed on our side, the engine or the judge; None when the worker ended by itself."""

    def complaint(self) -> str:
        """Return what the worker wrote on standard error, for staff."""

    def close(self) -> None:
        """End the worker and all that it started, now or soon, and forget it. Never raises."""


class Sandbox(Protocol):
    """Starts workers. `address_space` asks the worker itself to cap memory where no container does."""

    name: str
    address_space: bool

    def identity(self) -> str:
        """Return what a result must be traced to: the image's digest, or the interpreter."""

    def start(self, job: WorkerJob) -> Connection:
        """Start one worker. Raises SandboxError when that fails."""
