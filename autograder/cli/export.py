"""What a teaching assistant types when the marks leave: export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, class_in, clear_errors, load
from autograder.errors import UsageError

if TYPE_CHECKING:
    from autograder.exports.fill import Filled


@click.command()
@click.argument("to", type=click.Choice(["canvas", "moodle", "gradescope", "csv", "json"]))
@OUT
@click.option("--template", type=click.Path(path_type=Path), help="Canvas's export, Moodle's worksheet.")
@click.option("--file", "target", type=click.Path(path_type=Path), help="Where to write it.")
@click.option("--column", help="Canvas: the column's title. Moodle: the column for a line of feedback.")
@click.option("--scale", is_flag=True, help="Scale grades to the points that the file says are possible.")
@click.option("--checks-only", is_flag=True, help="Leave out the answers that are graded by hand.")
@ASSIGNMENT_OPTION
@clear_errors
def export(
    to: str,
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
    from autograder.exports import canvas, gradescope, moodle, table
    from autograder.exports.fill import Filled
    from autograder.grades import inventory

    loaded = load(assignment)
    written = not checks_only and to != "gradescope"  # there, people mark written answers by its own means
    found, grades = class_in(out, loaded, written)
    suites = {result.provenance.get("suite") for result in found if result.status != "ungraded"}
    if len(suites) > 1:
        told = f"these grades come from {len(suites)} versions of the suite; autograder regrade {out} first"
        click.secho(f"{told}, unless you know why", fg="yellow", err=True)
    if to in ("canvas", "moodle") and template is None:
        raise UsageError(f"export {to}: expected --template with {to.title()}'s own file, got none; add it")
    if to == "gradescope":
        filled = gradescope.write_all(found, grades, loaded, target or out / "exports" / "gradescope")
        return _tell(filled, target or out / "exports" / "gradescope")
    missing = inventory.read(out).missing(found)
    filled = Filled(written=sum(grade.points is not None for grade in grades.values()))
    if to == "csv":
        filled.text = table.to_csv(found, grades, loaded, missing)
    elif to == "json":
        filled.text = table.to_json(found, grades, missing)
    elif to == "canvas" and template:
        filled = canvas.fill(template, found, grades, loaded.title, column, scale)
    elif template:
        filled = moodle.fill(template, found, grades, column, scale)
    place = target or out / "exports" / f"{to}.{'json' if to == 'json' else 'csv'}"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(filled.text, encoding="utf-8", newline="")
    return _tell(filled, place)


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
