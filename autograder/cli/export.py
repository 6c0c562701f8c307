"""The command that writes grades for another program: export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, clear_errors, load, tell
from autograder.cohort import Cohort
from autograder.cohort.records import Format, Template

if TYPE_CHECKING:
    from autograder.exports.fill import Filled


@click.command()
@click.argument("to", type=click.Choice(get_args(Format)))
@OUT
@click.option(
    "--template",
    type=click.Path(path_type=Path),
    help="The file to fill in: Canvas's export or Moodle's worksheet.",
)
@click.option("--file", "target", type=click.Path(path_type=Path), help="Where to write the file.")
@click.option("--column", help="Canvas: the column's title. Moodle: the column for a line of feedback.")
@click.option("--scale", is_flag=True, help="Scale grades to the maximum points given in the file.")
@click.option("--checks-only", is_flag=True, help="Leave out answers that are graded by hand.")
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
    Canvas and Moodle get their own file back, with one column filled. Students without a grade stay blank;
    those in only one list are reported, not written. Marks by hand are included everywhere, unless you say
    --checks-only.
    """
    cohort = Cohort(out, load(assignment))
    tell(cohort.notice())
    if len(suites := cohort.suites()) > 1:
        text = (
            f"these grades come from {len(suites)} versions of the suite; run autograder regrade {out} first"
        )
        click.secho(f"{text}, unless you meant to mix them", fg="yellow", err=True)
    return _report(*cohort.export(to, Template(template, column, scale), target, checks_only))


def _report(filled: Filled, place: Path) -> int:
    click.echo(f"{filled.written} {'grade' if filled.written == 1 else 'grades'} written to {place}")
    headings = {
        "left blank, no grade yet": filled.blank,
        "not written, no unique match": filled.unmatched,
        "left unchanged": filled.kept,
    }
    for words, names in headings.items():
        if names:
            click.secho(f"\n{words}: {len(names)}", fg="yellow")
        for name in names:
            click.echo(f"  {name}")
    return 0
