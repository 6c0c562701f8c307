"""What may be said of what comes from a worker: values, faults and measures.

None of its own words, which may tell what a hidden check handed over, is believed or said again.
"""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass, replace
from typing import Any

import autograder.wire as wire
from autograder.errors import Crashed, Malformed, Mismatch, OutOfMemory, Raised, StudentFault, TimedOut
from autograder.records.assignment import Assignment
from autograder.records.submission import Submission

MOST = 1e6  # seconds or megabytes that a check may be said to have used
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
TYPES = frozenset(  # names of types that may be said to anybody, beside those that the submission writes
    [name for name, value in vars(builtins).items() if isinstance(value, type)]
    + ["NoneType", "function", "method", "generator", "builtin_function_or_method", "module", "partial"]
    + ["Tensor", "Parameter", "Size", "device", "dtype", "Sequential", "Linear", "ModuleList", "DataLoader"]
    + ["array of complex128", "array of complex64", "array of object", "tensor of complex64"]
    + ["tensor of complex128", "tensor with layout torch.sparse_coo", "deeply nested value"]
    + ["int beyond 64 bits", "Figure", "Axes", "DataFrame", "Series", "defaultdict", "OrderedDict", "Counter"]
)
EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)


@dataclass(frozen=True)
class Ended:
    """What is known of a check's process after it ended."""

    cpu: float = 0.0
    output: str = ""


class Replies:
    """Reads the replies of one submission's worker; what stands in its own text may be said again."""

    def __init__(self, submission: Submission, assignment: Assignment) -> None:
        self._memory_mb = assignment.limits.memory_mb
        self._asked_for = {name for question in assignment.questions for name in question.defines}
        self._words = frozenset(w for cell in submission.cells for w in re.findall(r"\w+", cell.source))
        self._lines = {c.name: c.first_line + c.source.count("\n") for c in submission.cells}

    def value(self, reply: dict[str, Any], request: dict[str, Any]) -> Any:
        """Return the value that answers a request. Raises the StudentFault that came in its place, Malformed
        where it is no answer.
        """
        if "value" in reply:
            return self._named(reply["value"])
        if "missing" in reply and "name" in request:
            raise self._missing(str(request["name"]), reply.get("nearest"))
        if "raised" in reply:
            raise self._raised(reply["raised"])
        if "refused" in reply:
            raise Mismatch("the value that came back could not be used", str(reply["refused"])[:300])
        raise Malformed(ENDINGS["malformed"][1])

    def _named(self, value: Any) -> Any:
        """Return `value` with the names of types that the process may have made up taken out."""
        if isinstance(value, (wire.Handle, wire.Opaque)):
            return value if value.type in TYPES | self._words else replace(value, type="object")
        if isinstance(value, (list, tuple)):
            return type(value)(self._named(v) for v in value)
        return {k: self._named(v) for k, v in value.items()} if isinstance(value, dict) else value

    def _missing(self, name: str, nearest: Any) -> StudentFault:
        names = [n for n in nearest if type(n) is str] if isinstance(nearest, list) else []
        near = next((n for n in names if n in self._words - self._asked_for), None)
        hint = f"; did you mean to call your `{near}` that?" if near else ""
        return Mismatch(f"`{name}` is not defined in your submission{hint}")

    def _raised(self, report: Any) -> StudentFault:
        """Return the fault for an exception of the student's code; its own words count as detail."""
        if not isinstance(report, dict):
            return Malformed(ENDINGS["malformed"][1])
        if report.get("memory") is True:
            limit = self._memory_mb
            return OutOfMemory(f"your code asked for more memory than it may use ({limit} MB)")
        name = str(report.get("type")) if report.get("builtin") is True else ""
        known = name if name in EXCEPTIONS else "an exception of its own"
        text, place = str(report.get("text", ""))[:400], self._place(report.get("where"))
        return Raised(f"your code raised {known}", text, place=place)

    def _place(self, at: Any) -> tuple[str, int] | None:
        """Return the cell and line that a report names, if the submission has that line."""
        whole = isinstance(at, list) and len(at) == 2 and type(at[0]) is str and type(at[1]) is int
        there = whole and 1 <= at[1] <= self._lines.get(at[0], 0)
        return (wire.printable(at[0]), at[1]) if there else None


def ending(how: str, event: dict[str, Any], budget: tuple[int, int], memory_mb: int) -> StudentFault:
    """Return the fault for `how` a process ended; the budget is in seconds of CPU and of wall time."""
    kind, template = ENDINGS.get(how, ENDINGS["malformed"])
    code = event.get("code") if type(event.get("code")) is int else "unknown"
    return kind(template.format(cpu=budget[0], wall=budget[1], code=code, memory=memory_mb))


def amount(value: Any) -> float:
    """Return what a process is said to have used; 0 for what cannot be."""
    return float(value) if type(value) in (int, float) and 0 <= value < MOST else 0.0


def used(event: dict[str, Any]) -> Ended:
    """Return what the parent tells of a process that has ended."""
    return Ended(amount(event.get("cpu")), str(event.get("output", "")))
