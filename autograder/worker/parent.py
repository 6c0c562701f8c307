"""The first process of a worker: it never runs student code, and passes frames between judge and children.

Theory of operation. The judge uses standard input and output. `prepare` imports the modules that the
submission will need (torch takes a second, its first optimiser another) and keeps the assignment's stand-ins;
`load` forks a process that loads the submission (processes.py), again if it is lost at a statement, which
is then left out; `begin` … `end` bracket a check, for which
that process forks a child. Requests in between go to the child and its replies go back, in whole frames, so
that nothing a child writes can shift the stream. Between checks, the parent puts the scratch folders back
(scratch.py). If a child is late, dies, or writes anything else, the
parent sends an `ended` event in its place and kills everything it left running; the submission is loaded
again for the next check. When standard input ends, all processes end.
"""

from __future__ import annotations

import math
import os
import time
import types
from collections.abc import Sequence
from functools import partial
from typing import Any

import autograder.wire as wire
from autograder.errors import WireError
from autograder.worker import limits, portable
from autograder.worker.patience import slack
from autograder.worker.processes import Lost, Processes, Progress, Raw
from autograder.worker.scratch import Scratch
from autograder.worker.warm import build_standins, warm_up

MOST_LEFT_OUT = 2  # statements that may each cost another attempt to load the submission
ENDED_LOADING = {  # what to say of such a statement
    "timeout": "this took too long and could not be interrupted",
    "memory": "this used up the memory",
    "exit": "this ended the program",
    "signal": "this crashed the program",
}


class Parent:
    """Passes frames between the judge (two descriptors) and the processes that run student code."""

    def __init__(
        self,
        requests: int,
        replies: int,
        alone: bool,
        with_shortcuts: bool = True,
        folders: Sequence[str] = (),
    ) -> None:
        self._requests = requests
        self._replies = replies
        self._with_shortcuts = with_shortcuts
        self._job: dict[str, Any] = {}
        self._standins = types.ModuleType("standins")
        self._processes = Processes(requests, alone)
        self._scratch = Scratch(folders)
        self._first = self._loaded = self._scratch.note()  # what is there before and after loading

    def run(self) -> None:
        """Serve the judge until its stream ends, then kill all processes that still run."""
        limits.armour()
        self._tell({"event": "hello", "forks": True})
        read = partial(wire.exactly, partial(os.read, self._requests))
        try:
            while (raw := wire.read_raw(read)) is not None:
                self._handle(raw)
        except EOFError:
            pass  # it ended during a check, or this worker must count as lost
        finally:
            self._processes.kill()

    def _tell(self, message: dict[str, Any]) -> None:
        """Send one event to the judge."""
        self._write(wire.encode(wire.EVENT, message))

    def _write(self, data: bytes) -> None:
        """Write all of `data` to the judge."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._replies, view) :]

    def _handle(self, raw: Raw) -> None:
        message = wire.decode(raw[1], raw[2])  # from the judge
        verb = message.get("verb")
        try:
            if verb == "prepare":
                self._prepare(message)
            elif verb == "load":
                self._load(message["wall"])
            elif verb == "begin":
                self._begin(raw, message["wall"])
            else:
                self._pass_on(raw, message, ending=verb == "end")
        except Lost as lost:
            self._processes.kill()
            if verb == "load":  # otherwise it would include all earlier checks
                lost.facts["cpu"] = self._processes.cpu()
            output = self._processes.take_output()
            self._tell({"event": "ended", "how": lost.how, "gone": True, "output": output, **lost.facts})

    def _prepare(self, message: dict[str, Any]) -> None:
        self._job = {**message["job"], "left_out": {}, "progress": Progress()}
        versions = warm_up(message["warm"], self._with_shortcuts)
        self._standins = build_standins(message["standins"])  # which import torch too
        portable.publish(message["standins"])
        self._first = self._scratch.note()
        self._tell({"event": "prepared", "versions": versions, "cpu": time.process_time()})

    def _load(self, wall: float) -> None:
        """Load the submission in a new process, and pass on its report."""
        kind, header, body = self._report({**self._job, "seconds": wall}, wall + slack(wall))
        message = _message(header, body)
        if kind != wire.EVENT or message.get("event") != "loaded":
            raise Lost("malformed")
        left_out = len(self._job["left_out"])
        self._loaded = self._scratch.note()
        self._tell({**message, "left_out": left_out, "output": self._processes.take_output()})

    def _report(self, job: dict[str, Any], wall: float) -> Raw:
        """Load the submission, again without a statement that ended its process, and return its report."""
        left_out = self._job["left_out"]
        while True:
            self._processes.kill()
            self._scratch.restore(self._first)
            try:
                return self._processes.load(job, self._standins, wall)
            except Lost as lost:
                number, why = self._job["progress"].take(), ENDED_LOADING.get(lost.how)
                if why is None or not number or number in left_out or len(left_out) == MOST_LEFT_OUT:
                    raise
                left_out[number] = why

    def _begin(self, raw: Raw, wall: float) -> None:
        self._processes.give(wall)
        if self._processes.running:  # otherwise, or if it ends here, the next request reports that it is gone
            try:
                self._processes.send(raw)
            except Lost:
                self._processes.kill()

    def _pass_on(self, raw: Raw, asked: dict[str, Any], ending: bool) -> None:
        if ending:
            self._processes.hurry()
        self._processes.send(raw)
        kind, header, body = self._processes.receive(asked.get("seconds", math.inf))
        if kind == wire.REPLY and not ending:
            answered = _message(header, body).get("id")
            if type(answered) is not int or answered != asked["id"]:  # the judge would abandon this worker
                raise Lost("malformed")
            self._write(wire.PREFIX.pack(kind, len(header), len(body)) + header + body)
        else:
            self._end(kind, _message(header, body), ending)

    def _end(self, kind: bytes, message: dict[str, Any], ending: bool) -> None:
        """Report to the judge how a check's process ended, and kill the processes that it left running."""
        if kind != wire.EVENT or message.get("event") != "ended":
            raise Lost("malformed")
        how, code = self._processes.cause(message.get("status"))
        if how != "exit" or not ending:
            raise Lost(how, code=code, cpu=message.get("cpu", 0.0))
        left = self._processes.left_running()
        if left:
            self._processes.kill()
        self._scratch.restore(self._loaded)
        ended = {"how": how, "code": code, "left": left, "gone": left > 0}
        self._tell({**message, **ended, "output": self._processes.take_output()})


def _message(header: bytes, body: bytes) -> dict[str, Any]:
    """Return the message that a child sent; empty if it breaks the wire's rules."""
    try:
        return wire.decode(header, body)
    except WireError:
        return {}
