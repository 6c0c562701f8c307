"""What the check that runs leaves beside its outcome: how near its comparisons came, and what it shows.

A check's author calls plain functions (`expect.close`, `exhibit.images`), which find the record of their
check here; the plugin opens one for each run of a check and reads it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from autograder.records.results import Exhibit

_RUNNING: ContextVar[Evidence] = ContextVar("the evidence of the check that runs")


@dataclass
class Evidence:
    """One run of a check: the part of each allowance used up, 1 being all of it, and the exhibits."""

    margins: list[float] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)


@contextmanager
def collected() -> Iterator[Evidence]:
    """Yield the record to which all that runs in this block adds."""
    found = Evidence()
    token = _RUNNING.set(found)
    try:
        yield found
    finally:
        _RUNNING.reset(token)


def running() -> Evidence:
    """Return the record of the check that runs; outside of a check, a new one, which is dropped."""
    return _RUNNING.get(Evidence())
