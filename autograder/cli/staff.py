"""The commands that grade a class: grade, and regrade when the suite has changed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import click

from autograder.cli import summary
from autograder.cli.base import (
    ASSIGNMENT_OPTION,
    JOBS_OPTION,
    OUT,
    SANDBOX_OPTION,
    clear_errors,
    consistent,
    progress,
)
from autograder.cohort import Cohort, Graded, How, Listener
from autograder.cohort.listener import OnResult
from autograder.records.origin import Kind, Source

FEW = 5  # names in a line of `regrade`


@click.command()
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The folder to write everything to."
)
@click.option(
    "--roster",
    type=click.Path(path_type=Path),
    help="A CSV from you or the LMS with each student's name, id and email.",
)
@click.option(
    "--from", "kind", type=click.Choice(get_args(Kind)), default="auto", help="Where the download comes from."
)
@SANDBOX_OPTION
@JOBS_OPTION
@click.option("--scheduler", metavar="ADDRESS", default="", help="Grade on the Dask cluster there.")
@click.option("--fresh", is_flag=True, help="Also grade what already has a valid result.")
@click.option("--only", multiple=True, metavar="ID", help="Grade this submission only.")
@click.option("--older", is_flag=True, help="Also grade work that is older than the work that counts.")
@click.option("--gradebook", metavar="URL", help="nbgrader's gradebook; by default, SQLite in --out.")
@ASSIGNMENT_OPTION
@clear_errors
def grade(
    paths: Sequence[Path],
    out: Path,
    roster: Path | None,
    kind: Kind,
    sandbox: str,
    jobs: int,
    scheduler: str,
    fresh: bool,
    only: tuple[str, ...],
    older: bool,
    gradebook: str | None,
    assignment: Path,
) -> int:
    """Grade submissions with the hidden checks: an LMS's download, files, zips, or folders of these.

    \b
    Example: autograder grade submissions.zip --out graded --roster class.csv
    Exits with 0 when all are graded, 3 when some have no score, 2 when nothing could be graded.
    """
    began = time.monotonic()
    how = How(sandbox, jobs, scheduler, only, fresh, older)
    graded = Cohort(out, consistent(assignment)).grade(paths, how, kind, roster, gradebook, Aloud())
    return _sum_up(graded, out, began)


@click.command()
@OUT
@SANDBOX_OPTION
@JOBS_OPTION
@click.option("--only", multiple=True, metavar="ID", help="Regrade this submission only.")
@click.option("--dry-run", is_flag=True, help="List what would be graded and why; grade nothing.")
@ASSIGNMENT_OPTION
@clear_errors
def regrade(
    out: Path, sandbox: str, jobs: int, only: tuple[str, ...], dry_run: bool, assignment: Path
) -> int:
    """Regrade submissions whose suite, image or work has changed, and show who gains and loses.

    \b
    Example: autograder regrade graded
    Marks by hand, overrides and earlier results are kept. If the points or the late policy of the assignment
    have changed since, the class takes them over. Exit statuses are those of grade.
    """
    from autograder.grades.regrade import lines

    began = time.monotonic()
    how = How(sandbox, jobs, only=only)
    regraded = Cohort(out, consistent(assignment)).regrade(how, Aloud(), dry_run)
    due = len(regraded.reasons)
    if regraded.version:
        moved = "would take over" if dry_run else "took over"
        click.secho(
            f"{out} {moved} today's version of the assignment: {', '.join(regraded.version)}", bold=True
        )
    if regraded.graded is None:
        click.echo(f"{regraded.wanted - due} of {regraded.wanted} still valid")
        return 0
    status = _sum_up(regraded.graded, out, began)
    click.secho(f"\n{len(regraded.moved)} of {due} changed", bold=True)
    for text in lines(regraded.moved, regraded.fixed):
        click.echo(text)
    if regraded.grades:
        many = "grade" if len(regraded.grades) == 1 else "grades"
        click.secho(f"\n{len(regraded.grades)} {many} changed with the version", bold=True)
    for text in regraded.grades:
        click.echo(text)
    return status


class Aloud(Listener):
    """Prints on the terminal what happens while a class is graded."""

    def found(self, sources: Sequence[Source]) -> None:
        """Print what each path contains."""
        for source in sources:
            many = "submission" if source.count == 1 else "submissions"
            click.echo(f"{source.path}: {source.seen}, {source.count} {many}")

    def warned(self, text: str) -> None:
        """Print a warning in yellow."""
        click.secho(text, fg="yellow", err=True)

    def due(self, reasons: Mapping[str, str]) -> None:
        """Print a line for each reason, with some of the names."""
        for reason in sorted(set(reasons.values())):
            names = [name for name, why in reasons.items() if why == reason]
            some = f"{', '.join(names[:FEW])}{' …' if len(names) > FEW else ''}"
            click.echo(f"{reason}: {len(names)} to grade ({some})")

    def valid(self, count: int) -> None:
        """Print how many are not graded again."""
        click.echo(f"{count} already graded and still valid")

    @contextmanager
    def grading(self, kind: str, count: int) -> Iterator[OnResult]:
        """Print a line for each result, with a bar on a terminal."""
        click.echo(f"Known-good solution first, in the {kind} sandbox …")
        with progress("grading") as (on_total, on_result):
            on_total(count)
            yield on_result


def _sum_up(graded: Graded, out: Path, began: float) -> int:
    """Print what needs a human and where everything is; return the exit status."""
    summary.show(graded.needs)
    summary.places(out)
    if text := summary.times(list(graded.now.values())):
        click.echo(text)
    done = sum(result.score is not None for result in graded.now.values())
    click.echo(f"{done} of {len(graded.wanted)} graded now, in {time.monotonic() - began:.0f} s")
    return 3 if any(result.score is None for result in graded.wanted.values()) else 0
