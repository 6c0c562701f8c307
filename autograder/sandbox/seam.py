"""The seam between judge and sandbox, in plain values: bytes out, frames in, failures as exceptions."""

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
    """What a sandbox needs to start one worker: a label for people, and the limits to enforce."""

    label: str
    limits: Limits


class Connection(Protocol):
    """Frames to and from one worker."""

    def send(self, data: bytes, timeout: float) -> None:
        """Write one encoded frame. Raises ConnectionEndedError or NoAnswerError."""

    def receive(self, timeout: float) -> Frame:
        """Return the next frame. Raises ConnectionEndedError, NoAnswerError or WireError."""

    def failure(self) -> str | None:
        """Return what failed in the engine or the judge; None if only the worker ended."""

    def complaint(self) -> str:
        """Return what the worker wrote on standard error, for staff."""

    def close(self) -> None:
        """End the worker and everything it started, now or soon. Never raises."""


class Sandbox(Protocol):
    """Starts workers. `address_space` makes the worker itself limit memory if no container does."""

    name: str
    address_space: bool

    def identity(self) -> str:
        """Return what results record as their origin: the image's digest, or the interpreter."""

    def start(self, job: WorkerJob) -> Connection:
        """Start one worker. Raises SandboxError if that fails."""
