"""One submission's worker, seen from the judge: started, asked, restarted when it is lost, always closed.

Whose fault an ending is, is decided here and nowhere else. Before student code runs, whatever goes wrong is
ours (SandboxError). From then on only the engine's own failure is ours; all else is the student's.
"""

from __future__ import annotations

import builtins
import copy
import re
import time
from dataclasses import dataclass, field, replace
from typing import Any

import autograder.wire as wire
from autograder.assignment import Assignment
from autograder.errors import (
    Crashed,
    KitError,
    Malformed,
    Mismatch,
    OutOfMemory,
    Raised,
    SandboxError,
    StudentFault,
    TimedOut,
    WireError,
)
from autograder.sandbox import Connection, ConnectionEndedError, NoAnswerError, Sandbox, WorkerJob
from autograder.submission import Submission

START_SECONDS = 120.0  # for a container to start and import torch on a busy machine
MOST = 1e6  # seconds or megabytes that a check may be said to have used
GRACE_SECONDS = 10.0  # beyond a check's wall time, for the parent in the worker to speak up
WARM = frozenset(
    [
        *("numpy", "scipy", "scipy.stats", "matplotlib", "matplotlib.pyplot"),
        *("torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils.data"),
        *("torchvision", "torchvision.datasets", "torchvision.transforms"),
        *("sklearn", "sklearn.cluster", "sklearn.datasets", "sklearn.decomposition", "sklearn.manifold"),
        *("sklearn.metrics", "sklearn.model_selection", "sklearn.preprocessing"),
    ]
)
IMPORT = re.compile(r"^(?:import|from)[ \t]+([A-Za-z_][\w.]*)", re.MULTILINE)
UNREADABLE = (
    "{notes}\nSo nothing in it could be graded. Mend that line, run the whole file once on your own machine, "
    "and hand it in again."
)
ENDINGS = {
    "timeout": (
        TimedOut,
        "your code used up its time (at most {cpu} s of computing, {wall} s in all) and was stopped, as "
        "happens in a loop that never ends",
    ),
    "memory": (OutOfMemory, "your code used up its memory ({memory} MB) and was stopped"),
    "exit": (Crashed, "your code ended the program by itself (exit status {code}) in place of returning"),
    "signal": (Crashed, "the program crashed (signal {code}) while your code ran"),
    "gone": (Crashed, "the program had ended before it could answer"),
    "malformed": (Malformed, "what came back was not an answer to what was asked"),
}
MAX_NOTES = 20
TYPES = frozenset(  # names of types that may be said to anybody, beside those that the submission writes
    [name for name, value in vars(builtins).items() if isinstance(value, type)]
    + ["NoneType", "function", "method", "generator", "builtin_function_or_method", "module", "partial"]
    + ["Tensor", "Parameter", "Size", "device", "dtype", "Sequential", "Linear", "ModuleList", "DataLoader"]
    + ["array of complex128", "array of complex64", "array of object", "tensor of complex64"]
    + ["tensor of complex128", "tensor with layout torch.sparse_coo", "deeply nested value"]
    + ["int beyond 64 bits", "Figure", "Axes", "DataFrame", "Series", "defaultdict", "OrderedDict", "Counter"]
)


@dataclass
class Account:
    """What a session used and noticed, for the result's provenance, timing and flags."""

    versions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    unreadable: str = ""  # why Python can read nothing of the submission, if so
    start_seconds: float = 0.0
    start_cpu_seconds: float = 0.0
    load_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    starts: int = 0


@dataclass(frozen=True)
class Ended:
    """What is known of a check's process after it ended."""

    cpu: float = 0.0
    output: str = ""


class Session:
    """Asks one submission's worker. Use it in a `with`, so that the worker ends whatever happens."""

    def __init__(
        self, sandbox: Sandbox, submission: Submission, assignment: Assignment, standins: str
    ) -> None:
        self.sandbox = sandbox
        self.submission = submission
        self.assignment = assignment
        self.standins = standins
        self.account = Account()
        self.load_fault: StudentFault | None = None
        self.losses = 0  # of the whole worker, which a check may be run again for
        self._connection: Connection | None = None
        self._launched = 0.0
        self._ready = False
        self._loaded = False
        self._forks = True
        self._question: str | None = None
        self._number = 0
        self._first: list[dict[str, Any]] = []  # to be done before the next question
        self._budget = (0, 0)
        self._begun = (0, 0, 0)
        self._words = frozenset(w for cell in submission.cells for w in re.findall(r"\w+", cell.source))
        self._lines = {c.name: c.first_line + c.source.count("\n") for c in submission.cells}
        self.extend()

    def extend(self) -> None:
        """Give the submission its whole wall time anew."""
        self._deadline = time.monotonic() + self.assignment.limits.submission_wall_seconds

    def __enter__(self) -> Session:
        self._launch()  # it starts while the checks are collected
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._ready = self._loaded = False

    # -- starting and loading -----------------------------------------------------------------

    def _ensure_loaded(self) -> None:
        """Have a worker with the submission loaded, or raise what loading came to."""
        if self.load_fault is not None:
            raise self.load_fault
        if not self._ready:
            self._start()
        if not self._loaded:
            try:
                self._load()
            except StudentFault as fault:
                self.load_fault = type(fault)(f"while your file was being loaded, {fault.text}", fault.detail)
                raise self.load_fault from fault

    def _launch(self) -> None:
        self._launched = time.monotonic()
        self._connection = self.sandbox.start(WorkerJob(self.submission.id, self.assignment.limits))

    def _start(self) -> None:
        if self._connection is None:
            self._launch()
        assert self._connection is not None
        try:
            self._forks = bool(self._expect_event("hello", START_SECONDS)["forks"])
            self._send({"verb": "prepare", "id": 0, **self._preparation()}, START_SECONDS)
            prepared = self._expect_event("prepared", START_SECONDS)
            self.account.versions = dict(prepared["versions"])
            self.account.start_cpu_seconds += float(prepared["cpu"])
        except (ConnectionEndedError, NoAnswerError, WireError, KeyError, TypeError, ValueError) as error:
            why = self._connection.failure() or f"it {_plainly(error)} before any student code ran"
            said = self._connection.complaint()
            self.close()
            told = f"{why}; it said: {said}" if said and said != why else why
            raise SandboxError(f"the {self.sandbox.name} worker could not be started: {told}") from error
        self._ready = True
        self.account.starts += 1
        self.account.start_seconds += time.monotonic() - self._launched

    def _preparation(self) -> dict[str, Any]:
        limits = self.assignment.limits
        cells = [[cell.name, cell.source, cell.first_line] for cell in self.submission.cells]
        job = {
            "name": self.assignment.name,
            "cells": cells,
            "memory_mb": limits.memory_mb,
            "scratch_mb": limits.scratch_mb,
            "output_kb": limits.output_kb,
            "address_space": self.sandbox.address_space,
        }
        return {"job": job, "standins": self.standins, "warm": warm_modules(self.submission)}

    def _load(self) -> None:
        began = time.monotonic()
        wall = self.assignment.limits.load_seconds
        self._budget = (wall, wall)
        event = self._exchange({"verb": "load", "id": self._next(), "wall": wall}, wall)
        self._loaded = True
        if self.account.load_seconds == 0.0:
            notes = event.get("notes")
            told = notes[:MAX_NOTES] if isinstance(notes, list) else []
            self.account.notes = [wire.printable(str(note), 400) for note in told]
            if type(event.get("readable")) is int and event["readable"] == 0:
                self.account.unreadable = UNREADABLE.format(notes="\n".join(self.account.notes))
        self.account.load_seconds += time.monotonic() - began

    # -- checks -------------------------------------------------------------------------------

    def begin(self, question: str, seed: int, cpu: int, wall: int) -> None:
        """Begin a check in a fresh process; the other questions' stand-ins come with the first request."""
        if not self._forks and self._question not in (None, question):
            self.close()
        self._question = question
        if time.monotonic() > self._deadline:
            limit = self.assignment.limits.submission_wall_seconds
            raise TimedOut(f"the whole submission used up its time ({limit} s), so this was not reached")
        self._ensure_loaded()
        self._budget, self._begun = (cpu, wall), (seed, cpu, wall)
        self._send_to_student({"verb": "begin", "id": self._next(), "seed": seed, "cpu": cpu, "wall": wall})
        names = self.assignment.substitutes(question)
        self._first = [{"verb": "substitute", "names": names}] if names else []

    def again(self) -> None:
        """Go on with the same check in another fresh process."""
        assert self._question is not None
        self.end()
        self.begin(self._question, *self._begun)

    def end(self) -> Ended:
        """End the check's process and return what it used. Never blames: the check is already judged."""
        if not self._loaded:
            return Ended()
        try:
            event = self._exchange({"verb": "end", "id": self._next()}, GRACE_SECONDS)
        except StudentFault as fault:
            return Ended(output=fault.detail)
        if event.get("left"):
            self._flag("processes were left running after a check and were killed")
        if event.get("gone"):
            self._loaded = False  # what was loaded had to be killed, or killed itself
        memory = _amount(event.get("memory_mb"))
        self.account.peak_memory_mb = max(self.account.peak_memory_mb, memory)
        return Ended(_amount(event.get("cpu")), str(event.get("output", "")))

    def ask(self, verb: str, **request: Any) -> Any:
        """Ask one thing and return the value; raises the StudentFault that came in its place."""
        if not self._loaded:
            raise Crashed("an earlier answer in this check ended the program, so there was nothing to ask")
        number, first, self._first = self._next(), self._first, []
        reply = self._exchange({"verb": verb, "id": number, "first": first, **request}, self._budget[1])
        if type(reply.get("id")) is not int or reply["id"] != number:
            self._lose()
            raise _fault("malformed", self)
        return self._value(reply, request)

    def keep(self, verb: str, **request: Any) -> wire.Handle:
        """Have something built or placed in the student's process, right before the next question is asked.

        It travels with that question: two of three frames of a check would else be about what is kept. The
        arrays are copied, so that it does not matter what the check does with them meanwhile.
        """
        number = -self._next()  # the process numbers what it keeps by itself upwards from 1
        self._first.append({"verb": verb, "number": number, **copy.deepcopy(request)})
        return wire.Handle(number)

    def _value(self, reply: dict[str, Any], request: dict[str, Any]) -> Any:
        if "value" in reply:
            return self._named(reply["value"])
        if "missing" in reply and "name" in request:
            raise self._missing(str(request["name"]), reply.get("nearest"))
        if "raised" in reply:
            raise self._raised(reply["raised"])
        if "refused" in reply:
            raise Mismatch("the value that came back could not be used", str(reply["refused"])[:300])
        self._loaded = False
        raise _fault("malformed", self)

    # -- what may be said of a reply, none of whose words a hidden check may repeat ---------------

    def _named(self, value: Any) -> Any:
        """Return `value` with the names of types that the process may have made up taken out."""
        if isinstance(value, (wire.Handle, wire.Opaque)):
            return value if value.type in TYPES | self._words else replace(value, type="object")
        if isinstance(value, (list, tuple)):
            return type(value)(self._named(v) for v in value)
        return {k: self._named(v) for k, v in value.items()} if isinstance(value, dict) else value

    def _missing(self, name: str, nearest: Any) -> StudentFault:
        asked_for = {name for question in self.assignment.questions for name in question.defines}
        names = [n for n in nearest if type(n) is str] if isinstance(nearest, list) else []
        near = next((n for n in names if n in self._words - asked_for), None)
        hint = f"; did you mean to call your `{near}` that?" if near else ""
        return Mismatch(f"`{name}` is not defined in your submission{hint}")

    def _raised(self, report: Any) -> StudentFault:
        """Return the fault for an exception of the student's code; its own words count as detail."""
        if not isinstance(report, dict):
            return _fault("malformed", self)
        if report.get("memory") is True:
            limit = self.assignment.limits.memory_mb
            return OutOfMemory(f"your code asked for more memory than it may use ({limit} MB)")
        name = str(report.get("type")) if report.get("builtin") is True else ""
        known = name if name in _BUILTIN_EXCEPTIONS else "an exception of its own"
        place = self._place(report.get("where"))
        return Raised(f"your code raised {known}{place}", str(report.get("text", ""))[:400])

    def _place(self, at: Any) -> str:
        whole = isinstance(at, list) and len(at) == 2 and type(at[0]) is str and type(at[1]) is int
        there = whole and 1 <= at[1] <= self._lines.get(at[0], 0)
        return f" at {wire.printable(at[0])}, line {at[1]}" if there else ""

    # -- frames -------------------------------------------------------------------------------

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _send(self, message: dict[str, Any], timeout: float) -> None:
        assert self._connection is not None
        self._connection.send(wire.encode(wire.REQUEST, message), timeout)

    def _expect_event(self, name: str, timeout: float) -> dict[str, Any]:
        assert self._connection is not None
        frame = self._connection.receive(timeout)
        if frame.kind != wire.EVENT or frame.message.get("event") != name:
            raise ValueError(f"an unexpected message in place of {name}")
        return frame.message

    def _send_to_student(self, message: dict[str, Any]) -> None:
        try:
            self._send(message, GRACE_SECONDS)
        except (ConnectionEndedError, NoAnswerError):
            self._blame_the_engine_or("gone")
        except WireError as error:  # not for a value of our own: the known-good solution is asked the same
            what = "what your code gave back is too much to be handed over again"
            raise Mismatch(what, str(error)) from None

    def _exchange(self, message: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Send a request while student code may run and return the message that answers it."""
        assert self._connection is not None
        self._send_to_student(message)
        try:
            frame = self._connection.receive(timeout + GRACE_SECONDS)
        except WireError:
            self._lose()
            raise _fault("malformed", self) from None
        except NoAnswerError:
            self._lose()
            raise _fault("timeout", self) from None
        except ConnectionEndedError:
            self._blame_the_engine_or("gone")
        reply = frame.message
        if frame.kind == wire.EVENT and reply.get("event") == "ended" and message["verb"] != "end":
            self._loaded = False
            raise _fault(str(reply.get("how")), self, reply)
        return reply

    def _blame_the_engine_or(self, how: str) -> Any:
        assert self._connection is not None
        why = self._connection.failure()
        self._lose()
        if why is not None:
            raise SandboxError(f"the {self.sandbox.name} engine failed while grading: {why}")
        raise _fault(how, self)

    def _lose(self) -> None:
        """Give the worker up; the next check starts another."""
        self._flag("the worker was lost and had to be started again")
        self.losses += 1
        self.close()

    def forgive(self) -> None:
        """Try to load the submission again, should it have failed: its worker was lost meanwhile."""
        self.load_fault = None

    def _flag(self, text: str) -> None:
        if text not in self.account.flags:
            self.account.flags.append(text)


def warm_modules(submission: Submission) -> list[str]:
    """Return the modules to import ahead: torch always, and what the submission's own lines import."""
    text = "\n".join(cell.source for cell in submission.cells)
    named = set(IMPORT.findall(text)) & WARM
    return sorted({"torch", "numpy"} | named)


def _amount(value: Any) -> float:
    """Return what a process is said to have used; 0 for what cannot be."""
    return float(value) if type(value) in (int, float) and 0 <= value < MOST else 0.0


def _plainly(error: Exception) -> str:
    words = {ConnectionEndedError: "ended", NoAnswerError: "did not answer", WireError: "sent garbage"}
    return words.get(type(error), f"failed ({error})")


def _fault(how: str, session: Session, event: dict[str, Any] | None = None) -> StudentFault:
    """Return the fault for an ending that the worker's parent, or its silence, told of."""
    kind, template = ENDINGS.get(how, ENDINGS["malformed"])
    if kind is Malformed:
        session._flag("something that was not an answer came from the submission's process")
    cpu, wall = session._budget
    event = event or {}
    code = event.get("code") if type(event.get("code")) is int else "unknown"
    memory = session.assignment.limits.memory_mb
    output = str(event.get("output", ""))
    return kind(template.format(cpu=cpu, wall=wall, code=code, memory=memory), output)


_BUILTIN_EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)

__all__ = ["Account", "Ended", "KitError", "Session", "warm_modules"]
