"""What a student types: check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.base import ASSIGNMENT_OPTION, clear_errors, load
from autograder.errors import UsageError

if TYPE_CHECKING:
    from autograder.assignment import Assignment
    from autograder.results import Result


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@ASSIGNMENT_OPTION
@clear_errors
def check(path: Path, assignment: Path) -> int:
    """Run the public checks on your work (a file or the folder it is in).

    \b
    Example: autograder check latent_space.ipynb
    Ends with 0 when all passed, 1 when not, 2 when they could not be run.
    """
    from autograder import grading, intake
    from autograder.sandbox.process import ProcessSandbox

    loaded = load(assignment)
    submissions = intake.find([path], loaded)
    if len(submissions) != 1:
        raise UsageError(f"{path}: expected one piece of work, found {len(submissions)}; name the file")
    result = grading.grade(submissions[0], loaded, ProcessSandbox(), grading.PRACTICE)
    return _show_practice(result, loaded)


def _show_practice(result: Result, assignment: Assignment) -> int:
    for note in result.notes:
        click.secho(note, fg="yellow")
    if result.status != "graded":
        click.secho(result.reason or "", fg="red")
        return 1 if result.status == "rejected" else 2
    for question in result.questions:
        click.secho(f"\n{question.title}: {question.score} of {question.max_score}", bold=True)
        for one in (c for c in result.checks if c.question == question.id):
            passed = one.outcome == "passed"
            click.secho(f"  {'✓' if passed else '✗'} {one.title}", fg="green" if passed else "red")
            for line in one.message.splitlines():
                click.echo(f"      {line}")
        if question.score < question.max_score:
            click.echo(f"    Where to read: {assignment.question(question.id).read}")
    click.echo(f"\n{result.score} of {result.max_score} points in the public checks. The others stay hidden.")
    return 0 if result.score == result.max_score else 1
