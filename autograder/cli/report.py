"""What a teaching assistant types to read about a class: report."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, class_in, clear_errors, load


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
    from autograder import attention, batch, grading, inventory, store
    from autograder.gradebook import course

    loaded = load(assignment)
    found, grades = class_in(out, loaded)
    course.take_off(out, loaded, grades)
    whole, suite = inventory.read(out), grading.suite_hash(loaded, grading.OFFICIAL)
    needs = attention.needs(found, grades, whole, {}, store.failures(found, out), suite)
    batch.publish(found, grades, whole, loaded, out, needs=needs)
    page = out / "report" / "index.html"
    click.echo(f"report    {page} ({len(found)} submissions)")
    if show:
        click.launch(page.resolve().as_uri())
    return 0
