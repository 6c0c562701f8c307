"""The first process of a worker: it never runs student code, and passes frames between judge and children.

Theory of operation. The judge speaks on standard input and output. `prepare` imports what the submission
will need (torch costs a second, its first optimiser another) and keeps the assignment's stand-ins;
`load` forks a process that loads the submission (pristine.py); `begin` … `end` bracket a check, for which
that process forks a child. Requests in between are handed to the child and its replies back, whole frames
at a time, so that nothing a child writes can shift the stream. A child that is late, dies, or writes
something else is answered for with an `ended` event; everything it left running is killed, and the
submission is loaded afresh for the next check. When standard input ends, all of it ends.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import shutil
import signal
import socket
import sys
import time
import types
from pathlib import Path
from typing import Any

import autograder.wire as wire
from autograder.errors import CutShortError, WireError
from autograder.worker import limits, pristine
from autograder.worker.shortcuts import compiler, plotting, shapes

ENDING_SECONDS = 5.0  # for a check's process to end that was told to


def warm_up(modules: list[str]) -> dict[str, str]:
    """Import `modules` where they are installed, and what torch imports at first use; return versions."""
    versions = {"python": sys.version.split()[0]}
    fonts = _bring_font_list()
    for name in modules:
        with contextlib.suppress(ImportError):
            if name.split(".")[0] == "torchvision":
                importlib.import_module("torchvision_ops")  # lets torchvision import beside a CPU torch
            if name == plotting.PLOTTING and fonts:  # else a check would look at every font
                plotting.put_off_plotting()
            elif name == "torch":
                shapes.import_torch()
            else:
                importlib.import_module(name)
            top = sys.modules[name.split(".")[0]]
            versions[top.__name__] = str(getattr(top, "__version__", ""))
    if "torch" in sys.modules:
        compiler.spare_the_compiler()
        pristine.seed_everything(0)  # imports numpy.random, which numpy puts off until it is asked for
        _first_step(sys.modules["torch"])
    gc.freeze()  # what is here stays; a fork that looked for garbage in it would have to copy it
    gc.enable()
    return versions


def _bring_font_list() -> bool:
    """Copy the image's list of fonts to where matplotlib looks for one, which else looks at every font; tell
    whether there is one.
    """
    kept, place = Path(sys.prefix, "share", "matplotlib"), os.environ.get("MPLCONFIGDIR")
    if kept.is_dir() and place:
        shutil.copytree(kept, place, dirs_exist_ok=True)
        return True
    return False


def _first_step(torch: Any) -> None:
    """Take one optimiser step: what the first one imports and prepares, forks then share."""
    layer = torch.nn.Linear(2, 1)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.zeros(1, 2)).sum().backward()
    optimizer.step()


def build_standins(source: str) -> types.ModuleType:
    """Return the module made of the stand-ins' source, which the judge sends."""
    module = types.ModuleType("standins")
    sys.modules["standins"] = module
    exec(compile(source, "<standins>", "exec"), module.__dict__)
    return module


def _children_cpu() -> float:
    """Return the CPU seconds of the processes below that have ended."""
    times = os.times()
    return times.children_user + times.children_system


class Lost(Exception):
    """The processes below are gone or must go; `how` says why."""

    def __init__(self, how: str, **facts: Any) -> None:
        super().__init__(how)
        self.how = how
        self.facts = facts


class Parent:
    """Passes frames between the judge (two descriptors) and the processes that run student code."""

    def __init__(self, requests: int, replies: int, alone: bool) -> None:
        self.requests = requests
        self.replies = replies
        self.alone = alone  # all else that this process may signal is the student's
        self.job: dict[str, Any] = {}
        self.standins = types.ModuleType("standins")
        self.child = 0
        self.sock: socket.socket | None = None
        self.buffer = bytearray()
        self.output_fd = -1
        self.output = bytearray()
        self.deadline = 0.0
        self.kills = 0
        self.ooms: int | None = None
        self.children_cpu = 0.0

    # -- the judge's side ---------------------------------------------------------------------

    def read(self, count: int) -> bytes:
        """Read exactly `count` bytes of requests, fewer at their end."""
        parts = []
        while count:
            part = os.read(self.requests, min(count, 1 << 20))
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def send(self, message: dict[str, Any]) -> None:
        """Send one event to the judge."""
        self.write(wire.encode(wire.EVENT, message))

    def write(self, data: bytes) -> None:
        """Write all of `data` to the judge."""
        view = memoryview(data)
        while view:
            view = view[os.write(self.replies, view) :]

    def run(self) -> None:
        """Serve the judge until its stream ends, then kill whatever still runs."""
        limits.armour()
        self.send({"event": "hello", "forks": True})
        try:
            while (raw := wire.read_raw(self.read)) is not None:
                self._handle(raw)
        except EOFError:
            pass  # it ended while a check was running, or must be taken for lost
        finally:
            self._kill()

    def _handle(self, raw: tuple[bytes, bytes, bytes]) -> None:
        message = wire.decode(raw[1], raw[2])  # the judge's
        verb = message.get("verb")
        try:
            if verb == "prepare":
                self.job = message["job"]
                versions = warm_up(message["warm"])
                self.standins = build_standins(message["standins"])  # they import torch too
                self.send({"event": "prepared", "versions": versions, "cpu": time.process_time()})
            elif verb == "load":
                self._load(message["wall"])
            elif verb == "begin":
                self._begin(raw, message)
            else:
                self._pass_on(raw, message["id"], ending=verb == "end")
        except Lost as lost:
            self._kill()
            if verb == "load":  # else it would be that of all checks so far
                lost.facts["cpu"] = _children_cpu() - self.children_cpu
            event = {"event": "ended", "how": lost.how, "gone": True, "output": self._take_output()}
            self.send({**event, **lost.facts})

    # -- the student's side -------------------------------------------------------------------

    def _load(self, wall: float) -> None:
        """Fork the process that loads the submission, and pass on what it says of that."""
        self._kill()
        self.deadline = time.monotonic() + wall
        ours, theirs = socket.socketpair()
        read_end, write_end = os.pipe()
        self.kills, self.ooms = limits.oom_kills(), limits.times_at_the_limit()
        self.children_cpu = _children_cpu()
        self.child = os.fork()
        if self.child == 0:
            pristine.become(theirs, write_end, self.job, self.standins)
        theirs.close()
        os.close(write_end)
        os.set_blocking(read_end, False)
        self.sock, self.output_fd = ours, read_end
        kind, header, body = self._receive()
        message = self._message(header, body)
        if kind != wire.EVENT or message.get("event") != "loaded":
            raise Lost("malformed")
        self.send({**message, "output": self._take_output()})

    def _begin(self, raw: tuple[bytes, bytes, bytes], message: dict[str, Any]) -> None:
        self.deadline = time.monotonic() + message["wall"]
        if self.sock is not None:  # otherwise, as when it is gone meanwhile, the next request is answered
            try:
                self._forward(raw)
            except Lost:
                self._kill()

    def _pass_on(self, raw: tuple[bytes, bytes, bytes], number: int, ending: bool) -> None:
        if ending:  # the check is judged: whoever is stopped, or lingers, need not be waited for
            self.deadline = min(self.deadline, time.monotonic() + ENDING_SECONDS)
        self._forward(raw)
        kind, header, body = self._receive()
        if kind == wire.REPLY and not ending:
            found = self._message(header, body).get("id")
            if type(found) is not int or found != number:  # the judge would give this worker up
                raise Lost("malformed")
            self.write(wire.PREFIX.pack(kind, len(header), len(body)) + header + body)
            return
        message = self._message(header, body)
        if kind != wire.EVENT or message.get("event") != "ended":
            raise Lost("malformed")
        how, code = self._cause(message)
        if how != "exit" or not ending:
            raise Lost(how, code=code, cpu=message.get("cpu", 0.0))
        left = self._left_running()
        if left:
            self._kill()
        event = {"how": how, "code": code, "left": left, "gone": left > 0, "output": self._take_output()}
        self.send({**message, **event})

    @staticmethod
    def _message(header: bytes, body: bytes) -> dict[str, Any]:
        """Return the message that came from below; empty where it breaks the wire's rules."""
        try:
            return wire.decode(header, body)
        except WireError:
            return {}

    def _cause(self, message: dict[str, Any]) -> tuple[str, int]:
        """Tell from a child's wait status how it ended: exit, timeout, memory or signal, and its number."""
        status = message.get("status")
        if type(status) is not int or not 0 <= status < 1 << 16:  # a wait status has no more
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
        """Tell whether it was for memory or for time that a child was killed.

        Ends the worker (EOFError) where the memory that lacked was the machine's: the judge sees it lost, as
        it does when the machine takes all of it, and blames nobody before it has tried again.
        """
        if limits.oom_kills() == self.kills:
            return "timeout"
        if not limits.reached_the_limit(self.ooms):
            raise EOFError
        return "memory"

    def _forward(self, raw: tuple[bytes, bytes, bytes]) -> None:
        if self.sock is None:
            raise Lost("gone")
        self.sock.settimeout(max(0.01, self.deadline - time.monotonic()))  # who stopped itself takes nothing
        try:
            self.sock.sendall(wire.PREFIX.pack(raw[0], len(raw[1]), len(raw[2])) + raw[1] + raw[2])
        except TimeoutError:
            raise Lost("timeout") from None
        except OSError:
            raise Lost("gone") from None
        self.sock.settimeout(None)

    def _receive(self) -> tuple[bytes, bytes, bytes]:
        """Wait for one whole frame from below, draining output meanwhile, or raise Lost."""
        try:
            return wire.read_raw(self._take) or self._gone()
        except CutShortError:
            return self._gone()
        except WireError:
            raise Lost("malformed") from None

    def _gone(self) -> Any:
        pid, status = os.waitpid(self.child, 0) if self._ends_by_itself() else (0, 0)
        self.child = 0 if pid else self.child
        how, code = self._cause({"status": status})
        raise Lost(how, code=code)

    def _ends_by_itself(self) -> bool:
        """Give a process whose socket closed a moment to end, so that its cause can be told."""
        for _ in range(50):
            done = os.waitid(os.P_PID, self.child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if done is not None:
                return True
            time.sleep(0.01)
        return False

    def _take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            if not self._wait():
                break
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def _wait(self) -> bool:
        """Read what is there from child or output; False at the child's end, Lost when time is up."""
        assert self.sock is not None
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise Lost("timeout")
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        poll.register(self.requests, 0)  # the judge hanging up is always reported
        if self.output_fd >= 0:
            poll.register(self.output_fd, select.POLLIN)
        ready = dict(poll.poll(remaining * 1000))
        if ready.get(self.requests, 0) & (select.POLLHUP | select.POLLERR):
            raise EOFError
        if self.output_fd in ready:
            self._drain()
        if self.sock.fileno() in ready:
            part = self._recv()
            self.buffer += part
            return bool(part)
        return True

    def _recv(self) -> bytes:
        assert self.sock is not None
        try:
            return self.sock.recv(1 << 20)
        except OSError:
            return b""

    def _drain(self) -> None:
        """Keep the beginning of what student code prints; throw the rest away."""
        with contextlib.suppress(BlockingIOError):
            part = os.read(self.output_fd, 1 << 16)
            if not part:
                os.close(self.output_fd)
                self.output_fd = -1
            room = self.job["output_kb"] * 1024 - len(self.output)
            self.output += part[: max(0, room)]

    def _take_output(self) -> str:
        if self.output_fd >= 0:
            self._drain()
        text, self.output = self.output.decode("utf-8", "replace"), bytearray()
        return text

    # -- killing ------------------------------------------------------------------------------

    def _left_running(self) -> int:
        """Count the processes that are the student's, beside the submission's first."""
        if not self.alone:
            return 0
        self._reap()
        return len(self._others() - {self.child})

    @staticmethod
    def _others() -> set[int]:
        """Return the processes that this one may signal, itself left out."""
        found = set()
        for name in os.listdir("/proc"):
            with contextlib.suppress(ValueError, ProcessLookupError, PermissionError):
                os.kill(int(name), 0)
                found.add(int(name))
        return found - {os.getpid()}

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                pid, _ = os.waitpid(-1, os.WNOHANG)
                if pid in (0, self.child):
                    self.child = 0 if pid else self.child
                    break

    def _kill(self) -> None:
        """Kill all that runs student code, and forget it."""
        if self.child:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(-1, signal.SIGKILL) if self.alone else os.killpg(self.child, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.child, 0)
        self.child = 0
        if self.alone:
            self._bury()
        if self.sock is not None:
            self.sock.close()
        self.sock = None
        self.buffer.clear()
        if self.output_fd >= 0:
            self._drain()
            with contextlib.suppress(OSError):
                os.close(self.output_fd)
        self.output_fd = -1

    def _bury(self) -> None:
        """Kill and reap until nothing of the student's is left."""
        for _ in range(100):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(-1, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if not self._others():
                return
            time.sleep(0.01)
