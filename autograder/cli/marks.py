"""The commands about one student: show, override, same and choose."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, clear_errors, explained, harmless, load
from autograder.cohort import Cohort, Student
from autograder.grades.policy import Grade, number
from autograder.records.results import Result


@click.command()
@OUT
@click.argument("who", metavar="ID")
@ASSIGNMENT_OPTION
@clear_errors
def show(out: Path, who: str, assignment: Path) -> int:
    """Show one student: the grade and how it was computed, failed checks and why, earlier results.

    \b
    Example: autograder show graded ada
    ID is a submission's id, or a student's name, id, number or email, or a part that only one student has.
    """
    from autograder.records import words

    student = Cohort(out, load(assignment)).student(who)
    _show_head(student.result, student.grade)
    for check in student.result.checks:
        if check.outcome != "passed":
            click.secho(f"\n✗ {check.id}  {check.points}/{check.max_points}  {check.outcome}", fg="red")
            click.echo(f"  {check.title}")
            for line in explained(words.for_staff(check), check.printed).splitlines():
                click.echo(f"  {line}")
    _show_history(student)
    click.echo(f"\nfeedback  {student.page}")
    return 0


def _show_head(result: Result, grade: Grade) -> None:
    info = result.submission
    points = number(grade.points) or "none yet"
    click.secho(f"{info.student} ({info.id}): {points} of {grade.max_points}", bold=True)
    for member in info.members if len(info.members) > 1 else ():
        click.echo(f"  with {member.name} {member.id} {member.email}".rstrip())
    times = {
        None: "at an unknown time",
        True: "late, according to the LMS",
        False: "on time, according to the LMS",
    }
    click.echo(f"handed in {info.submitted or times[info.late]}: {info.source}")
    for mark in grade.marks:
        points = f"{number(mark.points) or '–'}/{mark.max_points}"
        click.echo(f"  {points:>8}  {mark.title}{f' (by {mark.by})' if mark.by != 'checks' else ''}")
    for text in (*grade.why, *(f"flagged: {flag}" for flag in result.flags), *result.notes):
        click.secho(harmless(text), fg="yellow")


def _show_history(student: Student) -> None:
    for old in student.earlier:
        suite, score = old.provenance.get("suite", "")[:8], number(old.score) or "none"
        click.echo(f"before: {old.status}, score {score}, suite {suite}, file {old.submission.sha256[:8]}")
    if student.failure:
        click.secho(f"last regrade failed: {student.failure.reason}", fg="red")
    for change in student.changes:
        value = "taken back" if change.value is None else number(change.value)
        before = number(change.was) or "none"
        click.echo(f"{change.when} {change.who}: {change.what} {before} → {value}: {change.why}")
    for choice in student.choices:
        click.echo(harmless(f"{choice.when} {choice.who}: {choice.file} counts: {choice.why}"))


@click.command()
@OUT
@click.argument("who", metavar="ID")
@click.argument("what")
@click.argument("value")
@click.option("--reason", required=True, help="The reason; the student may ask for it.")
@click.option("--by", metavar="NAME", help="Who decided; by default, you.")
@ASSIGNMENT_OPTION
@clear_errors
def override(
    out: Path, who: str, what: str, value: str, reason: str, by: str | None, assignment: Path
) -> int:
    """Change a question's points, the grade or the days late of one student, with a reason.

    \b
    Example: autograder override graded ada losses 25 --reason "the check was too strict"
    WHAT is a question's id, `grade` or `late_days`; VALUE is a number, or `back` to undo the override.
    Each change is appended to OUT/overrides.jsonl, and no regrade touches it. The student's page, the
    report and grades.csv are updated.
    """
    done = Cohort(out, load(assignment)).override(who, what, value, reason, by)
    old, new = (number(grade.points) or "none yet" for grade in (done.before, done.after))
    click.echo(f"{done.result.submission.student}: {old} → {new} of {done.after.max_points}")
    for text in done.after.why:
        click.echo(f"  {text}")
    click.echo(f"feedback  {done.page}")
    return 0


@click.command()
@OUT
@click.argument("submission")
@click.argument("students", nargs=-1, required=True)
@ASSIGNMENT_OPTION
@clear_errors
def same(out: Path, submission: str, students: tuple[str, ...], assignment: Path) -> int:
    """Say which students on the roster handed in a submission that grade could not join by itself.

    \b
    Example: autograder same graded newbyrobin-40103 "Robin Oldfield"
    STUDENTS are ids, emails or names on the roster, several for a group; `back` undoes it. OUT/intake.json
    keeps it for later downloads, regrades and exports.
    """
    done = Cohort(out, load(assignment)).same(submission, students)
    names = ", ".join(member.name or member.id for member in done.students) or "whom the next grade finds"
    click.echo(f"{done.submission.id} belongs to {names}")
    return 0


@click.command()
@OUT
@click.argument("who", metavar="ID")
@click.argument("file")
@click.option("--reason", required=True, help="The reason; the student may ask for it.")
@click.option("--by", metavar="NAME", help="Who decided; by default, you.")
@ASSIGNMENT_OPTION
@clear_errors
def choose(out: Path, who: str, file: str, reason: str, by: str | None, assignment: Path) -> int:
    """Choose which file of a student counts, where several could be meant.

    \b
    Example: autograder choose graded ada "Version 2/latent_space.py" --reason "mail of 3 March"
    FILE is one of the names that `grade` lists for this student. Each choice is appended to
    OUT/choices.jsonl; later runs follow it as long as the student's files stay the same.
    """
    done = Cohort(out, load(assignment)).choose(who, file, reason, by)
    click.echo(f"{done.result.submission.student}: {harmless(done.choice.file)} counts")
    click.echo(f"grade it with: autograder regrade {out} --only {done.choice.submission}")
    return 0
