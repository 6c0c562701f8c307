"""The second process of a worker: it loads the submission once and forks one child for every check.

It communicates with the parent over one socket, which its children inherit. While a child lives, it only
waits for the child, so the socket has one reader and one writer at any time.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import socket
import sys
import time
import types
from functools import partial
from typing import Any, NoReturn

import autograder.wire as wire
from autograder.worker import limits, loader, portable, threads
from autograder.worker.child import Child
from autograder.worker.substitution import Definitions


class Pristine:
    """The loaded submission and the socket to the parent."""

    def __init__(self, sock: socket.socket, job: dict[str, Any], standins: types.ModuleType) -> None:
        self.sock = sock
        self.read = partial(wire.exactly, sock.recv)
        self.job = job
        self.standins = standins

    def run(self) -> NoReturn:
        """Load the submission, report it, and serve checks until the socket closes."""
        limits.limit_files_and_memory(
            self.job["memory_mb"], self.job["scratch_mb"], self.job["address_space"]
        )
        definitions = Definitions(self.job["answers"])
        if self.job["name"] != loader.MAIN:
            portable.publish_script(self.job["name"], self.job["cells"])
        portable.publish_helpers(self.job["helpers"])
        plan = loader.Plan(self.job["seconds"], self.job["left_out"], self.job["progress"].set)
        loaded = loader.load(self.job["name"], self.job["cells"], definitions, plan)
        gc.collect()
        gc.freeze()  # as in the parent: the loaded objects live as long as this process
        names = [cell[0] for cell in (*self.job["cells"], *self.job["helpers"])]
        child = Child(loaded.module, names, self.standins, definitions)
        event = {"event": "loaded", "notes": loaded.notes, "readable": loaded.readable}
        event |= {"late": loaded.late, "cpu": time.process_time()}
        self.sock.sendall(wire.encode(wire.EVENT, event))
        while (frame := wire.read(self.read)) is not None:
            if frame.message.get("verb") == "begin":
                self.sock.sendall(wire.encode(wire.EVENT, self._check(child, frame.message)))
        os._exit(0)

    def _check(self, child: Child, begin: dict[str, Any]) -> dict[str, Any]:
        idle = threads.waiting()
        pid = os.fork()
        if pid == 0:
            self._serve(child, begin, idle)
        _, status, usage = os.wait4(pid, 0)
        cpu = round(usage.ru_utime + usage.ru_stime, 4)
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        memory = round(usage.ru_maxrss / unit, 1)  # resident memory, including the libraries loaded before
        return {"event": "ended", "status": status, "cpu": cpu, "memory_mb": memory}

    def _serve(self, child: Child, begin: dict[str, Any], idle: threads.Waiting) -> NoReturn:
        try:
            limits.limit_cpu(begin["cpu"])
            threads.revive(idle)
            seed_everything(begin["seed"])
            while (frame := wire.read(self.read)) is not None and frame.message.get("verb") != "end":
                self.sock.sendall(child.answer(frame.message))
        finally:
            os._exit(0)


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch, and limit torch to one thread, so that two runs agree."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)  # it takes 32 bits
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        alone = torch.__version__.endswith("+cpu")  # the processor's is then the only generator
        (torch.default_generator.manual_seed if alone else torch.manual_seed)(seed)  # a fork saves 3 ms
        torch.set_num_threads(1)


def become(sock: socket.socket, output: int, job: dict[str, Any], standins: types.ModuleType) -> NoReturn:
    """Turn a fresh fork of the parent into the process that loads the submission; never returns.

    Standard input becomes empty, standard output and error go to `output`, and every other descriptor
    except the socket is closed.
    """
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # processes end without a flush
        keep = sock.fileno()
        os.closerange(3, keep)
        os.closerange(keep + 1, 4096)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        limits.disarm()
        limits.volunteer_for_the_oom_killer()
        Pristine(sock, job, standins).run()
    finally:
        os._exit(1)
