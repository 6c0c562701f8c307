"""What the commands share: errors as words and statuses, common options, a line and a bar of progress."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import autograder
from autograder.errors import LatentLabError

if TYPE_CHECKING:
    from autograder.assignment import Assignment
    from autograder.results import Result

CHECKOUT = Path(autograder.__file__).resolve().parent.parent
ASSIGNMENT = CHECKOUT / "assignments" / "latent_space"

ASSIGNMENT_OPTION = click.option(
    "--assignment", type=click.Path(path_type=Path), default=ASSIGNMENT, help="An assignment's folder."
)
SANDBOX_OPTION = click.option(
    "--sandbox",
    type=click.Choice(["auto", "docker", "user", "process"]),
    default="auto",
    show_default=True,
    help="Where submissions run; user: as another user of this container, by root.",
)
JOBS_OPTION = click.option(
    "--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="At the same time."
)


def clear_errors(command: Callable[..., int]) -> Callable[..., None]:
    """Turn the exit status that a command returns, or an error of the kit, into the process's end."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            sys.exit(command(*args, **kwargs))
        except LatentLabError as error:
            click.echo(f"autograder: {error}", err=True)
        except OSError as error:
            click.echo(f"autograder: {error}. Mend that and run the same command again.", err=True)
        except KeyboardInterrupt:
            click.echo("autograder: stopped; what is finished is kept: run the same command again", err=True)
            sys.exit(130)
        sys.exit(2)

    return run


def load(path: Path) -> Assignment:
    """Return the assignment in a folder or a file. Raises AssignmentError."""
    from autograder.assignment import load

    return load(path / "assignment.toml" if path.is_dir() or not path.suffix else path)


@contextmanager
def progress(what: str) -> Iterator[tuple[Callable[[int], None], Callable[[Result], None]]]:
    """Show a line per result, and a bar on a terminal; yields what to call with the total and each result."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)

        def on_result(result: Result) -> None:
            console.print(escape(line(result)))
            progress.advance(task)

        yield lambda count: progress.update(task, total=count), on_result


def line(result: Result, was_there: bool = False) -> str:
    """Return a result in one line: score, status, seconds, id, and what it loses or why it has no score."""
    score = "  –" if result.score is None else f"{result.score:3d}"
    took = "was there" if was_there else f"{result.timing.get('seconds', 0.0):.1f} s"
    losing = [f"{q.id} {q.score}/{q.max_score}" for q in result.questions if q.score < q.max_score]
    told = ", ".join(losing) if result.status == "graded" else (result.reason or "").split("\n")[0]
    return f"{score}/{result.max_score}  {result.status:8}  {took:>9}  {result.submission.id}  {told}"
