"""A connection whose frames are read by a thread, so that waiting for one can time out on every system."""

from __future__ import annotations

import contextlib
import queue
import threading
from abc import ABC, abstractmethod

import autograder.wire as wire
from autograder.errors import WireError
from autograder.sandbox.seam import ConnectionEndedError, NoAnswerError

WAITING_FRAMES = 4  # frames read ahead; a worker that sends more waits
STDERR_KEPT = 4000  # bytes
UNWATCHED = 4096  # bytes of a frame that fit in an empty pipe on every system, even if nothing reads it
CLOSING_SECONDS = 10.0  # for a worker whose input has ended
NO_MEMORY = "the judge had no memory left for an answer; grade with fewer --jobs"


class StreamConnection(ABC):
    """Frames over bytes in both directions; a subclass reads and writes the bytes, and ends the worker.

    Reading starts with `begin`.
    """

    def __init__(self) -> None:
        self._frames: queue.Queue[wire.Frame | Exception] = queue.Queue(WAITING_FRAMES)
        self._closed = threading.Event()
        self.stderr = b""  # its first STDERR_KEPT bytes
        self._why = ""  # what failed in the engine or the judge
        self._frame_reader = threading.Thread(target=self._read_frames, daemon=True)
        self._stderr_reader = self._frame_reader  # if both arrive on one stream

    def begin(self) -> None:
        """Start reading."""
        self._frame_reader.start()

    @abstractmethod
    def _read(self, count: int) -> bytes:
        """Return `count` bytes, or fewer at the stream's end. Raises OSError or ValueError if it broke."""

    @abstractmethod
    def _write(self, data: bytes) -> None:
        """Write all of `data`. Raises OSError or ValueError if the reader is gone."""

    @abstractmethod
    def _kill(self) -> None:
        """End the worker at once. Never raises."""

    def _read_frames(self) -> None:
        while not self._closed.is_set():
            item = self._next()
            self._offer(item)
            if isinstance(item, Exception):
                return

    def _next(self) -> wire.Frame | Exception:
        try:
            return wire.read(self._read) or ConnectionEndedError()
        except WireError as error:
            return error
        except MemoryError:
            self._why = NO_MEMORY
        except (OSError, ValueError):
            pass
        return ConnectionEndedError()

    def _offer(self, item: wire.Frame | Exception) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(queue.Full):
                self._frames.put(item, timeout=1.0)
                return

    def _complained(self, part: bytes) -> None:
        self.stderr = (self.stderr + part)[:STDERR_KEPT]

    def failure(self) -> str | None:
        """Return what failed in the engine or the judge; None if only the worker ended."""
        return self._why or None

    def complaint(self) -> str:
        """Return the beginning of what the worker wrote on standard error."""
        self._stderr_reader.join(timeout=2.0)
        return self.stderr.decode("utf-8", "replace").strip()

    def send(self, data: bytes, timeout: float) -> None:
        """Write one frame; a worker that does not read it within `timeout` seconds is killed."""
        if len(data) <= UNWATCHED:  # a timer for each small frame would cost more than the frame
            self._send(data)
            return
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._kill()

        timer = threading.Timer(timeout, give_up)
        timer.start()
        try:
            self._send(data)
        except ConnectionEndedError:
            raise (NoAnswerError() if late.is_set() else ConnectionEndedError()) from None
        finally:
            timer.cancel()

    def _send(self, data: bytes) -> None:
        try:
            self._write(data)
        except (OSError, ValueError):
            raise ConnectionEndedError() from None

    def receive(self, timeout: float) -> wire.Frame:
        """Return the next frame, or raise the reason why there is none."""
        try:
            item = self._frames.get(timeout=max(0.0, timeout))
        except queue.Empty:
            raise NoAnswerError() from None
        if isinstance(item, Exception):
            raise item
        return item
