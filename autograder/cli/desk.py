"""The command that opens the desk, a local web application on a class: desk."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.cli.base import ASSIGNMENT_OPTION, OUT, clear_errors, load, tell
from autograder.cohort import Cohort
from autograder.desk.serve import serve


@click.command()
@OUT
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; by default, a free one.")
@click.option("--open", "show", is_flag=True, help="Open the desk in the browser.")
@ASSIGNMENT_OPTION
@clear_errors
def desk(out: Path, port: int, show: bool, assignment: Path) -> int:
    """Open the desk: look at a class, mark written answers, decide, and hand back, in the browser.

    \b
    Example: autograder desk graded --open
    It serves this machine only, at an address with a secret token, until you stop it (Ctrl-C). It shows and
    changes what the commands do, in the same files.
    """
    loaded = load(assignment)
    cohort = Cohort(out, loaded)
    if cohort.running() is None:  # else there may be no result yet, and the desk shows the progress
        cohort.size()
    tell(cohort.notice())

    def ready(address: str) -> None:
        click.echo(f"desk      {address}")
        if show:
            click.launch(address)

    serve(out, loaded, port, ready)
    return 0
