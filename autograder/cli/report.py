"""What a teaching assistant types to read about a class: report."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, clear_errors, load, publish_class


@click.command()
@OUT
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@ASSIGNMENT_OPTION
@clear_errors
def report(out: Path, show: bool, assignment: Path) -> int:
    """Write the report and the feedback pages anew, with the grades as they are now.

    \b
    Example: autograder report graded --open
    """
    from autograder import grading

    loaded = load(assignment)
    count, _ = publish_class(out, loaded, grading.suite_hash(loaded, grading.OFFICIAL))
    page = out / "report" / "index.html"
    click.echo(f"report    {page} ({count} submissions)")
    if show:
        click.launch(page.resolve().as_uri())
    return 0
