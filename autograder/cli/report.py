"""The command that writes the report on a class: report."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, clear_errors, load, tell
from autograder.cohort import Cohort


@click.command()
@OUT
@click.option("--open", "show", is_flag=True, help="Open the report in the browser.")
@ASSIGNMENT_OPTION
@clear_errors
def report(out: Path, show: bool, assignment: Path) -> int:
    """Write the report and the feedback pages again, with the current grades.

    \b
    Example: autograder report graded --open
    """
    cohort = Cohort(out, load(assignment))
    cohort.publish()
    tell(cohort.notice())  # not before: facts are read under the lock
    page = out / "report" / "index.html"
    size = cohort.size()
    click.echo(f"report    {page} ({size} {'submission' if size == 1 else 'submissions'})")
    if show:
        click.launch(page.resolve().as_uri())
    return 0
