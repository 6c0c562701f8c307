"""The command that writes grades for another program: export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, clear_errors, harmless, load
from autograder.cohort import Cohort
from autograder.cohort.records import Format, Template

if TYPE_CHECKING:
    from autograder.exports.fill import Filled

EMPTIED = {
    "canvas": "Canvas would delete these marks; --keep leaves them",
    "moodle": "Moodle ignores an empty cell and keeps its mark",
}
ZEROS = "newer versions of Moodle skip a 0 in this file: check these, and type them there if need be"


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
@click.option("--keep", is_flag=True, help="Leave the cells of students without a grade as they are.")
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
    keep: bool,
    checks_only: bool,
    assignment: Path,
) -> int:
    """Write the grades for another program: canvas, moodle, gradescope, csv or json.

    \b
    Example: autograder export canvas graded --template gradebook.csv --file upload.csv
    Canvas gets its own file back with one column filled, Moodle the columns that it needs. Students without
    a grade stay blank; those in only one list are reported, not written.
    """
    cohort = Cohort(out, load(assignment))
    if len(suites := cohort.suites()) > 1:
        text = (
            f"these grades come from {len(suites)} versions of the suite; run autograder regrade {out} first"
        )
        click.secho(f"{text}, unless you meant to mix them", fg="yellow", err=True)
    filled, place = cohort.export(to, Template(template, column, scale, keep), target, checks_only)
    _report(filled, place, EMPTIED.get(to, ""), ZEROS if to == "moodle" else "")
    return 0


def _report(filled: Filled, place: Path, emptied: str, zeros: str) -> None:
    """Print what was written, and what needs a look, each under its heading."""
    click.echo(f"{filled.written} {'grade' if filled.written == 1 else 'grades'} written to {place}")
    headings = {
        f"emptied, no grade yet → {emptied}": filled.emptied,
        "left blank, no grade yet": filled.blank,
        "not written, no unique match": filled.unmatched,
        "left unchanged": filled.kept,
        f"a grade of 0 → {zeros}": filled.zeros if zeros else [],
        "not submitted → ask whether the draft counts": filled.drafts,
        "comment by a person, left unchanged": filled.commented,
        "feedback fits an earlier grade → export again with --column": filled.outdated,
    }
    for words, names in headings.items():
        if names:
            click.secho(f"\n{words}: {len(names)}", fg="yellow")
        for name in names:
            click.echo(f"  {harmless(name)}")
