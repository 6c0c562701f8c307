"""A connection over the standard input and output of a child process of ours, on any system."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
from collections.abc import Callable

import autograder.wire as wire
from autograder.errors import WireError
from autograder.sandbox.seam import ConnectionEndedError, NoAnswerError

WAITING_FRAMES = 4  # frames read ahead; a worker that sends more waits
STDERR_KEPT = 4000  # bytes
UNWATCHED = 4096  # bytes of a frame that an empty pipe takes on every system, whether anybody reads or not
CLOSING_SECONDS = 10.0  # for a worker whose input has ended, its container's removal included


class PipeConnection:
    """Frames over `process`'s pipes. A thread reads them, so that waiting can end on every system."""

    def __init__(self, process: subprocess.Popen[bytes], kill: Callable[[], None] | None = None) -> None:
        self.process = process
        self._kill = kill or process.kill
        self._frames: queue.Queue[wire.Frame | Exception] = queue.Queue(WAITING_FRAMES)
        self._closed = threading.Event()
        self.stderr = b""
        self._frame_reader = threading.Thread(target=self._read_frames, daemon=True)
        self._frame_reader.start()
        self._stderr_reader = threading.Thread(target=self._read_stderr, daemon=True)
        self._stderr_reader.start()

    def _read_frames(self) -> None:
        assert self.process.stdout is not None
        while not self._closed.is_set():
            item = self._next(self.process.stdout.read)
            self._offer(item)
            if isinstance(item, Exception):
                return

    @staticmethod
    def _next(read: Callable[[int], bytes]) -> wire.Frame | Exception:
        try:
            return wire.read(read) or ConnectionEndedError()
        except WireError as error:
            return error
        except (OSError, ValueError):
            return ConnectionEndedError()

    def _offer(self, item: wire.Frame | Exception) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(queue.Full):
                self._frames.put(item, timeout=1.0)
                return

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            while part := self.process.stderr.read1(1 << 16):  # type: ignore[attr-defined]
                self.stderr = (self.stderr + part)[:STDERR_KEPT]

    def send(self, data: bytes, timeout: float) -> None:
        """Write one frame; a worker that does not take it in `timeout` seconds is killed."""
        if len(data) <= UNWATCHED:  # a thread for each of the many small ones would cost more than they do
            self._write(data)
            return
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._kill()

        timer = threading.Timer(timeout, give_up)
        timer.start()
        try:
            self._write(data)
        except ConnectionEndedError:
            raise (NoAnswerError() if late.is_set() else ConnectionEndedError()) from None
        finally:
            timer.cancel()

    def _write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except (OSError, ValueError):
            raise ConnectionEndedError() from None

    def receive(self, timeout: float) -> wire.Frame:
        """Return the next frame, or raise why there is none."""
        try:
            item = self._frames.get(timeout=max(0.0, timeout))
        except queue.Empty:
            raise NoAnswerError() from None
        if isinstance(item, Exception):
            raise item
        return item

    def failure(self) -> str | None:
        """A plain process has no engine that could fail."""
        return None

    def complaint(self) -> str:
        """Return the beginning of what the process wrote on standard error."""
        self._stderr_reader.join(timeout=2.0)
        return self.stderr.decode("utf-8", "replace").strip()

    def close(self) -> None:
        """Close the worker's input, which ends it; kill it if it lingers."""
        self._closed.set()
        with contextlib.suppress(OSError, ValueError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        try:
            self.process.wait(timeout=CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=10.0)
        for reader, stream in (
            (self._frame_reader, self.process.stdout),
            (self._stderr_reader, self.process.stderr),
        ):
            reader.join(timeout=2.0)
            if stream is not None and not reader.is_alive():  # else a process left behind holds the pipe,
                with contextlib.suppress(OSError, ValueError):  # and to close it would wait for that one
                    stream.close()
