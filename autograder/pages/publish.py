"""Writes every page of a graded class: a feedback page each, the report, and grades.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.exports import table
from autograder.grades.attention import Need
from autograder.grades.inventory import Inventory
from autograder.grades.policy import Grade
from autograder.pages import feedback, report, similarity
from autograder.records.assignment import Assignment
from autograder.records.files import write_whole
from autograder.records.results import Result


def publish(
    found: Sequence[Result],
    grades: Mapping[str, Grade],
    inventory: Inventory,
    assignment: Assignment,
    out: Path,
    warning: str = "",
    needs: Sequence[Need] = (),
) -> None:
    """Write the feedback pages, the report and grades.csv for `found`; `needs` are what needs a human."""
    for result in found:
        name = result.submission.id
        feedback.write(out / "feedback" / f"{name}.html", result, assignment, grades.get(name))
    alike = similarity.cached(found, assignment, out / "report" / "similarity.json")
    text = report.page_of(found, assignment, warning, grades, alike, needs)
    write_whole(out / "report" / "index.html", text)
    write_whole(out / "grades.csv", table.to_csv(found, grades, assignment, inventory.missing(found)))
