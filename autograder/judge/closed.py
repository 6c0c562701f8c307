"""What a student reads of lost hidden checks: a few sentences, each of them fixed before the work ran.

A submission can choose how its checks fail, and so could send a hidden check's inputs to its own feedback
page, a few bits at a time. Therefore its student reads only:

1. the likely cause, one of the suite's own; if none is named, what the check's author says about the failure;
2. the type of an exception if it is a usual one, and its line, one of at most LINES in the text;
3. at most MESSAGES different messages about the hidden checks of one question, those that name a cause first,
   and the line of PLACES exception in the whole submission. A check whose message is one too many, or that
   was not tried, says MORE.

Staff read the whole fault. tests/judge/test_closed.py works out the bits that are left; see docs/trust.md.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from autograder.errors import UNPARSABLE
from autograder.records.results import CheckResult, Fault, Place
from autograder.records.submission import PARSED, Cell
from autograder.records.words import MORE

MESSAGES = 3
PLACES = 1
LINES = 240
WRONG = "what came back is not what was asked for"


def told(results: Sequence[CheckResult], cells: Sequence[Cell]) -> list[CheckResult]:
    """Return the results of one submission, each lost hidden check with what its student reads."""
    page = _Page(Lines(cells))
    closed = [page.said(result) if result.visibility == "hidden" else result for result in results]
    kept = _few([result for result in closed if result.told])
    return [
        replace(result, told=MORE) if result.told and result.told not in kept[result.question] else result
        for result in closed
    ]


def _few(closed: Sequence[CheckResult]) -> dict[str, set[Fault]]:
    """Return, by question, the messages that are read: at most MESSAGES and MORE, causes first."""
    ordered = sorted(closed, key=lambda result: result.told is not None and result.told.cause is None)
    kept: dict[str, set[Fault]] = {}
    for result in ordered:
        messages = kept.setdefault(result.question, {MORE})
        if result.told and len(messages) <= MESSAGES:
            messages.add(result.told)
    return kept


class _Page:
    """The places that the hidden checks of one submission have named so far."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.places: set[Place] = set()

    def said(self, result: CheckResult) -> CheckResult:
        """Return a hidden check with what it says of its fault."""
        if result.fault is None:
            return result
        if result.outcome == "untried":
            return replace(result, told=MORE)
        fault = self._without_more_places(self._said(result.fault))
        self.places.update([fault.place] if fault.place else [])
        return replace(result, told=fault)

    def _said(self, fault: Fault) -> Fault:
        if fault.cause:
            return Fault(WRONG, fault.cause)
        return Fault(fault.what, place=self.lines.nearest(fault.place) if fault.place else None)

    def _without_more_places(self, fault: Fault) -> Fault:
        new = fault.place is not None and fault.place not in self.places
        return replace(fault, place=None) if new and len(self.places) == PLACES else fault


class Lines:
    """The lines of a submission that messages may name: the first lines of statements in functions.

    There are at most LINES, spread evenly where the text has more statements; none if it has more than PARSED
    characters.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._cells = cells

    @cached_property
    def _lines(self) -> dict[str, list[int]]:
        """The lines by cell; few submissions have a message that needs them."""
        small = sum(len(cell.source) for cell in self._cells) <= PARSED
        found = [(cell.name, line) for cell in self._cells for line in _statements(cell)] if small else []
        lines: dict[str, list[int]] = {}
        for name, line in found[:: max(1, -(-len(found) // LINES))]:
            lines.setdefault(name, []).append(line)
        return lines

    def nearest(self, place: Place) -> Place | None:
        """Return the last such line of a place's cell that is not after it; None if there is none."""
        lines = self._lines.get(place.cell, [])
        after = bisect_right(lines, place.line)
        return Place(place.cell, lines[after - 1]) if after else None


def _statements(cell: Cell) -> list[int]:
    """Return the first lines of all statements in functions and lambdas, in order; none if not Python."""
    try:
        tree = ast.parse(cell.source)
    except UNPARSABLE:
        return []
    return sorted({cell.first_line - 1 + line for node in ast.walk(tree) for line in _lines_in(node)})


def _lines_in(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.Lambda):
        yield node.body.lineno
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        inner = (each for part in node.body for each in ast.walk(part))
        yield from (each.lineno for each in inner if isinstance(each, ast.stmt) and not _is_docstring(each))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
