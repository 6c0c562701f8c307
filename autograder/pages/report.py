"""The page that staff read: what needs a human, scores, students, checks, time, memory, similarity."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.grades.attention import Need
from autograder.grades.policy import LATENESS, Grade, number
from autograder.likeness.rank import Ranking
from autograder.pages import alike, charts, items, page
from autograder.records.assignment import Assignment
from autograder.records.results import Result

FIRST = {"ungraded": 0, "waiting": 1, "rejected": 2, "graded": 3}
MOST_PAIRS = 50
NOBODY = Ranking((), 1.0, ())


@dataclass(frozen=True)
class Row:
    """One student's row: result, grade if known, states to filter by, and texts to look at."""

    result: Result
    grade: Grade | None
    scores: Mapping[str, int]
    states: tuple[str, ...]
    look: tuple[str, ...]

    @property
    def brief(self) -> str:
        """The texts to look at, in one line."""
        return "; ".join(text.partition("\n")[0] for text in self.look)


@dataclass(frozen=True)
class Spread:
    """The spread of points: mean, median, and the fractions of the class with all points and with none."""

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
    likeness: Ranking = NOBODY,
    needs: Sequence[Need] = (),
) -> str:
    """Return the report as HTML: first what needs a human, then all students by name.

    `likeness` ranks the pairs by the code that they share; `needs` lists what needs a human, and those that a
    student's own row already shows are left out.
    """
    order = sorted(results, key=lambda r: (r.submission.student.casefold(), r.submission.id))
    pairs = likeness.standing_out
    partners = alike.partners(pairs)
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
        rulings={ruling.check: ruling for g in (grades or {}).values() for ruling in g.rulings},
        together=items.together(results),
        used=_used(results),
        alike=pairs[:MOST_PAIRS],
        more_alike=max(0, len(pairs) - MOST_PAIRS),
        groups=[group for group in likeness.groups() if len(group) > 2],
        pages={(pair.first, pair.second): alike.name_of(pair) for pair in pairs[:MOST_PAIRS]},
        names={r.submission.id: r.submission.student for r in results},
    )


STATES = ("graded", "rejected", "ungraded", "undecided", "flagged", "similar", "late", "waiting", "changed")


def _row(result: Result, grade: Grade | None, partners: Sequence[str]) -> Row:
    look: list[str] = [result.reason] if result.reason else []
    look += result.flags
    if partners:
        look.append(f"shares unusual code with {', '.join(partners[:3])}")
    states: list[str] = ["undecided" if result.status == "waiting" else result.status]
    states += ["flagged"] * bool(result.flags) + ["similar"] * bool(partners)
    if grade is not None:
        late = grade.days_late is None or grade.days_late > 0
        states += ["late"] * late + ["waiting"] * bool(grade.waiting) + ["changed"] * bool(grade.changes)
        look += [LATENESS["unknown"]] if grade.lateness == "unknown" else []
    return Row(result, grade, {q.id: q.score for q in result.questions}, tuple(states), tuple(look))


def _spreads(results: Sequence[Result], assignment: Assignment) -> list[Spread]:
    graded = [r for r in results if r.status == "graded"]
    spreads = []
    for question in assignment.questions:
        scores = [(q.score, q.max_score) for r in graded for q in r.questions if q.id == question.id]
        if scores:
            points = [score for score, _ in scores]
            full = sum(score == most for score, most in scores) / len(scores)
            none = sum(score == 0 for score in points) / len(scores)
            mean, median = statistics.fmean(points), statistics.median(points)
            spreads.append(Spread(question.title, scores[0][1], mean, median, full, none))
    return spreads


def _used(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return median, ninth decile and maximum of times and memory, and the student with the maximum."""
    kinds = (
        ("seconds", "wall time", "s"),
        ("check_cpu_seconds", "CPU of the student's code", "s"),
        ("start_seconds", "start of the worker", "s"),
        ("peak_memory_mb", "memory of the largest check", "MB"),
    )
    rows = []
    for key, title, unit in kinds:
        values = sorted((r.timing[key], r.submission.student) for r in results if key in r.timing)
        if values:
            amounts = [value for value, _ in values]
            ninth = amounts[min(len(amounts) - 1, int(0.9 * len(amounts)))]
            most, whose = values[-1]
            row = {"title": title, "unit": unit, "median": statistics.median(amounts), "ninth": ninth}
            rows.append({**row, "most": most, "whose": whose})
    return rows
