"""Runs the public checks for `check`, once or after every save, and shows the result in the terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.base import explained
from autograder.errors import UsageError

if TYPE_CHECKING:
    from autograder.records.assignment import Assignment
    from autograder.records.results import CheckResult, Result
    from autograder.sandbox import Sandbox

LOOK_SECONDS = 0.1  # between two looks at a watched file


def check(work: Path, assignment: Assignment, sandbox: Sandbox | None = None) -> int:
    """Run the public checks on a file, show how they ended, and return the exit status.

    `sandbox` is where it runs, a new process by default. Raises UsageError unless `work` is one submission.
    """
    from autograder import grading
    from autograder.doors import differences, libraries
    from autograder.intake import finding
    from autograder.sandbox.counted import CountedSandbox
    from autograder.sandbox.process import ProcessSandbox

    began = time.monotonic()
    submissions = finding.find([work], assignment)
    if len(submissions) != 1:
        raise UsageError(f"{work}: expected one submission, found {len(submissions)}; name the file to check")
    with _counting() as count:
        counted = CountedSandbox(sandbox or ProcessSandbox(), count)
        result = grading.grade(submissions[0], assignment, counted, grading.PRACTICE)
    cells = submissions[0].cells
    expected = (*libraries.missing(cells, assignment.name), *differences.notes(cells))
    result = replace(result, notes=(*result.notes, *expected))
    if other := libraries.versions():
        click.secho(other, dim=True)
    return _show(result, assignment, time.monotonic() - began)


@contextlib.contextmanager
def _counting() -> Iterator[Callable[[int], None]]:
    """Yield a function that shows on a terminal how many checks have begun; the line goes in the end."""
    shown = sys.stderr.isatty()

    def count(begun: int) -> None:
        if shown:
            click.echo(f"\rchecking, {begun} begun …", nl=False, err=True)

    if shown:
        click.echo("\rstarting …", nl=False, err=True)
    try:
        yield count
    finally:
        if shown:
            click.echo(f"\r{' ' * 40}\r", nl=False, err=True)


def watch(find: Callable[[], Path], assignment: Assignment) -> int:
    """Check, and check again after every save, until Ctrl-C; return the status of the last check.

    `find` returns the file to check. The worker stays between checks, with its libraries imported.
    """
    from autograder.sandbox.kept import KeptSandbox
    from autograder.sandbox.process import ProcessSandbox, tidy

    saved, status, kept = None, 2, KeptSandbox(ProcessSandbox(), tidy)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            work = find()
            now = (work, work.stat().st_mtime_ns) if work.exists() else None
            if now is not None and now != saved:
                click.clear()
                status = check(work, assignment, kept)
                click.secho(f"\nWatching {work}: save it to check again, Ctrl-C to stop.", dim=True)
            saved = now
            time.sleep(LOOK_SECONDS)
    kept.close()
    return status


def _show(result: Result, assignment: Assignment, seconds: float) -> int:
    for note in result.notes:
        click.secho(note, fg="yellow")
    if result.status != "graded":
        click.secho(result.reason or "", fg="red")
        return 1 if result.status == "rejected" else 2
    shown: set[str] = set()
    for question in result.questions:
        complete = question.score == question.max_score
        click.secho(f"\n{question.title}: {question.score} of {question.max_score}", bold=True)
        for check in (c for c in result.checks if c.question == question.id):
            passed = check.outcome == "passed"
            click.secho(f"  {'✓' if passed else '✗'} {check.title}", fg="green" if passed else "red")
            _explain(check, shown)
        if not complete:
            click.echo(f"    Where to read: {assignment.question(question.id).read}")
    score = f"{result.score} of {result.max_score} points in the public checks"
    click.secho(f"\n{score}. Hidden checks run when your work is graded. {seconds:.1f} s", bold=True)
    return 0 if result.score == result.max_score else 1


def _explain(check: CheckResult, shown: set[str]) -> None:
    """Show why a check failed and what the code printed; on a student's own machine nothing is hidden.

    A message in `shown`, such as one error that every check runs into, is not repeated; add others to it.
    """
    from autograder.records import words

    if check.outcome == "untried":  # its reason is that of an earlier check
        click.secho("      not tried, for a reason above", dim=True)
        return
    message = explained(words.for_students(check), check.printed)
    if message and message in shown:
        click.secho("      as above", dim=True)
        return
    shown.add(message)
    for line in message.splitlines():
        click.echo(f"      {line}")
