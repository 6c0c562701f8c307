"""What the commands share: errors as words and statuses, common options, a line and a bar of progress."""

from __future__ import annotations

import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autograder.errors import LatentLabError

if TYPE_CHECKING:
    from autograder.records.assignment import Assignment
    from autograder.records.results import Result

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
EVERY = 20  # results, between two lines about the pace where there is no terminal

ASSIGNMENT_OPTION = click.option(
    "--assignment", type=click.Path(path_type=Path), help="An assignment's folder, where not the default one."
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


OUT = click.argument("out", type=click.Path(path_type=Path))


def clear_errors(command: Callable[..., int]) -> Callable[..., None]:
    """Turn the exit status that a command returns, or an error of the kit, into the process's end."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            sys.exit(command(*args, **kwargs))
        except LatentLabError as error:
            click.echo(f"autograder: {error}", err=True)
        except BrokenPipeError:
            raise  # whoever read along has read enough; click ends quietly
        except OSError as error:
            click.echo(f"autograder: {error}. Mend that and run the same command again.", err=True)
        except KeyboardInterrupt:
            click.echo("autograder: stopped; what is finished is kept: run the same command again", err=True)
            sys.exit(130)
        sys.exit(2)

    return run


def load(path: Path | None) -> Assignment:
    """Return the assignment in a folder or a file, or the default one. Raises AssignmentError."""
    from autograder.records.assignment import find

    return find(path)


@contextmanager
def progress(what: str) -> Iterator[tuple[Callable[[int], None], Callable[[Result], None]]]:
    """Show a line per result, with a bar, rate and time left on a terminal, else a line of them at times.

    Yields what to call with the total, and what to call with each result.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn(what), BarColumn(), TextColumn("{task.fields[pace]}"))
    began = time.monotonic()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None, pace="")
        totals = [0]

        def on_total(count: int) -> None:
            totals[0] = count
            bar.update(task, total=count, pace=pace(0, count, 0))

        def on_result(result: Result) -> None:
            bar.advance(task)
            done = int(bar.tasks[0].completed)
            told = pace(done, totals[0], time.monotonic() - began)
            bar.update(task, pace=told)
            console.print(escape(line(result)))
            if not console.is_terminal and done % EVERY == 0 and done < totals[0]:
                console.print(told)

        yield on_total, on_result


def pace(done: int, total: int, seconds: float) -> str:
    """Return how far it is: `12 of 40, 3.1 a minute, 9 min left`."""
    if not done or not seconds:
        return f"{done} of {total}"
    rate = done / seconds
    left = (total - done) / rate
    words = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
    return f"{done} of {total}, {rate * 60:.1f} a minute, {words} left"


def harmless(text: str) -> str:
    """Return text that students had a hand in without what a terminal would obey; lines stay lines."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def explained(message: str, printed: str) -> str:
    """Return why a check was lost and, where there is any, what the code printed meanwhile; harmless."""
    return harmless(f"{message}\nprinted: {printed.rstrip()}" if printed.strip() else message)


def line(result: Result) -> str:
    """Return a result in one line: score, status, seconds, id, and what it loses or why it has no score."""
    score = "  –" if result.score is None else f"{result.score:3d}"
    took = f"{result.timing.get('seconds', 0.0):.1f} s"
    losing = [f"{q.id} {q.score}/{q.max_score}" for q in result.questions if q.score < q.max_score]
    told = ", ".join(losing) if result.status == "graded" else (result.reason or "").split("\n")[0]
    shown = f"{score}/{result.max_score}  {result.status:8}  {took:>8}  {result.submission.id}  {told}"
    return harmless(shown.rstrip())
