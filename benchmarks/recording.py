"""What the judge asks of a submission, kept as frames, so that the same work can be done without a grader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import autograder.wire as wire
from autograder import grading
from autograder.assignment import Assignment
from autograder.judge.plugin import run
from autograder.judge.session import Session
from autograder.sandbox import Connection, WorkerJob
from autograder.sandbox.process import ProcessSandbox
from autograder.submission import Submission


class _Tap:
    """A connection that keeps every frame that the judge sends."""

    def __init__(self, inner: Connection, sent: list[bytes]) -> None:
        self._inner, self._sent = inner, sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def send(self, data: bytes, timeout: float) -> None:
        """Keep the frame and pass it on."""
        self._sent.append(data)
        self._inner.send(data, timeout)


class _Recorder(ProcessSandbox):
    """The process sandbox, with a tap on its connections."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def start(self, job: WorkerJob) -> Any:
        """Start one worker and tap what is sent to it."""
        return _Tap(super().start(job), self.sent)


def record(submission: Submission, assignment: Assignment, path: Path) -> None:
    """Grade `submission` in a plain process and write all that was asked of it to `path`, as frames."""
    sandbox = _Recorder()
    with Session(sandbox, submission, assignment, grading.standins_source(assignment)) as session:
        run(assignment, session, grading.OFFICIAL)
    path.write_bytes(b"".join(sandbox.sent))


def read(path: Path) -> list[dict[str, Any]]:
    """Return the recorded requests in their order."""
    found = []
    with path.open("rb") as file:
        while (frame := wire.read(file.read)) is not None:
            found.append(frame.message)
    return found
