"""The page that staff read: who got what, what needs a look, and how often each check was passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from autograder.assignment import Assignment
from autograder.page import templates
from autograder.results import Result

FIRST = {"ungraded": 0, "rejected": 1, "graded": 2}


def page(results: Sequence[Result], assignment: Assignment, warning: str = "") -> str:
    """Return the report as HTML: what needs a human first, then the others by name."""
    order = sorted(results, key=lambda r: (FIRST[r.status], not r.flags, r.submission.id))
    scores = {r.submission.id: {q.id: q.score for q in r.questions} for r in results}
    counts = {status: sum(r.status == status for r in results) for status in FIRST}
    return (
        templates()
        .get_template("report.html")
        .render(
            results=order,
            assignment=assignment,
            scores=scores,
            counts=counts,
            checks=_checks(results),
            warning=warning,
        )
    )


def _checks(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return how many submissions passed each check, in the order of the suite."""
    passed: Counter[str] = Counter()
    total: Counter[str] = Counter()
    known: dict[str, dict[str, Any]] = {}
    for check in (c for r in results for c in r.checks):
        row = {"title": check.title, "visibility": check.visibility, "max_points": check.max_points}
        known.setdefault(check.id, {"id": check.id, **row})
        total[check.id] += 1
        passed[check.id] += check.outcome == "passed"
    return [{**row, "passed": passed[i], "all": total[i]} for i, row in known.items()]
