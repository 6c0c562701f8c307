"""Sorts the lost checks of one question: a cause is a box with all it cost, an unwritten function a line.

Checks share a box if one likely cause explains them, if the same thing happened to them at the same line, or
if they ended in the same way. What is said of a box is true of each of its checks. The checks are as their
student may read them (words.as_read).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from autograder.records import stubs, words
from autograder.records.results import CheckResult, Fault, Place

WORDS = {
    "passed": "Passed",
    "failed": "Not right yet",
    "raised": "An exception was raised",
    "timeout": "Out of time",
    "memory": "Out of memory",
    "crashed": "The program ended early",
    "malformed": "No valid answer came back",
    "untried": "Not tried",
}
NEXT = {
    "failed": "Compare your code, step by step, with its docstring and with the handout.",
    "raised": "Read the named line, and run it on its own with a small input.",
    "timeout": "Run it on a small input; replace loops over single images by operations on batches.",
    "memory": "Look for a list or tensor that grows with every batch; keep numbers (`.item()`), not graphs.",
    "crashed": "Run it in a fresh Python session; remove what ends Python (exit, quit, sys.exit, os._exit).",
    "malformed": "Return plain tensors, numbers, lists or dicts, and write to no file descriptor.",
    "untried": "Change what stopped the check that is named here; then this one can run.",
}
KNOWN = "Find the line that does this, and change it."
UNWRITTEN = "NotImplementedError: "

Key = tuple[object, ...]


@dataclass(frozen=True)
class Cost:
    """A check in a box: what was found in it, unless the box says it, and its values if students see them."""

    check: CheckResult
    what: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Box:
    """One cause on the page: its heading, what was found, the next step, and the checks that it cost."""

    key: Key
    word: str
    title: str
    what: str
    cause: str
    detail: str
    next: str
    costs: tuple[Cost, ...]

    @property
    def places(self) -> frozenset[Place]:
        """The lines of the student's code at which something went wrong."""
        return frozenset(c.check.fault.place for c in self.costs if c.check.fault and c.check.fault.place)

    @property
    def points(self) -> tuple[int, int]:
        """The points of its checks, and their maximum."""
        return sum(c.check.points for c in self.costs), sum(c.check.max_points for c in self.costs)


@dataclass(frozen=True)
class Unwritten:
    """A function of the template that still raises NotImplementedError, and the checks that this cost."""

    name: str
    place: Place | None
    checks: tuple[CheckResult, ...]

    @property
    def points(self) -> tuple[int, int]:
        """The points of its checks, and their maximum."""
        return sum(c.points for c in self.checks), sum(c.max_points for c in self.checks)


def sort(
    checks: Sequence[CheckResult], names: Collection[str]
) -> tuple[tuple[Box, ...], tuple[Unwritten, ...]]:
    """Return the boxes and the unwritten functions of one question's checks; ignore those that passed.

    `names` are the functions that the question asks for: only these can be unwritten.
    """
    keys: dict[str, Key] = {}
    groups: dict[Key, list[CheckResult]] = {}
    for check in checks:
        if check.outcome != "passed":
            keys[check.id] = keys.get(check.because) or _key(check, names)
            groups.setdefault(keys[check.id], []).append(check)
    unwritten = tuple(_unwritten(str(k[1]), g) for k, g in groups.items() if k[0] == "unwritten")
    return tuple(_box(k, g) for k, g in groups.items() if k[0] != "unwritten"), unwritten


def unwritten_in(check: CheckResult, names: Collection[str]) -> str:
    """Return the one of `names` whose stub stopped `check`, or "".

    Any other name is refused: an exception's words may contain the inputs of a hidden check.
    """
    detail = check.fault.detail if check.fault and check.outcome == "raised" else ""
    name = stubs.name_in(detail.removeprefix(UNWRITTEN)) if detail.startswith(UNWRITTEN) else None
    function = (name or "").partition(".")[0]
    return function if function in names else ""


def _key(check: CheckResult, names: Collection[str]) -> Key:
    """Return what checks in one box have in common; a check that shares nothing has a key of its own."""
    fault = check.fault
    if name := unwritten_in(check, names):
        return ("unwritten", name)
    if fault is None:
        return ("check", check.id)
    if fault.cause:
        return ("cause", fault.cause)
    if fault.place or check.outcome != "failed":
        return ("fault", check.outcome, fault.what, fault.place)
    return ("check", check.id)


def _unwritten(name: str, checks: Sequence[CheckResult]) -> Unwritten:
    place = next((c.fault.place for c in checks if c.fault and c.fault.place), None)
    return Unwritten(name, place, tuple(checks))


def _box(key: Key, checks: Sequence[CheckResult]) -> Box:
    first = checks[0]
    what, cause = found_in(first.fault), ((first.fault.cause or "") if first.fault else "").rstrip(".")
    alone, by_cause = len(checks) == 1, key[0] == "cause"
    title = first.title if alone else _sentence(cause) if by_cause else _sentence(what)
    return Box(
        key=key,
        word=WORDS[first.outcome],
        title=title,
        what=what if alone else "",
        cause=cause if alone else "",
        detail=_detail(first) if alone or not by_cause else "",
        next=KNOWN if cause else NEXT.get(first.outcome, ""),
        costs=tuple(_cost(c, told=not alone and by_cause and not c.because) for c in checks),
    )


def _cost(check: CheckResult, told: bool) -> Cost:
    """Return a check as a box lists it; with `told`, what was found in it differs from the others."""
    return Cost(check, found_in(check.fault), _detail(check)) if told else Cost(check)


def _detail(check: CheckResult) -> str:
    return check.fault.detail if check.fault else ""


def found_in(fault: Fault | None) -> str:
    """Return what went wrong as a sentence that ends in a full stop or question mark; "" without a fault."""
    text = words.happened(fault) if fault else ""
    return _ended(text) if text else ""


def _sentence(text: str) -> str:
    """Return `text` with a capital and a full stop; a name of code at its start stays as it is."""
    whole = _ended(text)
    return whole[0].upper() + whole[1:] if text.partition(" ")[0].isalpha() else whole


def _ended(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def same_in(parts: Mapping[str, Sequence[Box]]) -> dict[tuple[str, Key], str]:
    """Return the boxes, as (question, key), whose fault is that of an earlier question, and which.

    Only a fault at a line counts: other faults may have the same words and another cause.
    """
    first: dict[Key, str] = {}
    same = {}
    for question, found in parts.items():
        for box in found:
            if box.key[0] == "fault" and box.places and first.setdefault(box.key, question) != question:
                same[question, box.key] = first[box.key]
    return same
