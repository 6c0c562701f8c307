"""The events while a class is graded: the command line prints them, this base class ignores them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from autograder.records.origin import Source
from autograder.records.results import Result

OnResult = Callable[[Result], None]


class Listener:
    """Receives the events of a run. Every method does nothing unless overridden."""

    def found(self, sources: Sequence[Source]) -> None:
        """Handle the sources that were read."""

    def warned(self, text: str) -> None:
        """Handle a warning for staff: a sandbox without isolation, a page that cannot be shown."""

    def due(self, reasons: Mapping[str, str]) -> None:
        """Handle the reasons, by id, why submissions must be graded again."""

    def valid(self, count: int) -> None:
        """Handle the number of submissions that already have a valid result."""

    def grading(self, kind: str, count: int) -> AbstractContextManager[OnResult]:
        """Handle the start of grading; return a context that yields the callback for each result."""
        return nullcontext(lambda result: None)
