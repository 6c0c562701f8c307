"""Formats a fault as text for every page and tool, and decides what students see of hidden checks.

Otter and nbgrader report a lost check only in their output; its headline is both written and parsed here.
"""

from __future__ import annotations

import re

from autograder.records.results import CheckResult, Fault

HEADLINE = "✗ {id}: {title}"
HEADLINES = re.compile(HEADLINE.format(id=r"([a-z_]\w*\.\w+)", title="").rstrip())


def happened(fault: Fault) -> str:
    """Return what went wrong and at which line, without the cause; anyone may read it."""
    return f"{fault.what} at {fault.place.cell}, line {fault.place.line}" if fault.place else fault.what


def sentence(fault: Fault) -> str:
    """Return what went wrong, where, and the likely cause; anyone may read it."""
    return f"{happened(fault)}. Likely cause: {fault.cause}." if fault.cause else happened(fault)


def detail_for_students(check: CheckResult) -> str:
    """Return the evidence of a lost check if students may see it, that is, if the check is public."""
    return check.fault.detail if check.fault and check.visibility == "public" else ""


def for_students(check: CheckResult) -> str:
    """Return why a check was lost, as its student reads it; empty if it passed."""
    return _joined(check.fault, detail_for_students(check))


def for_staff(check: CheckResult) -> str:
    """Return why a check was lost, with all the evidence; empty if it passed."""
    return _joined(check.fault, check.fault.detail if check.fault else "")


def _joined(fault: Fault | None, detail: str) -> str:
    return "\n".join(filter(None, [sentence(fault), detail])) if fault else ""


def tells(check: CheckResult, fact: str) -> bool:
    """True if a student reads `fact`, ignoring case, in the cause or the message of a lost check."""
    if check.fault is None:
        return False
    facts = (check.fault.cause or "", happened(check.fault), detail_for_students(check))
    return any(fact.lower() in text.lower() for text in facts)


def headline(check: CheckResult) -> str:
    """Return the line that identifies a lost check in the output of another tool; see lost_in."""
    return HEADLINE.format(id=check.id, title=check.title)


def lost_in(output: str) -> frozenset[str]:
    """Return the ids of the checks whose headlines are in the output of another tool."""
    return frozenset(HEADLINES.findall(output))
