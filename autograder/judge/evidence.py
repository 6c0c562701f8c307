"""The evidence that a running check leaves besides its outcome: margins of comparisons, and exhibits.

The author of a check calls plain functions (`expect.close`, `exhibit.images`), which add to the record of
the running check. The plugin opens one record for each run of a check and reads it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from autograder.records.results import Exhibit

_RUNNING: ContextVar[Evidence] = ContextVar("the evidence of the running check")


@dataclass
class Evidence:
    """One run of a check: the fraction of each tolerance used (1 is all of it), and the exhibits."""

    margins: list[float] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)


@contextmanager
def collected() -> Iterator[Evidence]:
    """Yield the record to which everything in this block adds its evidence."""
    record = Evidence()
    token = _RUNNING.set(record)
    try:
        yield record
    finally:
        _RUNNING.reset(token)


def running() -> Evidence:
    """Return the record of the running check; outside a check, return a new record, which is discarded."""
    return _RUNNING.get(Evidence())
