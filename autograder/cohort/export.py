"""Writes a class's grades for another program: Canvas, Moodle, Gradescope, or plain CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from autograder.cohort.facts import Facts
from autograder.cohort.records import Format, Template
from autograder.errors import UsageError
from autograder.exports import canvas, gradescope, moodle, table
from autograder.exports.fill import Filled, Row, looks_of
from autograder.grades.policy import Grade, number
from autograder.records.submission import Member

OWN = ("Grade",)  # of the columns in a file of our own, the one that Filled.rows shows


def place_of(to: Format, out: Path) -> Path:
    """Return the default path of an export, below the class's folder."""
    return out / "exports" / {"gradescope": "gradescope", "json": "json.json"}.get(to, f"{to}.csv")


def write(facts: Facts, to: Format, template: Template, place: Path, checks_only: bool = False) -> Filled:
    """Write the grades to `place`; Canvas and Moodle get their own file, the template, back with one column.

    With `checks_only`, answers that are graded by hand are left out. Raises UsageError if the template is
    missing or in the wrong format.
    """
    grades = facts.grades(written=not checks_only)
    looks = looks_of(grades.values())
    if to == "gradescope":
        filled = gradescope.write_all(facts.results(), grades, facts.assignment, place)
        return replace(filled, looks=looks, columns=OWN, rows=_rows(facts, grades))
    filled = replace(_filled(facts, to, template, grades), looks=looks)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(filled.text, encoding="utf-8", newline="")
    return filled


def _filled(facts: Facts, to: Format, template: Template, grades: Mapping[str, Grade]) -> Filled:
    results = facts.results()
    if to in ("csv", "json"):
        missing = facts.inventory.missing(results)
        text = (
            table.to_csv(results, grades, facts.assignment, missing)
            if to == "csv"
            else table.to_json(results, grades, missing)
        )
        written = sum(grade.points is not None for grade in grades.values())
        strangers, rows = list(facts.inventory.strangers(results)), _rows(facts, grades, missing)
        return Filled(text, written, strangers=strangers, columns=OWN, rows=rows)
    if template.path is None:
        raise UsageError(f"export {to}: expected --template with {to.title()}'s own file, got none; add it")
    how = (template.column, template.scaled, template.keep)
    if to == "canvas":
        return canvas.fill(template.path, results, grades, facts.assignment.title, *how)
    return moodle.fill(template.path, results, grades, *how)


def _rows(facts: Facts, grades: Mapping[str, Grade], missing: Iterable[Member] = ()) -> list[Row]:
    """Return every student of a file of our own, in which nothing stood before."""
    rows = []
    for result in facts.results():
        grade = grades[of := result.submission.id]
        why = "" if grade.points is not None else "; ".join(grade.why) or "no grade yet"
        for member in result.submission.members or (Member(result.submission.student),):
            rows.append(Row(0, member.name, of, ("",), (number(grade.points),), why))
    return [*rows, *(Row(0, member.name, "", ("",), ("",), "no submission") for member in missing)]
