"""Manages the processes that run student code, from the worker's parent: forks, reads, reaps and kills them.

Theory of operation. `load` forks the process that loads the submission (pristine.py), which forks a child for
every check; they all share one socket to the parent. The parent waits for a frame until the deadline (a frame
that has begun must end within FRAME_SECONDS), and reads printed output meanwhile so that no process blocks on
it. Any other event raises `Lost` with its kind: no answer in time, no process that works, an end by a signal
or for memory, bytes that are not a frame. The caller that catches Lost calls `kill`, after which no student
code runs and the next `load` starts with new processes.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import os
import select
import signal
import socket
import time
import types
from functools import partial
from typing import Any, NoReturn

import autograder.wire as wire
from autograder.errors import CutShortError, WireError
from autograder.worker import limits, pristine
from autograder.worker.idle import Idle, others

ENDING_SECONDS = 5.0  # time for a check's process to end once it is asked to
LOOK_SECONDS = 1.0  # between two looks at whether any process works
FRAME_SECONDS = 5.0  # time for a whole frame to arrive once its first bytes have

Raw = tuple[bytes, bytes, bytes]  # a frame's kind, header and body, undecoded


class Lost(Exception):
    """The processes with student code are gone or must be killed; `how` says why."""

    def __init__(self, how: str, **facts: Any) -> None:
        super().__init__(how)
        self.how = how
        self.facts = facts


class Progress:
    """The number of the statement that a loading process runs, in memory that it shares with its parent."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8)

    def set(self, number: int) -> None:
        """Store the number of the statement that is about to run."""
        self._memory[:] = number.to_bytes(8, "little")

    def take(self) -> int:
        """Return the number stored last and store 0; the process that stored it may have written anything."""
        number = int.from_bytes(self._memory[:], "little")
        self.set(0)
        return number


class Processes:
    """All processes that run student code. `judge` is a descriptor that hangs up when the judge ends."""

    def __init__(self, judge: int, alone: bool) -> None:
        self._judge = judge
        self._alone = alone  # all other processes that this one may signal run student code
        self._child = 0
        self._socket: socket.socket | None = None
        self._output_fd = -1
        self._output = bytearray()
        self._output_kept = 0  # bytes
        self._deadline = 0.0
        self._soon = math.inf  # the deadline of the next frame, if it is earlier
        self._frame_deadline = math.inf  # of the frame that has begun
        self._idle: Idle | None = None  # while checks run: whether any process works
        self._kills = 0
        self._ooms: int | None = None
        self._cpu_before = 0.0

    @property
    def running(self) -> bool:
        """Whether a submission's process has been started and not killed since."""
        return self._socket is not None

    def load(self, job: dict[str, Any], standins: types.ModuleType, wall: float) -> Raw:
        """Fork the process that loads the submission, and return its first frame. Raises Lost."""
        self.kill()
        self.give(wall, loading=True)
        parent_end, child_end = socket.socketpair()
        read_end, write_end = os.pipe()
        self._kills, self._ooms = limits.oom_kills(), limits.times_at_the_limit()
        self._cpu_before, self._output_kept = _ended_cpu(), job["output_kb"] * 1024
        self._child = os.fork()
        if self._child == 0:
            pristine.become(child_end, write_end, job, standins)
        child_end.close()
        os.close(write_end)
        os.set_blocking(read_end, False)
        self._socket, self._output_fd = parent_end, read_end
        return self.receive()

    def give(self, seconds: float, loading: bool = False) -> None:
        """Set the deadline `seconds` from now; unless `loading`, processes may not all sleep for long."""
        self._deadline = time.monotonic() + seconds
        self._idle = None if loading or not self._child else Idle(self._child, self._alone)

    def hurry(self) -> None:
        """Shorten the deadline of the current check, which has been judged and only needs to end."""
        self._deadline = min(self._deadline, time.monotonic() + ENDING_SECONDS)

    def cpu(self) -> float:
        """Return the CPU seconds of the processes that have ended since the last `load` began."""
        return _ended_cpu() - self._cpu_before

    # -- frames -------------------------------------------------------------------------------

    def send(self, raw: Raw) -> None:
        """Send one frame to the current process. Raises Lost."""
        if self._socket is None:
            raise Lost("gone")
        self._socket.settimeout(max(0.01, self._deadline - time.monotonic()))  # a stopped one does not read
        try:
            self._socket.sendall(wire.PREFIX.pack(raw[0], len(raw[1]), len(raw[2])) + raw[1] + raw[2])
        except TimeoutError:
            raise Lost("timeout") from None
        except OSError:
            raise Lost("gone") from None
        self._socket.settimeout(None)

    def receive(self, seconds: float = math.inf) -> Raw:
        """Wait for one whole frame from the current process, `seconds` at most.

        Raises Lost; EOFError if the judge is gone.
        """
        self._frame_deadline, self._soon = math.inf, time.monotonic() + seconds
        try:
            return wire.read_raw(partial(wire.exactly, self._take)) or self._gone()
        except CutShortError:
            self._gone()
        except WireError:
            raise Lost("malformed") from None

    def _take(self, count: int) -> bytes:
        """Return at most `count` bytes once some arrive, none at the end; read printed output meanwhile."""
        assert self._socket is not None
        while self._socket.fileno() not in self._ready():
            pass
        self._frame_deadline = min(self._frame_deadline, time.monotonic() + FRAME_SECONDS)
        with contextlib.suppress(OSError):
            return self._socket.recv(count)
        return b""

    def _ready(self) -> dict[int, int]:
        """Wait until a descriptor is readable, and return the readable ones. Raises Lost and EOFError."""
        assert self._socket is not None
        now = time.monotonic()
        if now >= self._frame_deadline:
            raise Lost("malformed")
        remaining = min(self._deadline, self._soon, self._frame_deadline) - now
        if remaining <= 0:
            raise Lost("timeout")
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._judge, 0)  # the judge hanging up is always reported
        if self._output_fd >= 0:
            poll.register(self._output_fd, select.POLLIN)
        ready = dict(poll.poll(min(remaining, LOOK_SECONDS) * 1000))
        if not ready and self._idle is not None and self._idle.too_long():
            raise Lost("timeout")
        if ready.get(self._judge, 0) & (select.POLLHUP | select.POLLERR):
            raise EOFError
        if self._output_fd in ready:
            self._drain()
        return ready

    def _drain(self) -> None:
        """Keep the beginning of what student code prints; discard the rest."""
        with contextlib.suppress(BlockingIOError):
            part = os.read(self._output_fd, 1 << 16)
            if not part:
                os.close(self._output_fd)
                self._output_fd = -1
            room = self._output_kept - len(self._output)
            self._output += part[: max(0, room)]

    def take_output(self) -> str:
        """Return what was printed since the last call, and clear it."""
        if self._output_fd >= 0:
            self._drain()
        text, self._output = self._output.decode("utf-8", "replace"), bytearray()
        return text

    # -- how they end -------------------------------------------------------------------------

    def cause(self, status: Any) -> tuple[str, int]:
        """Return how a process ended (exit, timeout, memory or signal) and its exit status or signal."""
        if type(status) is not int or not 0 <= status < 1 << 16:  # a wait status has 16 bits
            raise Lost("malformed")
        if os.WIFEXITED(status):
            return "exit", os.WEXITSTATUS(status)
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return "timeout", number
        if number == signal.SIGKILL:
            return self._killer(), number
        return "signal", number

    def _killer(self) -> str:
        """Return whether a process was killed for memory or for time.

        Ends the worker (EOFError) if the machine itself ran out of memory: the judge then treats the worker
        as lost and tries again before it blames the student.
        """
        if limits.oom_kills() == self._kills:
            return "timeout"
        if not limits.reached_the_limit(self._ooms):
            raise EOFError
        return "memory"

    def _gone(self) -> NoReturn:
        pid, status = os.waitpid(self._child, 0) if self._ends_by_itself() else (0, 0)
        self._child = 0 if pid else self._child
        how, code = self.cause(status)
        raise Lost(how, code=code)

    def _ends_by_itself(self) -> bool:
        """Wait a moment for a process whose socket closed to end; return whether it did."""
        for _ in range(50):
            done = os.waitid(os.P_PID, self._child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if done is not None:
                return True
            time.sleep(0.01)
        return False

    # -- killing ------------------------------------------------------------------------------

    def left_running(self) -> int:
        """Count the processes with student code, except the one that loaded the submission."""
        if not self._alone:
            return 0
        self._reap()
        return len(others() - {self._child})

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                pid, _ = os.waitpid(-1, os.WNOHANG)
                if pid in (0, self._child):
                    self._child = 0 if pid else self._child
                    break

    def kill(self) -> None:
        """Kill all processes that run student code, and forget them."""
        if self._child:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(-1, signal.SIGKILL) if self._alone else os.killpg(self._child, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._child, 0)
        self._child = 0
        if self._alone:
            _bury()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        if self._output_fd >= 0:
            self._drain()
            with contextlib.suppress(OSError):
                os.close(self._output_fd)
        self._output_fd = -1


def _ended_cpu() -> float:
    """Return the CPU seconds of all child processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _bury() -> None:
    """Kill and reap until no process with student code is left."""
    for _ in range(100):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(-1, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not others():
            return
        time.sleep(0.01)
