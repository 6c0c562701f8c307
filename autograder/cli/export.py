"""What a teaching assistant types when the marks leave: export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, clear_errors, load
from autograder.cohort import Cohort
from autograder.cohort.records import Format, Template

if TYPE_CHECKING:
    from autograder.exports.fill import Filled


@click.command()
@click.argument("to", type=click.Choice(get_args(Format)))
@OUT
@click.option("--template", type=click.Path(path_type=Path), help="Canvas's export, Moodle's worksheet.")
@click.option("--file", "target", type=click.Path(path_type=Path), help="Where to write it.")
@click.option("--column", help="Canvas: the column's title. Moodle: the column for a line of feedback.")
@click.option("--scale", is_flag=True, help="Scale grades to the points that the file says are possible.")
@click.option("--checks-only", is_flag=True, help="Leave out the answers that are graded by hand.")
@ASSIGNMENT_OPTION
@clear_errors
def export(
    to: Format,
    out: Path,
    template: Path | None,
    target: Path | None,
    column: str | None,
    scale: bool,
    checks_only: bool,
    assignment: Path,
) -> int:
    """Write the grades for another program: canvas, moodle, gradescope, csv or json.

    \b
    Example: autograder export canvas graded --template gradebook.csv --file upload.csv
    Canvas and Moodle get their own file back, with one column filled. Who has no grade yet stays blank, and
    who is in one list only is told, never written.
    """
    cohort = Cohort(out, load(assignment))
    if len(suites := cohort.suites()) > 1:
        told = f"these grades come from {len(suites)} versions of the suite; autograder regrade {out} first"
        click.secho(f"{told}, unless you know why", fg="yellow", err=True)
    return _tell(*cohort.export(to, Template(template, column, scale), target, checks_only))


def _tell(filled: Filled, place: Path) -> int:
    click.echo(f"{filled.written} {'grade' if filled.written == 1 else 'grades'} written to {place}")
    told = {
        "left blank, no grade yet": filled.blank,
        "not written, nobody's row": filled.unmatched,
        "left as they were": filled.kept,
    }
    for words, names in told.items():
        if names:
            click.secho(f"\n{words}: {len(names)}", fg="yellow")
        for name in names:
            click.echo(f"  {name}")
    return 0
