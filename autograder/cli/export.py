"""The command that writes grades, or feedback pages, for another program: export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, clear_errors, harmless, load, tell
from autograder.cohort import Cohort
from autograder.cohort.records import Back, Format, Sent, Template
from autograder.errors import UsageError

if TYPE_CHECKING:
    from autograder.exports.fill import Filled

EMPTIED = {
    "canvas": "Canvas would delete these marks; --keep leaves them",
    "moodle": "Moodle ignores an empty cell and keeps its mark",
}
LOOK = "marked before the work or its points changed → look again, then override … +0 to confirm, or back"
OWN_FILE = ("canvas", "moodle")  # these get their own file back, filled
MEANT: dict[str, tuple[str, ...]] = {  # the kinds for which an option has a meaning
    "--template": (*OWN_FILE, "feedback-moodle"),
    "--column": OWN_FILE,
    "--scale": OWN_FILE,
    "--keep": OWN_FILE,
    "--name": ("feedback-folder",),
    "--checks-only": get_args(Format),
}
ZEROS = "newer versions of Moodle skip a 0 in this file: check these, and type them there if need be"


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
    _refuse_meaningless(to, {**given, "--checks-only": checks_only})
    cohort = Cohort(out, load(assignment))
    tell(cohort.notice())
    if len(suites := cohort.suites()) > 1:
        text = (
            f"these grades come from {len(suites)} versions of the suite; run autograder regrade {out} first"
        )
        click.secho(f"{text}, unless you meant to mix them", fg="yellow", err=True)
    if to in get_args(Back):
        return _report_feedback(*cohort.feedback(cast(Back, to), template, name, target))
    how = Template(template, column, scale, keep)
    return _report(to, *cohort.export(cast(Format, to), how, target, checks_only))


def _refuse_meaningless(to: str, given: Mapping[str, object]) -> None:
    """Raise UsageError if an option is given that changes nothing in this kind of export."""
    for option, kinds in MEANT.items():
        if given[option] and to not in kinds:
            raise UsageError(f"{option}: expected only with {', '.join(kinds)}, got it with {to}; omit it")


def _report(to: str, filled: Filled, place: Path) -> int:
    """Print what was written, and what needs a look, each under its heading."""
    click.echo(f"{filled.written} {'grade' if filled.written == 1 else 'grades'} written to {place}")
    return _list(
        {
            f"emptied, no grade yet → {EMPTIED.get(to, '')}": filled.emptied,
            LOOK: filled.looks,
            "left blank, no grade yet": filled.blank,
            "not written, no unique match": filled.unmatched,
            "written, but not on the roster": filled.strangers,
            "left unchanged": filled.kept,
            f"a grade of 0 → {ZEROS}": filled.zeros if to == "moodle" else [],
            "not submitted → ask whether the draft counts": filled.drafts,
            "comment by a person, left unchanged": filled.commented,
            "feedback fits an earlier grade → export again with --column": filled.outdated,
        }
    )


def _report_feedback(sent: Sent, place: Path) -> int:
    click.echo(f"{sent.written} {'page' if sent.written == 1 else 'pages'} written to {place}")
    return _list(
        {LOOK: sent.looks, "no page written": sent.left_out, "page written, no grade yet": sent.early}
    )


def _list(headings: Mapping[str, Sequence[str]]) -> int:
    for words, names in headings.items():
        if names:
            click.secho(f"\n{words}: {len(names)}", fg="yellow")
        for name in names:
            click.echo(f"  {harmless(name)}")
    return 0
