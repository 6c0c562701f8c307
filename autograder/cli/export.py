"""The command that writes grades, or feedback pages, for another program: export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast, get_args

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, clear_errors, harmless, load, tell
from autograder.cohort import Cohort, told
from autograder.cohort.records import Back, Format, Template


@click.command()
@click.argument("to", type=click.Choice((*get_args(Format), *get_args(Back))), metavar="TO")
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
@click.option("--name", default="", help="feedback-folder: the files' names, such as `{student}-{id}`.")
@click.option("--checks-only", is_flag=True, help="Leave out answers that are graded by hand.")
@ASSIGNMENT_OPTION
@clear_errors
def export(
    to: Format | Back,
    out: Path,
    template: Path | None,
    target: Path | None,
    column: str | None,
    scale: bool,
    keep: bool,
    name: str,
    checks_only: bool,
    assignment: Path,
) -> int:
    """Write the grades for another program, or the feedback pages.

    \b
    Example: autograder export canvas graded --template gradebook.csv --file upload.csv
    TO, for grades: canvas, moodle, gradescope, csv, json. Canvas gets its own file back with one
    column filled, Moodle the columns that it needs; students who have no row there are reported, not written.
    csv and json have everyone, and who is not on the roster is reported. Students without a grade stay blank.
    Marks by hand are included, unless you say --checks-only.
    TO, for pages: feedback-canvas, feedback-moodle (the zip that the LMS takes), feedback-nbgrader (the
    folders for its release_feedback), feedback-folder (a page for each student, named by --name).
    """
    given = {"--template": template, "--column": column, "--scale": scale, "--keep": keep, "--name": name}
    told.refuse_meaningless(to, {**given, "--checks-only": checks_only})
    cohort = Cohort(out, load(assignment))
    tell(cohort.notice())
    tell(told.mixed(cohort))
    if to in get_args(Back):
        sent, place = cohort.feedback(cast(Back, to), template, name, target)
        click.echo(f"{told.count(sent.written, 'page')} written to {place}")
        return _list(told.of_pages(sent))
    how = Template(template, column, scale, keep)
    filled, place = cohort.export(cast(Format, to), how, target, checks_only)
    click.echo(f"{told.count(filled.written, 'grade')} written to {place}")
    return _list(told.of_marks(to, filled))


def _list(headings: Mapping[str, Sequence[str]]) -> int:
    for words, names in headings.items():
        if names:
            click.secho(f"\n{words}: {len(names)}", fg="yellow")
        for name in names:
            click.echo(f"  {harmless(name)}")
    return 0
