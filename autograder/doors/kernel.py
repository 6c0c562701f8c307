"""Runs the public checks on a notebook's own names, and shows the result in the cell.

Theory of operation. `check("losses")` in a cell, and the tests that a release generates for otter and
nbgrader, call this module. The judge and the checks are the same as in grading; only the worker is replaced
by this process, which answers requests with the notebook's names, in real frames of the wire. While a check
runs, stand-ins replace the answers to the other questions, and random numbers are seeded; afterwards both
are restored. A kernel is the student's own process, so its results are practice and never count.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import platform
import random
import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from pathlib import Path
from textwrap import indent
from typing import Any

import autograder.wire as wire
from autograder import grading
from autograder.doors import libraries
from autograder.doors.shown import Shown
from autograder.errors import RejectedError, UsageError
from autograder.intake.notebook import cells_of_notebook
from autograder.records import words
from autograder.records.assignment import Assignment, known
from autograder.records.results import CheckResult
from autograder.records.submission import Cell, Submission, digest
from autograder.sandbox import ConnectionEndedError, WorkerJob
from autograder.worker import settings
from autograder.worker.inline import Inline, hello
from autograder.worker.loader import Loaded

Names = MutableMapping[str, Any]


class _Notebook:
    """The notebook's names as attributes; setting one sets it in the notebook."""

    def __init__(self, names: Names) -> None:
        object.__setattr__(self, "__dict__", names)


class KernelWorker(Inline):
    """Answers with the notebook's names; restores them, its random numbers and its settings afterwards."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names
        self.random: dict[str, Any] | None = None
        self.settings: dict[str, Any] = {}

    def warm(self, modules: list[str]) -> dict[str, str]:
        """Return versions of imported modules; imports nothing, so that the kernel stays unchanged."""
        loaded = {name: sys.modules[name] for name in modules if name in sys.modules}
        versions = {name: str(getattr(module, "__version__", "")) for name, module in loaded.items()}
        return {"python": platform.python_version(), **versions}

    def load(self) -> Loaded:
        """Return the notebook itself, which has already run."""
        module: Any = _Notebook(self.names)
        return Loaded(module, [], 1)

    def begin(self, seed: int) -> None:
        """Save what the check will change, and begin it."""
        self.random, self.settings = _random_state(), settings.read()
        settings.apply(settings.FRESH)
        super().begin(seed)

    def end(self) -> None:
        """Restore the notebook and its random numbers, once."""
        super().end()
        if self.random is not None:
            _restore_random(self.random)
            settings.apply(self.settings)
        self.random = None


def _random_state() -> dict[str, Any]:
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    return {
        "python": random.getstate(),
        "numpy": numpy.random.get_state() if numpy else None,
        "torch": (torch.get_rng_state(), torch.get_num_threads()) if torch else None,
    }


def _restore_random(state: dict[str, Any]) -> None:
    random.setstate(state["python"])
    if state["numpy"] is not None:
        sys.modules["numpy"].random.set_state(state["numpy"])
    if state["torch"] is not None:
        numbers, threads = state["torch"]
        sys.modules["torch"].set_rng_state(numbers)
        sys.modules["torch"].set_num_threads(threads)


class KernelConnection:
    """Frames to and from a worker in this process."""

    def __init__(self, worker: Inline) -> None:
        self._worker = worker
        self._replies = bytearray(hello(forks=True))

    def send(self, data: bytes, timeout: float) -> None:
        """Answer one frame at once; `timeout` is ignored."""
        frame = wire.read(io.BytesIO(data).read)
        assert frame is not None
        self._replies += self._worker.answer(frame.message)

    def receive(self, timeout: float) -> wire.Frame:
        """Return the next frame of the answers."""
        stream = io.BytesIO(bytes(self._replies))
        frame = wire.read(stream.read)
        if frame is None:
            raise ConnectionEndedError()
        del self._replies[: stream.tell()]
        return frame

    def failure(self) -> str | None:
        """Return None: a kernel has no engine that could fail."""
        return None

    def complaint(self) -> str:
        """Return "": the notebook shows a kernel's standard error."""
        return ""

    def close(self) -> None:
        """Restore the notebook, in case a check did not end normally."""
        self._worker.end()


class KernelSandbox:
    """A sandbox of the notebook in this process. It isolates nothing."""

    name = "kernel"
    address_space = False

    def __init__(self, names: Names) -> None:
        self._names = names

    def identity(self) -> str:
        """Return the interpreter."""
        return f"kernel:python-{platform.python_version()}-{sys.platform}-{platform.machine()}"

    def start(self, job: WorkerJob) -> KernelConnection:
        """Return a connection to this process."""
        return KernelConnection(KernelWorker(self._names))


def _cells() -> dict[str, Cell]:
    """Return the cells that this kernel has run, by their names for people, such as `cell [12]`.

    A cell itself has the name that exceptions give its code.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    found = {}
    cached: list[tuple[str, Any]] = list(linecache.cache.items())
    for path, entry in cached:
        name = shell.compile.format_code_name(path) if shell else None
        if name and len(entry) == 4:  # its text is there, and not to be read later
            found[f"cell {name[1].removeprefix('In')}"] = Cell(path, "".join(entry[2]))
    return found


def _renamed(check: CheckResult, names: Mapping[str, str]) -> CheckResult:
    """Return a check whose place is named as the notebook shows it."""
    fault = check.fault
    if fault is None or fault.place is None:
        return check
    place = replace(fault.place, cell=names.get(fault.place.cell, fault.place.cell))
    return replace(check, fault=replace(fault, place=place))


def judge(question: str, names: Names) -> Shown:
    """Run the public checks of one question (or one check, by its id) on the names of a notebook.

    Raises UsageError if no assignment here has that question.
    """
    assignment = _assignment_with(question.split(".")[0])
    cells = _cells()
    submission = Submission("notebook", "", "kernel", digest(b""), tuple(cells.values()))
    result = grading.grade(submission, assignment, KernelSandbox(names), grading.PRACTICE, (question,))
    shown = {cell.name: name for name, cell in cells.items()}
    result = replace(result, checks=tuple(_renamed(check, shown) for check in result.checks))
    read = assignment.question(question.split(".")[0]).read
    return Shown(result, read, libraries.versions(), _lacking(names))


def _lacking(names: Names) -> tuple[str, ...]:
    """Return a sentence for each name that cells use but only cells tagged as exploration define.

    Reads the notebook's file as it was saved last, where the program that shows it tells which file that is.
    """
    path = names.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME") or ""
    with contextlib.suppress(OSError, ValueError, RejectedError):
        if str(path).endswith(".ipynb"):
            _, notes = cells_of_notebook("notebook", Path(str(path)).read_text(encoding="utf-8"))
            return notes[1:]  # the first only counts the tagged cells
    return ()


def _assignment_with(question: str) -> Assignment:
    assignments = known()
    for assignment in assignments:
        if any(q.id == question for q in assignment.questions):
            return assignment
    ids = ", ".join(q.id for assignment in assignments for q in assignment.questions)
    raise UsageError(f"no question {question!r}: expected one of {ids}")


def check(question: str) -> Shown:
    """Run the public checks of one question on this notebook, and show the result.

    Example, in a separate cell: check("losses")
    """
    return judge(question, sys.modules["__main__"].__dict__)


def require(question: str, names: Names) -> None:
    """Raise AssertionError, saying what is wrong, unless the public checks of a question pass."""
    shown = judge(question, names)
    wrong = [c for c in shown.result.checks if c.outcome != "passed"]
    if shown.result.status != "graded":
        raise AssertionError(str(shown.result.reason))
    if wrong:
        messages = (f"{words.headline(c)}\n{indent(words.for_students(c), '  ')}" for c in wrong)
        raise AssertionError("\n".join(messages))
