"""What the commands share: error messages and exit statuses, common options, progress lines and bar."""

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
EVERY = 20  # results between two pace lines when there is no terminal

ASSIGNMENT_OPTION = click.option(
    "--assignment", type=click.Path(path_type=Path), help="The assignment's folder, if not the default."
)
SANDBOX_OPTION = click.option(
    "--sandbox",
    type=click.Choice(["auto", "docker", "user", "process"]),
    default="auto",
    show_default=True,
    help="Where submissions run. `user` (as root, in a container): as another user of this container.",
)
JOBS_OPTION = click.option(
    "--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="How many to run at once."
)


OUT = click.argument("out", type=click.Path(path_type=Path))


def clear_errors(command: Callable[..., int]) -> Callable[..., None]:
    """Exit with the status that a command returns; print an error of the kit and exit with status 2."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            sys.exit(command(*args, **kwargs))
        except LatentLabError as error:
            click.echo(f"autograder: {error}", err=True)
        except BrokenPipeError:
            raise  # the reader of the pipe has closed it; click exits quietly
        except OSError as error:
            click.echo(f"autograder: {error}. Fix this and run the same command again.", err=True)
        except KeyboardInterrupt:
            click.echo("autograder: stopped; finished work is kept. Run the same command again.", err=True)
            sys.exit(130)
        sys.exit(2)

    return run


def tell(notice: str) -> None:
    """Print a notice for staff in yellow, if there is one."""
    if notice:
        click.secho(notice, fg="yellow", err=True)


def load(path: Path | None) -> Assignment:
    """Return the assignment in a folder or a file, or the default one if None. Raises AssignmentError."""
    from autograder.records.assignment import find

    return find(path)


def consistent(path: Path | None) -> Assignment:
    """Return the assignment as `load` does, if its files agree on what decides a score.

    Raises AssignmentError that lists where they do not.
    """
    from autograder.authoring import consistency

    loaded = load(path)
    consistency.require(loaded, consistency.of_suite(loaded))
    return loaded


@contextmanager
def progress(title: str) -> Iterator[tuple[Callable[[int], None], Callable[[Result], None]]]:
    """Print a line per result; on a terminal, also show a bar with rate and time left.

    Without a terminal, print rate and time left every few results. Yields two functions: call the first with
    the total, the second with each result.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn(title), BarColumn(), TextColumn("{task.fields[pace]}"))
    began = time.monotonic()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None, pace="")
        totals = [0]

        def on_total(count: int) -> None:
            totals[0] = count
            bar.update(task, total=count, pace=pace(0, count, 0))

        def on_result(result: Result) -> None:
            bar.advance(task)
            done = int(bar.tasks[0].completed)
            text = pace(done, totals[0], time.monotonic() - began)
            bar.update(task, pace=text)
            console.print(escape(line(result)))
            if not console.is_terminal and done % EVERY == 0 and done < totals[0]:
                console.print(text)

        yield on_total, on_result


def pace(done: int, total: int, seconds: float) -> str:
    """Return the progress as text: `12 of 40, 3.1 a minute, 9 min left`."""
    if not done or not seconds:
        return f"{done} of {total}"
    rate = done / seconds
    left = (total - done) / rate
    words = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
    return f"{done} of {total}, {rate * 60:.1f} a minute, {words} left"


def harmless(text: str) -> str:
    """Return text that may come from students without terminal control characters; keep the line breaks."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def explained(message: str, printed: str) -> str:
    """Return why a check failed and what the code printed, if anything, without control characters."""
    return harmless(f"{message}\nprinted: {printed.rstrip()}" if printed.strip() else message)


def line(result: Result) -> str:
    """Return a result as one line: score, status, seconds, id, and lost points or why there is no score."""
    score = "  –" if result.score is None else f"{result.score:3d}"
    took = f"{result.timing.get('seconds', 0.0):.1f} s"
    losing = [f"{q.id} {q.score}/{q.max_score}" for q in result.questions if q.score < q.max_score]
    detail = ", ".join(losing) if result.status == "graded" else (result.reason or "").split("\n")[0]
    text = f"{score}/{result.max_score}  {result.status:8}  {took:>8}  {result.submission.id}  {detail}"
    return harmless(text.rstrip())
