"""The marks as one CSV: a row per student, a column per question; blank, never zero, when ungraded."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from autograder.assignment import Assignment
from autograder.results import Result

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def to_csv(results: Sequence[Result], assignment: Assignment) -> str:
    """Return the grades of `results`, in their order, as CSV text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    ids = [question.id for question in assignment.questions]
    writer.writerow(["student", "id", "status", "score", "max_score", *ids, "flags", "reason"])
    for result in results:
        scores = {q.id: str(q.score) for q in result.questions}
        info = result.submission
        score = "" if result.score is None else str(result.score)
        marks = [scores.get(i, "") for i in ids]
        told = ["; ".join(result.flags), (result.reason or "").split("\n")[0]]
        row = [info.student, info.id, result.status, score, str(result.max_score), *marks, *told]
        writer.writerow([plain(cell) for cell in row])
    return out.getvalue()
