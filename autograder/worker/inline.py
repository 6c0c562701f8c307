"""The worker for systems without fork: one process that loads the submission and answers requests.

It enforces no limits, and checks see each other's effects; the judge starts a fresh worker for every question
and kills it when its time is up. It is used by the `process` sandbox on Windows and by the kernel of a
notebook (autograder/doors/kernel.py).
"""

from __future__ import annotations

import os
import time
import types
from typing import Any

import autograder.wire as wire
from autograder.worker import loader
from autograder.worker.child import Child
from autograder.worker.pristine import seed_everything
from autograder.worker.substitution import Definitions
from autograder.worker.warm import build_standins, warm_up


class Inline:
    """Answers one request after the other in this process."""

    def __init__(self, with_shortcuts: bool = True) -> None:
        self._with_shortcuts = with_shortcuts
        self.job: dict[str, Any] = {}
        self.standins = types.ModuleType("standins")
        self.module: Any = types.ModuleType("nothing")
        self.definitions = Definitions()
        self.child: Child | None = None

    def answer(self, message: dict[str, Any]) -> bytes:
        """Return the frames that answer one request; `begin` has none."""
        verb = message.get("verb")
        if verb == "prepare":
            self.job = message["job"]
            versions = self.warm(message["warm"])
            self.standins = build_standins(message["standins"])
            return event(event="prepared", versions=versions, cpu=time.process_time())
        if verb == "load":
            loaded = self.load()
            self.module = loaded.module
            return event(event="loaded", notes=loaded.notes, readable=loaded.readable, output="")
        if verb == "begin":
            self.begin(message["seed"])
            return b""
        if verb == "end":
            self.end()
            return event(event="ended", how="exit", code=0, cpu=0.0, left=0, gone=False, output="")
        assert self.child is not None
        return self.child.answer(message)

    def warm(self, modules: list[str]) -> dict[str, str]:
        """Import the modules that the submission will need, and return versions."""
        return warm_up(modules, self._with_shortcuts)

    def load(self) -> loader.Loaded:
        """Load the submission."""
        self.definitions = Definitions(self.job["answers"])
        return loader.load(self.job["name"], self.job["cells"], self.definitions)

    def begin(self, seed: int) -> None:
        """Begin a check."""
        seed_everything(seed)
        names = [cell[0] for cell in self.job["cells"]]
        self.child = Child(self.module, names, self.standins, self.definitions)

    def end(self) -> None:
        """End a check: what it replaced is as before."""
        if self.child is not None:
            self.child.substitution.restore()


def event(**message: Any) -> bytes:
    """Return one event as a frame."""
    return wire.encode(wire.EVENT, message)


def hello(forks: bool) -> bytes:
    """Return the first frame that a worker sends."""
    return event(event="hello", forks=forks)


def serve(requests: int, replies: int, with_shortcuts: bool) -> None:
    """Serve the judge until its stream ends."""
    reader, writer = os.fdopen(requests, "rb"), os.fdopen(replies, "wb")
    worker, data = Inline(with_shortcuts), hello(forks=False)
    while True:
        writer.write(data)
        writer.flush()
        if (frame := wire.read(reader.read)) is None:
            return
        data = worker.answer(frame.message)
