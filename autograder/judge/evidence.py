"""The evidence that a running check leaves besides its outcome: comparisons, their margins, and exhibits.

The author of a check calls plain functions (`expect.close`, `exhibit.images`), which add to the record of
the running check. The plugin opens one record for each run of a check and reads it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from autograder.judge.causes import Claim, Comparison
from autograder.records.results import Exhibit

_RUNNING: ContextVar[Evidence] = ContextVar("the evidence of the running check")


@dataclass
class Evidence:
    """One run of a check: the fraction of each tolerance used (1 is all of it), exhibits, and causes.

    `about` is the student's function that was called last. `claims` are what failed expectations said, among
    them those that the check itself caught. `compared` is true once a value was compared.
    """

    margins: list[float] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    about: str = ""
    compared: bool = False

    def claim_of(self, what: str, cause: str | None) -> Claim:
        """Return the claim behind a fault; one raised by an earlier check's run states its cause only."""
        stated = Claim(what, self.about, (cause,) if cause else ())
        return next((claim for claim in reversed(self.claims) if claim.what == what), stated)


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
