"""The worker where there is no fork (Windows): one process that loads the submission and answers itself.

It keeps no limit and one check sees what another did; the judge starts a fresh one for every question and
kills it when time is up. Only the `process` sandbox uses it.
"""

from __future__ import annotations

import os
import time
from typing import Any

import autograder.wire as wire
from autograder.worker import loader
from autograder.worker.child import Child
from autograder.worker.parent import PROTOCOL, build_standins, warm_up
from autograder.worker.pristine import seed_everything


def serve(requests: int, replies: int) -> None:
    """Serve the judge until its stream ends."""
    reader, writer = os.fdopen(requests, "rb"), os.fdopen(replies, "wb")

    def send(data: bytes) -> None:
        writer.write(data)
        writer.flush()

    def event(**message: Any) -> None:
        send(wire.encode(wire.EVENT, message))

    event(event="hello", protocol=PROTOCOL, forks=False)
    job: dict[str, Any] = {}
    while (frame := wire.read(reader.read)) is not None:
        message = frame.message
        verb = message.get("verb")
        if verb == "prepare":
            job = message["job"]
            standins = build_standins(message["standins"])
            versions = warm_up(message["warm"])
            event(event="prepared", versions=versions, cpu=time.process_time())
        elif verb == "load":
            module, notes, readable = loader.load(job["name"], job["cells"])
            names = [cell[0] for cell in job["cells"]]
            event(event="loaded", notes=notes, readable=readable, output="")
        elif verb == "begin":
            seed_everything(message["seed"])
            child = Child(module, names, standins)
        elif verb == "end":
            event(event="ended", how="exit", code=0, cpu=0.0, left=0, gone=False, output="")
        else:
            send(child.answer(message))
