"""Makes the words of a fault, once for everybody who shows it; decides what students see of hidden checks.

Otter and nbgrader report a lost check only in their output: its headline is both written and found here.
"""

from __future__ import annotations

import re

from autograder.records.results import CheckResult, Fault

HEADLINE = "✗ {id}: {title}"
HEADLINES = re.compile(HEADLINE.format(id=r"([a-z_]\w*\.\w+)", title="").rstrip())


def happened(fault: Fault) -> str:
    """Return what went wrong and at which line, without the cause; anybody may read it."""
    return f"{fault.what} at {fault.place.cell}, line {fault.place.line}" if fault.place else fault.what


def sentence(fault: Fault) -> str:
    """Return what went wrong, where, and the likely cause; anybody may read it."""
    return f"{happened(fault)}. Likely cause: {fault.cause}." if fault.cause else happened(fault)


def detail_for_students(check: CheckResult) -> str:
    """Return what was seen in a lost check, where students may know it: in public checks only."""
    return check.fault.detail if check.fault and check.visibility == "public" else ""


def for_students(check: CheckResult) -> str:
    """Return why a check was lost, as its student reads it; nothing where it passed."""
    return _joined(check.fault, detail_for_students(check))


def for_staff(check: CheckResult) -> str:
    """Return why a check was lost, with all that was seen; nothing where it passed."""
    return _joined(check.fault, check.fault.detail if check.fault else "")


def _joined(fault: Fault | None, detail: str) -> str:
    return "\n".join(filter(None, [sentence(fault), detail])) if fault else ""


def tells(check: CheckResult, fact: str) -> bool:
    """True if a student reads `fact`, in upper or lower case, in the cause of a lost check or beside it."""
    if check.fault is None:
        return False
    facts = (check.fault.cause or "", happened(check.fault), detail_for_students(check))
    return any(fact.lower() in text.lower() for text in facts)


def headline(check: CheckResult) -> str:
    """Return the line that names a lost check in the output of another tool; see lost_in."""
    return HEADLINE.format(id=check.id, title=check.title)


def lost_in(output: str) -> frozenset[str]:
    """Return the ids of the checks whose headlines are in the output of another tool."""
    return frozenset(HEADLINES.findall(output))
