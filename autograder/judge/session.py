"""The judge's session with one submission's worker: starts it, asks it, restarts a lost one, closes it.

This module alone decides whose fault it is when a worker ends. Before student code runs, every failure is
the kit's (SandboxError). After that, only a failure of the engine, or of this process for lack of memory,
is the kit's; every other failure is the student's.
"""

from __future__ import annotations

import contextlib
import copy
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NoReturn

import autograder.wire as wire
from autograder.errors import (
    Crashed,
    CutShortError,
    Malformed,
    Mismatch,
    SandboxError,
    StudentFault,
    TimedOut,
    WireError,
)
from autograder.judge import evidence
from autograder.judge.replies import Ended, Replies, amount, ending, used
from autograder.records.assignment import Assignment
from autograder.records.submission import Submission, is_helper
from autograder.sandbox import Connection, ConnectionEndedError, NoAnswerError, Sandbox, WorkerJob

START_SECONDS = 120.0  # for a container to start and import torch on a busy machine
GRACE_SECONDS = 10.0  # after a check's wall time, for the parent process in the worker to report
WARM = frozenset(
    [
        *("numpy", "scipy", "scipy.stats", "matplotlib", "matplotlib.pyplot"),
        *("torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils.data"),
        *("torchvision", "torchvision.datasets", "torchvision.transforms"),
        *("sklearn", "sklearn.cluster", "sklearn.datasets", "sklearn.decomposition", "sklearn.manifold"),
        *("sklearn.metrics", "sklearn.model_selection", "sklearn.preprocessing"),
    ]
)
SHAPES = "torch._meta_registrations"  # a worker's `import torch` postpones this (worker/shortcuts/shapes.py)
# Code that may fail without SHAPES, and code that imports it: import it once, not in every check.
NEEDS_SHAPES = r"meta|fake|skip_init|functionalize|nested|library|custom_op|prims"
BRINGS_SHAPES = r"export|compile|onnx|functorch|torch\.func\b|vmap|jvp|\bfx\b|broadcast_shapes"
HINTS = re.compile(f"{NEEDS_SHAPES}|{BRINGS_SHAPES}")  # in lower case, as a pattern for both is slow
IMPORT = re.compile(r"^(?:import|from)[ \t]+([A-Za-z_][\w.]*)", re.MULTILINE)
UNREADABLE = (
    "{notes}\nSo nothing in it could be graded. Fix that line, run the whole file once on your own machine, "
    "and hand it in again."
)
MAX_NOTES = 20
NOTEBOOK = "__main__"  # the name of the module that a notebook is
LOADS = 3  # the most attempts that a worker makes at loading, each without what ended the one before
SLACK_SECONDS = 11.0  # what the worker may take for one attempt beyond its time
CUT_SHORT = (
    "some of the code did not run when the file was loaded, for time, memory or a crash; see the notes"
)
WAITS = 2  # how often a function of the student's that has never answered is waited for until its time is up
MOST_WAITS = 4  # in one submission; after that, such a function has HURRY_SECONDS, once
HURRY_SECONDS = 3.0
RETRIED_LOADS = 2  # loads that lost their worker: a retry may succeed
FREE_STARTS = 5  # starts of workers that do not use the submission's time: the first one and retries


@dataclass
class Account:
    """Records what a session used and noticed, for the result's provenance, timing and flags."""

    versions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    unreadable: str = ""  # why Python cannot read any of the submission, if so
    start_seconds: float = 0.0
    start_cpu_seconds: float = 0.0
    load_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    starts: int = 0


class Session:
    """Asks one submission's worker. Use it in a `with` statement, so that the worker always ends."""

    def __init__(
        self, sandbox: Sandbox, submission: Submission, assignment: Assignment, standins: str
    ) -> None:
        self.sandbox = sandbox
        self.submission = submission
        self.assignment = assignment
        self.standins = standins
        self.replies = Replies(submission, assignment)
        self.account = Account()
        self.load_fault: StudentFault | None = None
        self.losses = 0  # lost workers and slept-out times, after which a check may run again
        self._connection: Connection | None = None
        self._launched = 0.0
        self._ready = False
        self._loaded = False
        self._lost_loads = 0
        self._forks = True
        self._question: str | None = None
        self._number = 0
        self._answered: set[str] = set()  # the student's functions that have answered at least once
        self._waited: Counter[str] = Counter()  # for a function, until its time was up
        self._endless: dict[str, TimedOut] = {}  # by function: how its last wait ended
        self._running = False  # a check's process has begun and must be ended
        self._lost = Ended()  # the facts about a check's process that ended early
        self._first: list[dict[str, Any]] = []  # requests to run before the next one
        self._budget = (0, 0)
        self._begun = (0, 0, 0)
        self.extend()

    def extend(self) -> None:
        """Restart the submission's wall time."""
        self._deadline = time.monotonic() + self.assignment.limits.submission_wall_seconds

    def __enter__(self) -> Session:
        self._launch()  # the worker starts while checks are collected
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
        """Start a worker and load the submission, unless done already; raise the fault if loading fails."""
        if self.load_fault is not None:
            raise self.load_fault
        if not self._ready:
            self._start()
        if not self._loaded:
            losses = self.losses
            try:
                self._load()
            except StudentFault as fault:
                what = f"while your file was being loaded, {fault.what}"
                while_loading = type(fault)(what, fault.detail, fault.cause, fault.place)
                self._lost_loads += self.losses > losses
                if self.losses == losses or self._lost_loads > RETRIED_LOADS:
                    self.load_fault = while_loading
                raise while_loading from fault

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
            if said and said != why:
                why = f"{why}; it said: {said}"
            raise SandboxError(f"the {self.sandbox.name} worker could not be started: {why}") from error
        self._ready = True
        self.account.starts += 1
        waited = time.monotonic() - self._launched
        self.account.start_seconds += waited
        if not self._forks or self.account.starts <= FREE_STARTS:  # no extra time for ending workers
            self._deadline += waited

    def _preparation(self) -> dict[str, Any]:
        limits = self.assignment.limits
        every = self.submission.cells
        cells = [[c.name, c.source, c.first_line] for c in every if not is_helper(c, every)]
        job = {
            "name": NOTEBOOK if self.submission.is_notebook else self.assignment.name,
            "cells": cells,
            "helpers": [[cell.name, cell.source] for cell in every if is_helper(cell, every)],
            "answers": [name for question in self.assignment.questions for name in question.standins],
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
        event = self._load_once(wall)
        if not self._lost_loads and event.get("late") is True and 2 * used(event).cpu < wall:
            self._lost_loads += 1  # the code or this machine slept
            event = self._load_once(max(1, wall * 3 // 4))  # so that a class never waits two whole times
        self._loaded = True
        if event.get("late") is True or event.get("left_out"):
            self._flag(CUT_SHORT)
        if self.account.load_seconds == 0.0:
            notes = event.get("notes")
            listed = notes[:MAX_NOTES] if isinstance(notes, list) else []
            self.account.notes = [wire.printable(str(note), 400) for note in listed]
            if type(event.get("readable")) is int and event["readable"] == 0:
                self.account.unreadable = UNREADABLE.format(notes="\n".join(self.account.notes))
        self.account.load_seconds += time.monotonic() - began

    def _load_once(self, wall: int) -> dict[str, Any]:
        """Have the worker load the submission, at most LOADS times by itself, and return its report."""
        most = LOADS if self._forks else 1
        return self._exchange(
            {"verb": "load", "id": self._next(), "wall": wall}, most * (wall + SLACK_SECONDS)
        )

    # -- checks -------------------------------------------------------------------------------

    def begin(self, question: str, seed: int, cpu: int, wall: int) -> None:
        """Begin a check in a fresh process; the first request installs the other questions' stand-ins."""
        if not self._forks and self._question not in (None, question):
            self.close()
        self._question, self._lost = question, Ended()
        if time.monotonic() > self._deadline:
            limit = self.assignment.limits.submission_wall_seconds
            raise TimedOut(
                f"your whole submission used up its time ({limit} s) before this check; "
                "make its slowest part faster"
            )
        self._ensure_loaded()
        self._begun = (seed, cpu, wall)
        wall = wall if self._forks else min(wall, cpu)  # without forks, nothing limits computing by itself
        self._budget = (cpu, wall)
        self._send_to_student({"verb": "begin", "id": self._next(), "seed": seed, "cpu": cpu, "wall": wall})
        self._running = True
        names = self.assignment.substitutes(question)
        self._first = [{"verb": "substitute", "names": names}] if names else []

    def again(self) -> None:
        """Continue the same check in another fresh process."""
        assert self._question is not None
        self.end()
        self.begin(self._question, *self._begun)

    def end(self) -> Ended:
        """End the check's process, if one is running, and return what it used and printed.

        Raises no StudentFault: the check is already judged.
        """
        begun, self._running = self._running, False
        if begun and self._loaded:
            with contextlib.suppress(StudentFault):
                return self._ended(self._exchange({"verb": "end", "id": self._next()}, GRACE_SECONDS))
        lost, self._lost = self._lost, Ended()
        return lost

    def _ended(self, event: dict[str, Any]) -> Ended:
        """Note what the parent reports about a process that ended on request."""
        if event.get("left"):
            self._flag("processes were left running after a check and were killed")
        if event.get("gone"):
            self._loaded = False  # the process with the loaded submission was killed
        memory = amount(event.get("memory_mb"))
        self.account.peak_memory_mb = max(self.account.peak_memory_mb, memory)
        return used(event)

    def ask(self, verb: str, **request: Any) -> Any:
        """Send one request and return its value; raises the StudentFault that the worker reports.

        Does not wait again for a function that never answered and was waited for WAITS times (once, if
        MOST_WAITS are over): raises what ended the last wait.
        """
        if not self._loaded:
            raise Crashed("an earlier call in this check ended the program; fix that call first")
        about = evidence.running().about
        hurry = about not in self._answered and self._waited.total() >= MOST_WAITS
        if about not in self._answered and self._waited[about] >= (1 if hurry else WAITS):
            last = self._endless[about]
            raise TimedOut(last.what, last.detail, last.cause, last.place)
        number, first, self._first = self._next(), self._first, []
        asked = {"verb": verb, "id": number, "first": first, **request}
        try:
            if hurry:
                reply = self._exchange({**asked, "seconds": HURRY_SECONDS}, HURRY_SECONDS)
            else:
                reply = self._exchange(asked, self._budget[1])
        except TimedOut as fault:
            self._waited[about] += bool(about)
            self._endless[about] = fault
            raise
        self._answered.add(about)
        if type(reply.get("id")) is not int or reply["id"] != number:
            self._lose()
            raise self._fault("malformed")
        try:
            return self.replies.value(reply, request)
        except Malformed:
            self._loaded = False
            raise self._fault("malformed") from None

    def keep(self, verb: str, **request: Any) -> wire.Handle:
        """Build or place an object in the student's process right before the next request.

        It travels with that request, which saves two of three frames of a check. Its arrays are copied, so
        the check may change them in the meantime.
        """
        number = -self._next()  # negative: the process numbers its own objects upwards from 1
        self._first.append({"verb": verb, "number": number, **copy.deepcopy(request)})
        return wire.Handle(number)

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
            raise ValueError(f"expected the event {name}, got another message")
        return frame.message

    def _send_to_student(self, message: dict[str, Any]) -> None:
        try:
            self._send(message, GRACE_SECONDS)
        except (ConnectionEndedError, NoAnswerError):
            self._blame_the_engine_or("gone")
        except WireError as error:  # the student's value: the kit's own fit, as the known-good solution shows
            what = "your code returned a value too large to pass to another call; return a smaller one"
            raise Mismatch(what, str(error)) from None

    def _exchange(self, message: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Send a request that may run student code, and return the answering message."""
        assert self._connection is not None
        self._send_to_student(message)
        try:
            frame = self._connection.receive(timeout + GRACE_SECONDS * self._forks)
        except (ConnectionEndedError, CutShortError):
            self._blame_the_engine_or("gone")
        except WireError:
            self._blame_the_engine_or("malformed")
        except NoAnswerError:
            self._blame_the_engine_or("timeout")
        reply = frame.message
        if frame.kind == wire.EVENT and reply.get("event") == "ended" and message["verb"] != "end":
            self._loaded = False
            self._lost, most = used(reply), min(timeout, self._budget[1])
            if reply.get("how") == "timeout" and "code" not in reply and 2 * self._lost.cpu < most:
                self._flag("it waited until its time was up: the code or this machine slept")
                self.losses += 1
            raise self._fault(str(reply.get("how")), reply)
        return reply

    def _blame_the_engine_or(self, how: str) -> NoReturn:
        assert self._connection is not None
        why = self._connection.failure()
        if how == "timeout" and not self._forks:  # as usual there: nothing else can stop the student's code
            self.close()
        else:
            self._lose()
        if why is not None:
            raise SandboxError(f"the {self.sandbox.name} sandbox failed while grading: {why}") from None
        raise self._fault(how) from None

    def _fault(self, how: str, event: dict[str, Any] | None = None) -> StudentFault:
        """Return the fault for an ending that the worker's parent process reports or its silence implies."""
        fault = ending(how, event or {}, self._budget, self.assignment.limits.memory_mb)
        if isinstance(fault, Malformed):
            self._flag("something that was not an answer came from the submission's process")
        return fault

    def _lose(self) -> None:
        """Close the worker; the next check starts another."""
        self._flag("the worker was lost and had to be started again")
        self.losses += 1
        self.close()

    def _flag(self, text: str) -> None:
        if text not in self.account.flags:
            self.account.flags.append(text)


def warm_modules(submission: Submission) -> list[str]:
    """Return the modules to import in advance: torch, NumPy, those that the submission names or hints at."""
    text = "\n".join(cell.source for cell in submission.cells)
    named = set(IMPORT.findall(text)) & WARM
    return sorted({"torch", "numpy"} | named | ({SHAPES} if HINTS.search(text.lower()) else set()))


def _plainly(error: Exception) -> str:
    words = {
        ConnectionEndedError: "ended",
        CutShortError: "ended",
        NoAnswerError: "did not answer",
        WireError: "sent garbage",
    }
    return words.get(type(error), f"failed ({error})")
