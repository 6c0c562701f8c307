"""What a teaching assistant types when a student asks: show and override."""

from __future__ import annotations

import difflib
import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, class_in, clear_errors, explained, harmless, load
from autograder.errors import UsageError

if TYPE_CHECKING:
    from autograder.grades.policy import Grade
    from autograder.records.results import Result


@click.command()
@OUT
@click.argument("who", metavar="ID")
@ASSIGNMENT_OPTION
@clear_errors
def show(out: Path, who: str, assignment: Path) -> int:
    """Show one student: the grade and how it came about, what failed and why, what it was before.

    \b
    Example: autograder show graded ada
    ID may be a part of the submission's id, or of a name, id or email of a student, if it is of one only.
    """
    from autograder.records import words

    found, grades = class_in(out, load(assignment))
    result = _one(found, who, out)
    grade = grades[result.submission.id]
    _show_head(result, grade)
    for check in result.checks:
        if check.outcome != "passed":
            click.secho(f"\n✗ {check.id}  {check.points}/{check.max_points}  {check.outcome}", fg="red")
            click.echo(f"  {check.title}")
            for line in explained(words.for_staff(check), check.printed).splitlines():
                click.echo(f"  {line}")
    _show_history(result, out)
    click.echo(f"\nfeedback  {out / 'feedback' / f'{result.submission.id}.html'}")
    return 0


def _show_head(result: Result, grade: Grade) -> None:
    from autograder.grades.policy import number

    info = result.submission
    points = number(grade.points) or "none yet"
    click.secho(f"{info.student} ({info.id}): {points} of {grade.max_points}", bold=True)
    for member in info.members if len(info.members) > 1 else ():
        click.echo(f"  with {member.name} {member.id} {member.email}".rstrip())
    marks = {None: "at an unknown time", True: "late, by the LMS's mark", False: "in time, by the LMS's mark"}
    click.echo(f"handed in {info.submitted or marks[info.late]}: {info.source}")
    for mark in grade.marks:
        own = f"{number(mark.points) or '–'}/{mark.max_points}"
        click.echo(f"  {own:>8}  {mark.title}{f' (by {mark.by})' if mark.by != 'checks' else ''}")
    for text in (*grade.why, *(f"flagged: {flag}" for flag in result.flags), *result.notes):
        click.secho(harmless(text), fg="yellow")


def _show_history(result: Result, out: Path) -> None:
    from autograder.grades import overrides, store
    from autograder.grades.policy import number

    name = result.submission.id
    for old in store.earlier(name, out):
        suite, score = old.provenance.get("suite", "")[:8], number(old.score) or "none"
        click.echo(f"before: {old.status}, score {score}, suite {suite}, file {old.submission.sha256[:8]}")
    if failed := store.failure(name, out):
        click.secho(f"last try to grade it anew failed: {failed.reason}", fg="red")
    for change in overrides.read(out):
        if change.submission == name:
            value = "taken back" if change.value is None else number(change.value)
            before = number(change.was) or "none"
            click.echo(f"{change.when} {change.who}: {change.what} {before} → {value}: {change.why}")


@click.command()
@OUT
@click.argument("who", metavar="ID")
@click.argument("what")
@click.argument("value")
@click.option("--reason", required=True, help="Why; the student may ask.")
@click.option("--by", metavar="NAME", help="Who decides; you, where not said.")
@ASSIGNMENT_OPTION
@clear_errors
def override(
    out: Path, who: str, what: str, value: str, reason: str, by: str | None, assignment: Path
) -> int:
    """Change one thing of one student, with a reason.

    \b
    Example: autograder override graded ada losses 25 --reason "the check was too strict"
    WHAT is a question's id, `grade` or `late_days`; VALUE a number, or `back` for what was before. Every
    change is a line of its own in DIR/overrides.jsonl, and no regrade touches it.
    """
    from autograder.grades import overrides
    from autograder.grades.overrides import Change
    from autograder.grades.policy import number

    loaded = load(assignment)
    found, grades = class_in(out, loaded)
    result = _one(found, who, out)
    before = grades[result.submission.id]
    if not reason.strip():
        raise UsageError("--reason: expected a sentence, got nothing; say why, the student may ask")
    decided = _decided(what, value, before)
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    change = Change(now, by or getpass.getuser(), before.id, what, decided, _values(before)[what], reason)
    overrides.append(change, out)
    after = class_in(out, loaded)[1][before.id]
    old, new = (number(grade.points) or "none yet" for grade in (before, after))
    click.echo(f"{result.submission.student}: {old} → {new} of {after.max_points}")
    for text in after.why:
        click.echo(f"  {text}")
    click.echo(f"the pages follow with: autograder report {out}")
    return 0


def _values(grade: Grade) -> dict[str, float | None]:
    """Return what can be changed, as it is now."""
    marks = {mark.id: mark.points for mark in grade.marks}
    return {**marks, "grade": grade.points, "late_days": grade.days_late}


def _decided(what: str, value: str, grade: Grade) -> float | None:
    """Return the number that `value` is, or None for `back`. Raises UsageError where it cannot be that."""
    known = _values(grade)
    if what not in known:
        near = difflib.get_close_matches(what, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise UsageError(f"nothing called {what!r} can be changed; {hint}")
    if value == "back":
        return None
    most = {mark.id: mark.max_points for mark in grade.marks} | {"grade": grade.max_points, "late_days": 1000}
    try:
        points = float(value)
    except ValueError:
        points = -1.0
    if not 0 <= points <= most[what] or (what == "late_days" and points != int(points)):
        raise UsageError(f"{what}: expected a number from 0 to {most[what]}, or `back`, got {value!r}")
    return points


def _one(found: list[Result], who: str, out: Path) -> Result:
    """Return the result that `who` means. Raises UsageError where it is none, or several."""
    exact = [result for result in found if result.submission.id == who]
    part = who.casefold()
    likely = exact or [r for r in found if any(part in name.casefold() for name in _names(r))]
    if len(likely) == 1:
        return likely[0]
    if likely:
        raise UsageError(
            f"{who!r}: several students; say which: {', '.join(r.submission.id for r in likely)}"
        )
    near = difflib.get_close_matches(who, [name for r in found for name in _names(r)], 1)
    raise UsageError(f"no student {who!r} in {out}" + (f"; did you mean {near[0]!r}?" if near else ""))


def _names(result: Result) -> list[str]:
    info = result.submission
    members = [name for m in info.members for name in (m.name, m.id, m.email) if name]
    return [info.id, info.student, *members]
