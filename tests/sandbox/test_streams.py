"""Reading frames in a thread: whatever breaks it off is an end, and nobody waits for what never comes."""

from __future__ import annotations

import pytest

from autograder.sandbox import ConnectionEndedError
from autograder.sandbox.streams import StreamConnection


class Broken(StreamConnection):
    """A stream that breaks as it is told to."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.begin()

    def _read(self, count: int) -> bytes:
        raise self.error

    def _write(self, data: bytes) -> None:
        raise self.error

    def _kill(self) -> None:
        pass


@pytest.mark.parametrize("error", [OSError("reset"), ValueError("closed"), MemoryError()])
def test_a_stream_that_breaks_has_ended(error: Exception) -> None:
    with pytest.raises(ConnectionEndedError):
        Broken(error).receive(5)


def test_what_cannot_be_written_any_more_is_an_end() -> None:
    for data in (b"short", bytes(1 << 16)):
        with pytest.raises(ConnectionEndedError):
            Broken(BrokenPipeError()).send(data, 5)
