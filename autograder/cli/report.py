"""The commands that write the report on a class: report, and alike, which compares submissions."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, clear_errors, harmless, load, tell
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


@click.command()
@OUT
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Another class's folder, such as last year's; may be repeated.",
)
@ASSIGNMENT_OPTION
@clear_errors
def alike(out: Path, against: tuple[Path, ...], assignment: Path) -> int:
    """List the pairs of submissions that share code which few others have, and write a page for each.

    \b
    Example: autograder alike graded --against ../2025/graded
    A pair is a reason to read two submissions, and nothing more. Later commands compare with the same
    folders; without --against, the class is compared with itself only.
    """
    cohort = Cohort(out, load(assignment))
    ranking = cohort.alike(against).ranking
    tell(cohort.notice())
    for pair in ranking.standing_out:
        share = "same file" if pair.identical else f"{pair.share:9.2f}"
        where = f", most in {pair.where}" if pair.where else ""
        click.echo(harmless(f"{share}  {pair.first}  {pair.second}{where}"))
    pairs = sum(ranking.counts)
    click.echo(f"{len(ranking.standing_out)} of {pairs} pairs stand out, from {ranking.limit:.2f} on")
    click.echo(f"ranked    {out / 'report' / 'alike' / 'index.html'}")
    return 0
