"""A connection over the standard input and output of a child process."""

from __future__ import annotations

import contextlib
import subprocess
import threading

from autograder.sandbox.streams import CLOSING_SECONDS, StreamConnection


class PipeConnection(StreamConnection):
    """Frames over `process`'s pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__()
        self.process = process
        self._stderr_reader = threading.Thread(target=self._read_stderr, daemon=True)
        self._stderr_reader.start()
        self.begin()

    def _read(self, count: int) -> bytes:
        assert self.process.stdout is not None
        return self.process.stdout.read(count)

    def _write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def _kill(self) -> None:
        self.process.kill()

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            while part := self.process.stderr.read1(1 << 16):  # type: ignore[attr-defined]
                self._complained(part)

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
            # If the reader is alive, another process still has the pipe open, and closing it would block.
            if stream is not None and not reader.is_alive():
                with contextlib.suppress(OSError, ValueError):
                    stream.close()
