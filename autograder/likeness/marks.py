"""Marks, in the code of two submissions, the lines that say the same, for a page that shows both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from autograder.likeness.work import Spot, Work
from autograder.records.submission import Cell

SHARED = 0.5  # of a line's grams: with as many in the other submission, the line is marked
GAP = 3  # lines: comments and blank lines between two own lines are shown with them


@dataclass(frozen=True)
class Row:
    """One line of code as it is shown: its number in its cell, its text, and whether the other has it too."""

    number: int
    text: str
    shared: bool


@dataclass(frozen=True)
class Passage:
    """Own code in one cell, without a large gap."""

    cell: str
    rows: tuple[Row, ...]


class Code:
    """The own code of one submission as a page shows it, read once however many pages show it."""

    def __init__(self, work: Work, cells: Sequence[Cell]) -> None:
        self.work = work
        self._cells = cells
        self._lines = cache(lambda cell: cells[cell].source.split("\n"))
        self._runs = cache(self._runs_of)

    @cached_property
    def grams(self) -> frozenset[int]:
        """All grams of the submission."""
        return frozenset(int(gram) for gram in self.work.grams)

    def passages(self, other: Code, question: str) -> tuple[Passage, ...]:
        """Return the own code of one question, with the lines marked that `other` has too."""
        return tuple(self._passage(run, other.grams) for run in self._runs(question))

    def _runs_of(self, question: str) -> list[list[Spot]]:
        spots = (spot for spot in self.work.spots if spot.question == question)
        return _runs(sorted(spots, key=lambda spot: (spot.cell, spot.first)))

    def _passage(self, run: Sequence[Spot], known: frozenset[int]) -> Passage:
        cell = self._cells[run[0].cell]
        lines = self._lines(run[0].cell)
        marked = {
            number
            for spot in run
            if len(spot.grams & known) > SHARED * len(spot.grams)
            for number in range(spot.first, spot.last + 1)
        }
        first, last = run[0].first, max(spot.last for spot in run)
        numbers = range(first, min(last, len(lines)) + 1)
        rows = (
            Row(cell.first_line + n - 1, lines[n - 1], n in marked and bool(lines[n - 1].strip()))
            for n in numbers
        )
        return Passage(cell.name, tuple(rows))


def _runs(spots: Iterable[Spot]) -> list[list[Spot]]:
    runs: list[list[Spot]] = []
    for spot in spots:
        last = runs[-1][-1] if runs else None
        if last is not None and last.cell == spot.cell and spot.first <= last.last + GAP:
            runs[-1].append(spot)
        else:
            runs.append([spot])
    return runs
