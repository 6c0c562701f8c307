"""What anyone types to learn what a machine lacks: doctor."""

from __future__ import annotations

import click

from autograder.cli.base import clear_errors


@click.command()
@clear_errors
def doctor() -> int:
    """Say what is missing here and how to get it.

    \b
    Example: autograder doctor
    """
    from autograder.doctor import findings

    sound = True
    for finding in findings():
        click.secho("ok      " if finding.ok else "missing ", fg="green" if finding.ok else "red", nl=False)
        click.echo(f"{finding.what}" + ("" if finding.ok else f": {finding.remedy}"))
        sound = sound and (finding.ok or finding.optional)
    return 0 if sound else 1
