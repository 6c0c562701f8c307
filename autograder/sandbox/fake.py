"""A sandbox without a worker, for tests: it answers with the frames that a script returns, as real bytes.

`FakeSandbox(script)` calls `script(frame)` for every frame that the judge sends. The script returns a list of
byte strings, which the same decoder reads as a real worker's output; they may be cut, forged or missing.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import autograder.wire as wire
from autograder.sandbox.seam import ConnectionEndedError, NoAnswerError, WorkerJob

Script = Callable[[wire.Frame], list[bytes]]


class FakeConnection:
    """Frames from a script. A script that returns no bytes is a worker that does not answer."""

    def __init__(self, script: Script, failure: str | None) -> None:
        self._script = script
        self._stream = io.BytesIO(wire.encode(wire.EVENT, {"event": "hello", "forks": True}))
        self._failure = failure
        self._ended = False
        self.closed = False

    def send(self, data: bytes, timeout: float) -> None:
        """Pass the frame to the script and keep its answer."""
        if self._ended:
            raise ConnectionEndedError()
        frame = wire.read(io.BytesIO(data).read)
        assert frame is not None
        position = self._stream.tell()
        self._stream.seek(0, io.SEEK_END)
        self._stream.write(b"".join(self._script(frame)))
        self._stream.seek(position)

    def receive(self, timeout: float) -> wire.Frame:
        """Decode the next frame that the script wrote."""
        position = self._stream.tell()
        if position == len(self._stream.getbuffer()):
            raise NoAnswerError()
        frame = wire.read(self._stream.read)
        if frame is None:
            raise ConnectionEndedError()
        return frame

    def end(self, failure: str) -> None:
        """End the stream, as an engine that fails with `failure` would."""
        self._failure, self._ended = failure, True

    def fail(self, failure: str) -> None:
        """Report that the engine failed with `failure`, although the stream goes on."""
        self._failure = failure

    def failure(self) -> str | None:
        """Return the failure that the engine is supposed to have."""
        return self._failure

    def complaint(self) -> str:
        """A fake has no standard error."""
        return ""

    def close(self) -> None:
        """Remember that the judge closed the connection."""
        self.closed = True


class FakeSandbox:
    """Starts fake workers that answer with `script`; `failure` is their engine's failure, if any."""

    name = "fake"
    address_space = False

    def __init__(self, script: Script, failure: str | None = None) -> None:
        self._script = script
        self._failure = failure
        self.connections: list[FakeConnection] = []

    def identity(self) -> str:
        """Return a constant, because a fake is the same everywhere."""
        return "fake:1"

    def start(self, job: WorkerJob) -> FakeConnection:
        """Return a connection to a new fake worker."""
        self.connections.append(FakeConnection(self._script, self._failure))
        return self.connections[-1]


def answering(replies: dict[str, Any]) -> Script:
    """Return the script of a well-behaved worker: `replies` maps a verb to the value of its reply."""

    def script(frame: wire.Frame) -> list[bytes]:
        message = frame.message
        verb, number = message["verb"], message["id"]
        events: dict[str, dict[str, Any]] = {
            "prepare": {"event": "prepared", "versions": {}, "cpu": 0.0},
            "load": {"event": "loaded", "notes": [], "readable": 1, "output": ""},
            "end": {
                "event": "ended",
                "how": "exit",
                "code": 0,
                "cpu": 0.0,
                "left": 0,
                "gone": False,
                "output": "",
            },
        }
        if verb == "begin":
            return []
        if verb in events:
            return [wire.encode(wire.EVENT, events[verb])]
        return [wire.encode(wire.REPLY, {"id": number, "value": replies.get(verb)})]

    return script
