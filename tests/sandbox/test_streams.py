"""Reading frames in a thread: any interruption ends the stream, and no call waits forever."""

from __future__ import annotations

import pytest

from autograder.sandbox import ConnectionEndedError
from autograder.sandbox.streams import StreamConnection


class Broken(StreamConnection):
    """A stream that breaks with a given error."""

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


@pytest.mark.parametrize("error", [OSError("reset"), ValueError("closed")])
def test_a_stream_that_breaks_has_ended(error: Exception) -> None:
    stream = Broken(error)
    with pytest.raises(ConnectionEndedError):
        stream.receive(5)
    assert stream.failure() is None


def test_a_judge_without_memory_for_an_answer_reports_its_own_failure() -> None:
    stream = Broken(MemoryError())
    with pytest.raises(ConnectionEndedError):
        stream.receive(5)
    assert stream.failure() == "the judge had no memory left for an answer; grade with fewer --jobs"


def test_a_failed_write_is_the_end_of_the_stream() -> None:
    for data in (b"short", bytes(1 << 16)):
        with pytest.raises(ConnectionEndedError):
            Broken(BrokenPipeError()).send(data, 5)
