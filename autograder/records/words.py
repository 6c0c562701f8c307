"""Formats a fault as text for every page and tool, and decides what students see of hidden checks.

Otter and nbgrader report a lost check only in their output; its headline is both written and parsed here.
"""

from __future__ import annotations

import re
from dataclasses import replace

from autograder.records.results import CheckResult, Fault

MORE = Fault("lost too; begin with the other messages about this question")  # of a hidden check
HEADLINE = "✗ {id}: {title}"
HEADLINES = re.compile(HEADLINE.format(id=r"([a-z_]\w*\.\w+)", title="").rstrip())


def happened(fault: Fault) -> str:
    """Return what went wrong and at which line, without the cause; anyone may read it."""
    return f"{fault.what} at {fault.place.cell}, line {fault.place.line}" if fault.place else fault.what


def sentence(fault: Fault) -> str:
    """Return what went wrong, where, and the likely cause; anyone may read it."""
    return f"{happened(fault)}. Likely cause: {fault.cause}." if fault.cause else happened(fault)


def told(check: CheckResult, whole: bool = False) -> Fault | None:
    """Return the fault of a lost check as its student reads it; unless `whole`, a hidden check says less."""
    if whole or check.fault is None or check.visibility == "public":
        return check.fault
    return check.told or replace(check.fault, detail="")


def as_read(check: CheckResult, whole: bool = False) -> CheckResult:
    """Return a check as its student reads it; unless `whole`, a hidden one hides how it ended, too."""
    if whole or check.told is None:
        return replace(check, fault=told(check, whole))
    caused = bool(check.told.cause) or check.told == MORE
    return replace(check, fault=check.told, outcome="failed" if caused else check.outcome, because="")


def for_students(check: CheckResult) -> str:
    """Return why a check was lost, as its student reads it; empty if it passed."""
    return _joined(told(check))


def for_staff(check: CheckResult) -> str:
    """Return why a check was lost, with all the evidence; empty if it passed."""
    return _joined(check.fault)


def _joined(fault: Fault | None) -> str:
    return "\n".join(filter(None, [sentence(fault), fault.detail])) if fault else ""


def tells(check: CheckResult, fact: str) -> bool:
    """True if a student reads `fact`, ignoring case, in the cause or the message of a lost check."""
    fault = told(check)
    facts = (fault.cause or "", happened(fault), fault.detail) if fault else ()
    return any(fact.lower() in text.lower() for text in facts)


def headline(check: CheckResult) -> str:
    """Return the line that identifies a lost check in the output of another tool; see lost_in."""
    return HEADLINE.format(id=check.id, title=check.title)


def lost_in(output: str) -> frozenset[str]:
    """Return the ids of the checks whose headlines are in the output of another tool."""
    return frozenset(HEADLINES.findall(output))
