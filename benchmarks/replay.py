"""Records the judge's requests and their answers in one grading, and replays them elsewhere.

A peer's test is `check(env, n)`: it sends the submission the requests of the kit's n-th check (the same
calls, inputs and training budgets) and expects the solution's answers. The floor for all comparisons is
`python -m benchmarks.replay RECORDING CELLS`: it makes the same requests in one plain process, and compares
nothing.
"""

from __future__ import annotations

import json
import os
import sys
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import autograder.wire as wire
from autograder.records.assignment import Assignment
from autograder.records.submission import Submission
from autograder.wire import Handle

RECORDING = "LATENTLAB_RECORDING"  # the environment variable with the recording's path, for the tests
Exchange = tuple[dict[str, Any], Any]  # a request and the value of its answer


class _Tap:
    """A connection that records every frame."""

    def __init__(self, inner: Any, frames: list[bytes]) -> None:
        self._inner, self._frames = inner, frames

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def send(self, data: bytes, timeout: float) -> None:
        """Record a request and send it."""
        self._frames.append(data)
        self._inner.send(data, timeout)

    def receive(self, timeout: float) -> wire.Frame:
        """Receive an answer and record it."""
        frame = self._inner.receive(timeout)
        self._frames.append(wire.encode(frame.kind, frame.message))
        return frame


def record(submission: Submission, assignment: Assignment, path: Path) -> None:
    """Grade `submission` in a plain process and write all frames to `path`."""
    from autograder import grading
    from autograder.judge.plugin import run
    from autograder.judge.session import Session
    from autograder.sandbox.process import ProcessSandbox

    frames: list[bytes] = []
    sandbox = ProcessSandbox()
    start = sandbox.start
    sandbox.start = lambda job: _Tap(start(job), frames)  # type: ignore[method-assign, assignment, return-value]
    with Session(sandbox, submission, assignment, grading.standins_source(assignment)) as session:
        run(assignment, session, grading.OFFICIAL)
    path.write_bytes(b"".join(frames))


@cache
def recorded(path: Path) -> tuple[dict[str, Any], list[list[Exchange]]]:
    """Return the `prepare` message, and each check's requests and answers."""
    prepared: dict[str, Any] = {}
    checks: list[list[Exchange]] = []
    asked: dict[int, dict[str, Any]] = {}
    for frame in _frames(path):
        message = frame.message
        verb = message.get("verb")
        if verb == "prepare":
            prepared = message
        elif verb == "begin":
            checks.append([(message, None)])
        elif frame.kind == wire.REQUEST:
            asked[message["id"]] = message
        elif frame.kind == wire.REPLY:
            checks[-1].append((asked[message["id"]], message.get("value")))
    return prepared, checks


def _frames(path: Path) -> Iterator[wire.Frame]:
    with path.open("rb") as file:
        while (frame := wire.read(file.read)) is not None:
            yield frame


class _View:
    """The part of a module that the worker's verbs need: its names, which can be read and set."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.__dict__ = names


def do(names: dict[str, Any], standins: types.ModuleType, check: list[Exchange]) -> Iterator[tuple[Any, Any]]:
    """Send a submission with global `names` the requests of `check`; yield (answer, expected answer)."""
    from autograder.worker.child import Child
    from autograder.worker.pristine import seed_everything
    from autograder.worker.values import to_wire

    saved = dict(names)
    try:
        seed_everything(check[0][0]["seed"])
        child = Child(_View(names), [], standins)  # type: ignore[arg-type]
        for request, expected in check[1:]:
            yield to_wire(child.do(request), child.registry), expected
    finally:
        names.update(saved)


@cache
def _standins(path: Path) -> types.ModuleType:
    from autograder.worker.parent import build_standins

    return build_standins(recorded(path)[0]["standins"])


def check(env: dict[str, Any], number: int) -> None:
    """Raise AssertionError unless the submission answers check `number` as the solution did."""
    path = Path(os.environ[RECORDING])
    names = env["find_elbow"].__globals__  # the notebook's own names; `env` may be a copy
    for got, expected in do(names, _standins(path), recorded(path)[1][number]):
        expect_same(got, expected)


def expect_same(got: Any, expected: Any) -> None:
    """Raise AssertionError unless two values agree; arrays and floats may differ by a thousandth."""
    if isinstance(expected, (np.ndarray, float)):
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4)
    elif isinstance(expected, (list, tuple)):
        assert len(got) == len(expected)
        for entry, wanted in zip(got, expected, strict=True):
            expect_same(entry, wanted)
    elif isinstance(expected, dict):
        assert got.keys() == expected.keys()
        for key in expected:
            expect_same(got[key], expected[key])
    elif not isinstance(expected, Handle):
        assert got == expected


def main() -> None:
    """Load the submission and do all of its work once in this process, without comparing."""
    import torch

    from autograder.worker import loader

    torch.set_num_threads(1)
    recording, cells = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    module, *_ = loader.load("submission", cells)
    for exchanges in recorded(recording)[1]:
        try:
            for _got, _expected in do(vars(module), _standins(recording), exchanges):
                pass
        except Exception as error:  # a mistaken submission may raise where the solution did not
            print(f"{type(error).__name__}: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
