"""Reads what a worker sends: values, faults and measurements.

Never trusts or repeats the worker's own words: they may reveal the inputs of a hidden check. What a student
reads of one is a sentence of this module; what the worker said is the detail.
"""

from __future__ import annotations

import builtins
import difflib
import re
from dataclasses import dataclass, replace
from typing import Any

import autograder.wire as wire
from autograder.errors import Crashed, Malformed, Mismatch, OutOfMemory, Raised, StudentFault, TimedOut
from autograder.records.assignment import Assignment
from autograder.records.submission import Submission

MOST = 1e6  # seconds or megabytes: a report of more is not believed
NO_ANSWER = "what came back was not an answer to the request; return plain values and print with `print` only"
ENDINGS = {
    "timeout": (
        TimedOut,
        "your code used up its time (at most {cpu} s of computing, {wall} s in all) and was stopped; look "
        "for a loop that never ends",
    ),
    "memory": (
        OutOfMemory,
        "your code used up its memory ({memory} MB) and was stopped; work in smaller batches",
    ),
    "exit": (
        Crashed,
        "your code ended the program instead of returning; remove the call that ends it",
    ),
    "signal": (
        Crashed,
        "the program crashed while your code ran; look for a recursion that never ends",
    ),
    "gone": (Crashed, "the program ended before it could answer; remove what ends it or closes its files"),
    "malformed": (Malformed, NO_ANSWER),
}
TYPES = frozenset(  # names of types that anyone may see, besides the words of the submission
    [name for name, value in vars(builtins).items() if isinstance(value, type)]
    + ["NoneType", "function", "method", "generator", "builtin_function_or_method", "module", "partial"]
    + ["Tensor", "Parameter", "Size", "device", "dtype", "Sequential", "Linear", "ModuleList", "DataLoader"]
    + ["array of complex128", "array of complex64", "array of object", "tensor of complex64"]
    + ["tensor of complex128", "tensor with layout torch.sparse_coo", "deeply nested value"]
    + ["int beyond 64 bits", "Figure", "Axes", "DataFrame", "Series", "defaultdict", "OrderedDict", "Counter"]
)
EXCEPTIONS = frozenset(  # that a message names: the usual ones
    (
        *("AssertionError", "AttributeError", "FileNotFoundError", "IndexError", "OSError"),
        *("KeyError", "ModuleNotFoundError", "NameError", "NotImplementedError", "RecursionError"),
        *("RuntimeError", "StopIteration", "TypeError", "ValueError", "ZeroDivisionError"),
    )
)
MOST_NAMES = 1000  # that are compared with a missing one
END = "; define it at the top level of your file"
DETAILS = {"exit": "exit status {code}", "signal": "signal {code}"}
DEFINED = re.compile(r"^(?:async def|def|class)[ \t]+(\w+)|^(\w+)[ \t]*=(?!=)", re.MULTILINE)


@dataclass(frozen=True)
class Ended:
    """The known facts about a check's process after its end."""

    cpu: float = 0.0
    output: str = ""


class Replies:
    """Reads the replies of one submission's worker; repeats only names that the submission contains."""

    def __init__(self, submission: Submission, assignment: Assignment) -> None:
        self._memory_mb = assignment.limits.memory_mb
        self._asked_for = {name for question in assignment.questions for name in question.defines}
        self._words = frozenset(w for cell in submission.cells for w in re.findall(r"\w+", cell.source))
        found = [name for cell in submission.cells for name in DEFINED.findall(cell.source)]
        self._defined = list(dict.fromkeys(one or other for one, other in found))[:MOST_NAMES]
        self._lines = {c.name: c.first_line + c.source.count("\n") for c in submission.cells}

    def value(self, reply: dict[str, Any], request: dict[str, Any]) -> Any:
        """Return the value that answers `request`.

        Raises the StudentFault that the reply reports, and Malformed if the reply is not an answer.
        """
        if "value" in reply:
            return self._named(reply["value"])
        if "missing" in reply and "name" in request:
            raise self._missing(str(request["name"]))
        if "raised" in reply:
            raise self._raised(reply["raised"])
        if "refused" in reply:
            raise Mismatch(
                "your code returned a value that the checks cannot read; return tensors, numbers or lists",
                str(reply["refused"])[:300],
            )
        raise Malformed(NO_ANSWER)

    def _named(self, value: Any) -> Any:
        """Return `value`, with type names that the process may have invented replaced by "object"."""
        if isinstance(value, (wire.Handle, wire.Opaque)):
            return value if value.type in TYPES | self._words else replace(value, type="object")
        if isinstance(value, (list, tuple)):
            return type(value)(self._named(v) for v in value)
        return {k: self._named(v) for k, v in value.items()} if isinstance(value, dict) else value

    def _missing(self, name: str) -> StudentFault:
        """Return the fault for a name that is not defined; the nearest one in the text may be a slip."""
        others = [other for other in self._defined if other not in self._asked_for and other[0] != "_"]
        near = next(iter(difflib.get_close_matches(name, others, 1)), None)
        hint = f". You defined `{near}`; should it be named `{name}`?" if near else END
        return Mismatch(f"`{name}` is not defined in your submission{hint}")

    def _raised(self, report: Any) -> StudentFault:
        """Return the fault for an exception of the student's code; its text becomes the detail."""
        if not isinstance(report, dict):
            return Malformed(NO_ANSWER)
        if report.get("memory") is True:
            limit = self._memory_mb
            return OutOfMemory(
                f"your code asked for more memory than it may use ({limit} MB); work in smaller batches"
            )
        name, text = str(report.get("type"))[:80], str(report.get("text", ""))[:400]
        usual = report.get("builtin") is True and name in EXCEPTIONS
        what = f"your code raised {name if usual else 'an exception'}"
        return Raised(what, text if usual else f"{name}: {text}", place=self._place(report.get("where")))

    def _place(self, at: Any) -> tuple[str, int] | None:
        """Return the cell and line that a report names, if the submission has that line."""
        valid = isinstance(at, list) and len(at) == 2 and type(at[0]) is str and type(at[1]) is int
        exists = valid and 1 <= at[1] <= self._lines.get(at[0], 0)
        return (wire.printable(at[0]), at[1]) if exists else None


def ending(how: str, event: dict[str, Any], budget: tuple[int, int], memory_mb: int) -> StudentFault:
    """Return the fault for a process that ended by `how` (see ENDINGS); `budget` is (CPU, wall) seconds."""
    kind, template = ENDINGS.get(how, ENDINGS["malformed"])
    code = event.get("code") if type(event.get("code")) is int else "unknown"
    what = template.format(cpu=budget[0], wall=budget[1], memory=memory_mb)
    return kind(what, DETAILS.get(how, "").format(code=code))


def amount(value: Any) -> float:
    """Return a reported amount as a float; 0 if it is not plausible."""
    return float(value) if type(value) in (int, float) and 0 <= value < MOST else 0.0


def used(event: dict[str, Any]) -> Ended:
    """Return the facts that the worker's parent process reports about an ended process."""
    return Ended(amount(event.get("cpu")), str(event.get("output", "")))
