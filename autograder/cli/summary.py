"""The summary of grade and regrade: what needs a human, how long it took, where everything is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from autograder.cli.base import harmless

if TYPE_CHECKING:
    from autograder.grades.attention import Need
    from autograder.records.results import Result

MOST = 12  # names below a heading; the others are in grades.csv


def show(needs: Sequence[Need], most: int = MOST) -> None:
    """Print what needs a human: a heading for each need, with the names below."""
    for need in needs:
        hint = f" → {need.next}" if need.next else ""
        colour = "red" if need.urgent else "yellow"
        click.secho(f"\n{need.what}: {len(need.names)}{hint}", fg=colour)
        for name in need.names[:most]:
            click.echo(f"  {harmless(name)}")
        if len(need.names) > most:
            click.echo(f"  … and {len(need.names) - most} more")


def times(results: Sequence[Result]) -> str:
    """Return the seconds per question, median and largest, or an empty string if none was graded."""
    seconds: dict[str, list[float]] = {}
    for result in results:
        for question in result.questions if result.checks else ():
            spent = [check.seconds for check in result.checks if check.question == question.id]
            seconds.setdefault(question.id, []).append(sum(spent))
    texts = [f"{name} {median(spent):.1f} ({max(spent):.1f})" for name, spent in seconds.items()]
    return f"seconds per question, median (largest): {', '.join(texts)}" if texts else ""


def places(out: Path) -> None:
    """Print where everything is."""
    click.echo(f"\nresults   {out / 'results'}")
    click.echo(f"feedback  {out / 'feedback'}")
    click.echo(f"report    {out / 'report' / 'index.html'}")
    click.echo(f"grades    {out / 'grades.csv'}")
    click.echo(f"by hand   cd {out} && jupyter server --ServerApp.default_url=/formgrader")
