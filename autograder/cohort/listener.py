"""Who is told what happens while a class is graded: the command line speaks, this one keeps quiet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from autograder.records.origin import Source
from autograder.records.results import Result

OnResult = Callable[[Result], None]


class Listener:
    """Hears of a run as it goes. Every method may be left as it is."""

    def found(self, sources: Sequence[Source]) -> None:
        """Hear what the paths hold."""

    def warned(self, text: str) -> None:
        """Hear of what staff should know: no wall in this sandbox, a page that cannot be shown."""

    def due(self, reasons: Mapping[str, str]) -> None:
        """Hear, by id, why submissions have to be graded again."""

    def valid(self, count: int) -> None:
        """Hear how many already have a valid result."""

    def grading(self, kind: str, count: int) -> AbstractContextManager[OnResult]:
        """Hear how many will be graded, and in which sandbox; return what to call with each result."""
        return nullcontext(lambda result: None)
