"""Writes the output of a graded class: a feedback page per submission, the report, and grades.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.exports import table
from autograder.grades.attention import Need
from autograder.grades.inventory import Inventory
from autograder.grades.policy import Grade
from autograder.likeness import store as likeness
from autograder.pages import alike, checks, feedback, report
from autograder.records.assignment import Assignment
from autograder.records.files import write_whole
from autograder.records.results import Result


def publish(
    results: Sequence[Result],
    grades: Mapping[str, Grade],
    inventory: Inventory,
    assignment: Assignment,
    out: Path,
    warning: str = "",
    needs: Sequence[Need] = (),
    against: Mapping[str, Sequence[Result]] | None = None,
    whole: bool = False,
) -> None:
    """Write feedback pages, report and grades.csv to `out`; the report lists `needs` for a human.

    Submissions are compared with each other and with those of other classes, by folder, in `against`. `whole`
    feedback pages show everything about hidden checks.
    """
    write_feedback(results, grades, assignment, out, whole)
    look = likeness.look(results, assignment, out, against)
    alike.write(look, assignment, out)
    text = report.page_of(results, assignment, warning, grades, look.ranking, needs)
    write_whole(out / "report" / "index.html", text)
    write_whole(out / "report" / "checks.html", checks.page_of(results, assignment, grades))
    write_whole(out / "grades.csv", table.to_csv(results, grades, assignment, inventory.missing(results)))


def write_feedback(
    results: Sequence[Result],
    grades: Mapping[str, Grade],
    assignment: Assignment,
    out: Path,
    whole: bool = False,
) -> None:
    """Write the feedback pages to `out`; those that are current stay as they are."""
    for result in results:
        name = result.submission.id
        feedback.write(out / "feedback" / f"{name}.html", result, assignment, grades.get(name), whole)
