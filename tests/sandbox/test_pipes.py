"""Connections over pipes: no call exceeds its timeout, and nothing is left after close."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from autograder.errors import WireError
from autograder.sandbox import ConnectionEndedError, NoAnswerError, pipes, streams
from autograder.sandbox.pipes import PipeConnection

Connect = Callable[[str], PipeConnection]
HEAD = "import os, subprocess, sys, time\nimport autograder.wire as wire\nout = sys.stdout.buffer\n"


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    monkeypatch.setattr(pipes, "CLOSING_SECONDS", 0.3)
    made: list[PipeConnection] = []

    def connect(program: str) -> PipeConnection:
        command = [sys.executable, "-c", HEAD + program]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
        made.append(PipeConnection(process))
        return made[-1]

    yield connect
    for connection in made:
        if connection.process.poll() is None:
            connection.process.kill()
            connection.process.wait()


def test_frames_arrive_in_order_and_then_the_end(connect: Connect) -> None:
    connection = connect("for n in range(9): out.write(wire.encode(wire.REPLY, {'id': n}))")
    assert [connection.receive(20).message["id"] for _ in range(9)] == list(range(9))
    with pytest.raises(ConnectionEndedError):
        connection.receive(20)
    connection.close()


def test_bytes_that_are_not_a_frame_are_a_wire_error(connect: Connect) -> None:
    connection = connect("out.write(b'print() of a student')")
    with pytest.raises(WireError, match="expected a frame's kind"):
        connection.receive(20)
    connection.close()


def test_a_frame_that_is_cut_short_is_a_wire_error(connect: Connect) -> None:
    connection = connect("out.write(wire.encode(wire.REPLY, {'id': 1})[:-1])")
    with pytest.raises(WireError, match="ended within a frame"):
        connection.receive(20)
    connection.close()


def test_receiving_from_a_silent_worker_times_out(connect: Connect) -> None:
    connection = connect("time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(NoAnswerError):
        connection.receive(0.2)
    assert time.monotonic() - began < 2
    connection.close()


def test_a_worker_that_does_not_read_is_killed_when_the_time_is_up(connect: Connect) -> None:
    connection = connect("time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(NoAnswerError):
        connection.send(bytes(4 << 20), 0.3)
    assert time.monotonic() - began < 5
    connection.close()
    assert connection.process.returncode == -signal.SIGKILL


def test_sending_to_a_worker_that_is_gone_is_reported(connect: Connect) -> None:
    connection = connect("")
    connection.process.wait()
    with pytest.raises(ConnectionEndedError):
        connection.send(bytes(4 << 20), 5)
    connection.close()


def test_a_workers_standard_error_is_kept_up_to_a_limit(connect: Connect) -> None:
    connection = connect("sys.stderr.write('no torch' + 'x' * 100_000)")
    assert connection.complaint().startswith("no torch")
    assert len(connection.complaint()) == streams.STDERR_KEPT
    connection.close()


def test_closing_ends_a_worker_that_lingers_and_leaves_no_thread(connect: Connect) -> None:
    before = threading.active_count()
    connection = connect("time.sleep(60)")
    connection.close()
    assert connection.process.returncode == -signal.SIGKILL
    for _ in range(50):
        if threading.active_count() <= before:
            break
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_closing_twice_is_harmless(connect: Connect) -> None:
    connection = connect("time.sleep(60)")
    connection.close()
    connection.close()


def test_a_flood_of_frames_does_not_keep_a_connection_open(connect: Connect) -> None:
    connection = connect("while True: out.write(wire.encode(wire.REPLY, {'id': 1}))")
    connection.receive(20)
    began = time.monotonic()
    connection.close()
    assert time.monotonic() - began < 5


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups need POSIX")
def test_a_process_that_keeps_the_pipes_open_does_not_block_closing(connect: Connect) -> None:
    left = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(20)'], start_new_session=True)"
    connection = connect(f"{left}\nout.write(wire.encode(wire.REPLY, {{'id': 1}})); out.flush()")
    connection.receive(20)
    began = time.monotonic()
    closing = threading.Thread(target=connection.close, daemon=True)
    closing.start()
    closing.join(timeout=8)
    assert not closing.is_alive()
    assert time.monotonic() - began < 8
