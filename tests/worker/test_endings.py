"""While a submission is loaded, what ends a process ends its cell; a forked process ends as it asks to."""

from __future__ import annotations

import builtins
import os
import signal
import subprocess
import sys

import pytest

from autograder.worker import endings


@pytest.mark.parametrize(
    "code",
    [
        "os._exit(3)",
        "os.abort()",
        "os.kill(os.getpid(), 9)",
        "os.kill(0, signal.SIGTERM)",
        "os.killpg(os.getpgrp(), signal.SIGKILL)",
        "signal.raise_signal(signal.SIGTERM)",
        "exit()",
        "quit(1)",
    ],
)
def test_an_end_of_the_process_becomes_an_end_of_the_cell(code: str) -> None:
    """Runs in a session of its own: where it fails, it would end whatever runs the tests."""
    text = f"""
import os, signal
from autograder.worker import endings
try:
    with endings.only_cells():
        {code}
except endings.CellEnd as end:
    print(end)
"""
    run = [sys.executable, "-c", text]
    ended = subprocess.run(run, capture_output=True, text=True, start_new_session=True, timeout=60)
    assert "() was called" in ended.stdout, ended


def test_signals_that_end_nothing_are_sent() -> None:
    with endings.only_cells():
        os.kill(os.getpid(), 0)
        with pytest.raises(ProcessLookupError):
            os.kill(2**22 + 1, 0)
        with pytest.raises(TypeError):
            os.kill()  # type: ignore[call-arg]


def test_a_forked_process_ends_as_it_asks_to() -> None:
    with endings.only_cells():
        pid = os.fork()
        if pid == 0:
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


def test_afterwards_everything_is_as_before_also_for_references_that_were_kept() -> None:
    before = (os._exit, os.kill, signal.raise_signal, builtins.exit)
    with endings.only_cells():
        kept = os._exit
        assert os._exit is not before[0]
    assert (os._exit, os.kill, signal.raise_signal, builtins.exit) == before
    pid = os.fork()
    if pid == 0:
        kept(5)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
