"""The page that staff read: what needs a human, scores, students, checks, time and memory, likeness."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.grades.attention import Need
from autograder.grades.policy import LATENESS, Grade, number
from autograder.pages import charts, items, page
from autograder.pages.similarity import Pair
from autograder.records.assignment import Assignment
from autograder.records.results import Result

FIRST = {"ungraded": 0, "rejected": 1, "graded": 2}
MOST_PAIRS = 50


@dataclass(frozen=True)
class Row:
    """One student's line: the result, the grade if known, states to filter by, what to look at."""

    result: Result
    grade: Grade | None
    scores: Mapping[str, int]
    states: tuple[str, ...]
    look: tuple[str, ...]

    @property
    def brief(self) -> str:
        """What to look at on one line."""
        return "; ".join(text.partition("\n")[0] for text in self.look)


@dataclass(frozen=True)
class Spread:
    """How points are spread: mean, median, and the parts of the class with all of them and with none."""

    title: str
    most: int
    mean: float
    median: float
    full: float
    none: float


def page_of(
    results: Sequence[Result],
    assignment: Assignment,
    warning: str = "",
    grades: Mapping[str, Grade] | None = None,
    alike: Sequence[Pair] = (),
    needs: Sequence[Need] = (),
) -> str:
    """Return the report as HTML: what needs a human first, then everybody by name.

    `alike` are the submissions that share unusual code, `needs` what of the class needs a human; those that a
    submission's own line tells are left to it.
    """
    order = sorted(results, key=lambda r: (r.submission.student.casefold(), r.submission.id))
    partners = _partners(alike)
    rows = [_row(r, (grades or {}).get(r.submission.id), partners.get(r.submission.id, ())) for r in order]
    scores = [r.score for r in results if r.status == "graded" and r.score is not None]
    most = max((r.max_score for r in results), default=assignment.max_score)
    return page.render(
        "report",
        assignment=assignment,
        number=number,
        rows=rows,
        graded=bool(grades),
        urgent=sorted((r for r in rows if r.look), key=lambda r: FIRST[r.result.status]),
        needs=[need for need in needs if not need.own],
        counts={state: sum(state in row.states for row in rows) for state in STATES},
        warning=warning or next((w for r in results if (w := r.provenance.get("warning"))), ""),
        spreads=_spreads(results, assignment),
        histogram=charts.histogram(scores, most),
        items=items.items(results),
        together=items.together(results),
        used=_used(results),
        alike=alike[:MOST_PAIRS],
        more_alike=max(0, len(alike) - MOST_PAIRS),
        names={r.submission.id: r.submission.student for r in results},
    )


STATES = ("graded", "rejected", "ungraded", "flagged", "similar", "late", "waiting", "changed")


def _row(result: Result, grade: Grade | None, partners: Sequence[str]) -> Row:
    look: list[str] = [result.reason] if result.reason else []
    look += result.flags
    if partners:
        look.append(f"shares unusual code with {', '.join(partners[:3])}")
    states: list[str] = [result.status]
    states += ["flagged"] * bool(result.flags) + ["similar"] * bool(partners)
    if grade is not None:
        late = grade.days_late is None or grade.days_late > 0
        states += ["late"] * late + ["waiting"] * bool(grade.waiting) + ["changed"] * bool(grade.changes)
        look += [LATENESS["unknown"]] if grade.lateness == "unknown" else []
    return Row(result, grade, {q.id: q.score for q in result.questions}, tuple(states), tuple(look))


def _partners(alike: Sequence[Pair]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in alike:
        found.setdefault(pair.first, []).append(pair.second)
        found.setdefault(pair.second, []).append(pair.first)
    return found


def _spreads(results: Sequence[Result], assignment: Assignment) -> list[Spread]:
    graded = [r for r in results if r.status == "graded"]
    found = []
    for question in assignment.questions:
        own = [(q.score, q.max_score) for r in graded for q in r.questions if q.id == question.id]
        if own:
            points = [score for score, _ in own]
            full = sum(score == most for score, most in own) / len(own)
            none = sum(score == 0 for score in points) / len(own)
            mean, median = statistics.fmean(points), statistics.median(points)
            found.append(Spread(question.title, own[0][1], mean, median, full, none))
    return found


def _used(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return median, ninth decile and largest of time and memory, and whose the largest is."""
    kinds = (
        ("seconds", "wall time", "s"),
        ("check_cpu_seconds", "CPU of the student's code", "s"),
        ("start_seconds", "start of the worker", "s"),
        ("peak_memory_mb", "memory of the largest check", "MB"),
    )
    found = []
    for key, title, unit in kinds:
        values = sorted((r.timing[key], r.submission.student) for r in results if key in r.timing)
        if values:
            amounts = [value for value, _ in values]
            ninth = amounts[min(len(amounts) - 1, int(0.9 * len(amounts)))]
            most, whose = values[-1]
            row = {"title": title, "unit": unit, "median": statistics.median(amounts), "ninth": ninth}
            found.append({**row, "most": most, "whose": whose})
    return found
