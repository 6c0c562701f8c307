"""The commands about students and their checks: show, override, rule, same and choose."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, clear_errors, explained, harmless, load, tell
from autograder.cohort import Cohort, Overridden, Student
from autograder.errors import UsageError
from autograder.grades.policy import Grade, number
from autograder.grades.rulings import What
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

    cohort = Cohort(out, load(assignment))
    tell(cohort.notice())
    student = cohort.student(who)
    _show_head(student.result, student.grade)
    for check in student.result.checks:
        if check.outcome != "passed":
            click.secho(f"\n✗ {check.id}  {check.points}/{check.max_points}  {check.outcome}", fg="red")
            click.echo(f"  {check.title}")
            for line in explained(words.for_staff(check), check.printed).splitlines():
                click.echo(f"  {line}")
    _show_looks(student.grade)
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
    for text in (*grade.why, *info.doubts, *(f"flagged: {flag}" for flag in result.flags), *result.notes):
        click.secho(harmless(text), fg="yellow")


def _show_looks(grade: Grade) -> None:
    """Print the marks that were given before the work changed, below a heading of their own."""
    if grade.to_look_at:
        click.secho("\nmarked before the work or its points changed; look again:", fg="yellow")
    for text in grade.to_look_at:
        click.secho(f"  {harmless(text)}", fg="yellow")


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
        counts = f"{choice.file} counts" if choice.file else "choice taken back"
        click.echo(harmless(f"{choice.when} {choice.who}: {counts}: {choice.why}"))


@click.command(context_settings={"ignore_unknown_options": True})  # -2 is a value
@OUT
@click.argument("who", metavar="[ID]...", nargs=-1)
@click.argument("what")
@click.argument("value")
@click.option("--reason", required=True, help="The reason; the students read it on their page.")
@click.option("--by", metavar="NAME", help="Who decided; by default, you.")
@click.option("--everyone", is_flag=True, help="Change the whole class, instead of the students named.")
@ASSIGNMENT_OPTION
@clear_errors
def override(
    out: Path,
    who: tuple[str, ...],
    what: str,
    value: str,
    reason: str,
    by: str | None,
    everyone: bool,
    assignment: Path,
) -> int:
    """Change a question's or a check's points, the grade or the days late of students, with a reason.

    \b
    Example: autograder override graded ada losses 25 --reason "the check was too strict"
             autograder override graded ada bob losses +2 --reason "the handout left it open"
             autograder override graded --everyone losses.bce_of_six_pixels 2 --reason "the check was wrong"
    WHAT is the id of a question or a check, `grade` or `late_days`. VALUE is a number; or `+2` or `-2`, which
    change what counts by that much; or `back` to undo the override. If a change is impossible for one of the
    students, nothing is changed. Each change is appended to OUT/overrides.jsonl, and no regrade touches it.
    The students' pages, the report and grades.csv are updated.
    """
    if everyone and who:
        raise UsageError(f"--everyone: expected no names beside it, got {', '.join(who)}; omit one of them")
    cohort = Cohort(out, load(assignment))
    made = cohort.override_each(None if everyone else who, what, value, reason, by)
    tell(cohort.notice())  # not before: facts are read under the lock
    for done in made:
        _say(done, whole=len(made) == 1)
    if len(made) > 1:
        click.echo(f"{sum(done.change is not None for done in made)} of {len(made)} changed")
    return 0


def _say(done: Overridden, whole: bool) -> None:
    """Print one student's change before and after; with `whole`, also how the grade is computed."""
    name = done.result.submission.student
    if done.change is None:
        click.secho(f"{name}: not changed, {done.skipped}", fg="yellow")
        return
    old, new = (number(grade.points) or "none yet" for grade in (done.before, done.after))
    click.echo(f"{name}: {old} → {new} of {done.after.max_points}")
    if done.change.what != "grade":
        was, now = number(done.change.was) or "none", number(done.change.value) or "taken back"
        click.echo(f"  {done.change.what}: {was} → {now}")
    for text in done.after.why if whole else ():
        click.echo(f"  {text}")
    if whole:
        click.echo(f"feedback  {done.page}")


@click.command()
@OUT
@click.argument("check")
@click.argument("what", type=click.Choice(get_args(What)))
@click.option("--reason", required=True, help="The reason; every student reads it.")
@click.option("--by", metavar="NAME", help="Who decided; by default, you.")
@ASSIGNMENT_OPTION
@clear_errors
def rule(out: Path, check: str, what: What, reason: str, by: str | None, assignment: Path) -> int:
    """Drop a check for the whole class, or give everybody its points, or take that back.

    \b
    Example: autograder rule graded losses.bce_of_six_pixels drop --reason "the handout contradicts it"
             autograder rule graded losses.bce_of_six_pixels give --reason "the check was wrong"
             autograder rule graded losses.bce_of_six_pixels back --reason "it was right after all"
    CHECK is its id, as `show` and the report print it. Of a question with a dropped check, the other checks
    are worth all points. It counts for work that comes later, too; each ruling is appended to
    OUT/rulings.jsonl, and no regrade touches it. An override of one student beats it. The students' pages
    say so, with the reason.
    """
    from autograder.grades.regrade import changed

    cohort = Cohort(out, load(assignment))
    done = cohort.rule(check, what, reason, by)
    tell(cohort.notice())  # not before: facts are read under the lock
    click.echo(harmless(str(done.ruling)))
    lines = changed(done.before, done.after)
    for text in lines:
        click.echo(f"  {text}")
    asked = f"{len(done.results)} of {len(done.after)} submissions have the check"
    click.echo(f"{asked}; {len(lines)} {'grade' if len(lines) == 1 else 'grades'} changed")
    return 0


@click.command()
@OUT
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Write the spreadsheet, to fill in, instead of reading it.")
@click.option("--replace", is_flag=True, help="Also replace marks and comments that somebody gave.")
@click.option("--by", metavar="NAME", help="Who marked; by default, you.")
@ASSIGNMENT_OPTION
@clear_errors
def marks(out: Path, file: Path, write: bool, replace: bool, by: str | None, assignment: Path) -> int:
    """Take marks by hand and comments from a spreadsheet, or write one to fill in.

    \b
    Example: autograder marks graded marks.csv --write
             autograder marks graded marks.csv --by Tara
    Columns are the ids of questions, and `ID comment` for comments on written answers; `submission` says
    whose they are, or a student's number, email or name, as in a roster. Empty cells change nothing. Either
    every cell is possible, or nothing is changed. Marks go into the gradebook, where formgrader shows them.
    """
    cohort = Cohort(out, load(assignment))
    if write:
        click.echo(f"{cohort.marks(file)} rows written to {file}")
        return 0
    done = cohort.mark(file, replace, by)
    tell(cohort.notice())  # not before: facts are read under the lock
    given = f"marks given: {done.marks}, comments: {done.comments}"
    click.echo(f"{given}; replaced: {done.replaced}; as before: {done.same}")
    if done.ignored:
        click.secho(harmless(f"columns that were not read: {', '.join(done.ignored)}"), fg="yellow")
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
@click.argument("who", metavar="ID...", nargs=-1, required=True)
@click.argument("file")
@click.option("--reason", required=True, help="The reason; the students may ask for it.")
@click.option("--by", metavar="NAME", help="Who decided; by default, you.")
@ASSIGNMENT_OPTION
@clear_errors
def choose(out: Path, who: tuple[str, ...], file: str, reason: str, by: str | None, assignment: Path) -> int:
    """Choose which file of a student counts, where several could be meant.

    \b
    Example: autograder choose graded ada "Version 2/latent_space.py" --reason "mail of 3 March"
             autograder choose graded ada bob final/latent_space.py --reason "as they all wrote"
             autograder choose graded ada back --reason "a misunderstanding"
    FILE is one of the names that `grade` lists for each of these students, or `back` to undo a choice. If it
    is impossible for one of them, nothing is chosen. Each choice is appended to OUT/choices.jsonl; later runs
    follow it as long as the student's files stay the same.
    """
    made = Cohort(out, load(assignment)).choose(who, file, reason, by)
    for done in made:
        counts = f"{done.choice.file} counts" if done.choice.file else "choice taken back"
        click.echo(harmless(f"{done.result.submission.student}: {counts}"))
    only = " ".join(f"--only {done.choice.submission}" for done in made)
    click.echo(f"grade it with: autograder regrade {out} {only}")
    return 0
