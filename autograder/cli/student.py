"""The commands for students: check, pack."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.base import clear_errors, explained, load
from autograder.errors import UsageError

if TYPE_CHECKING:
    from autograder.records.assignment import Assignment
    from autograder.records.results import CheckResult, Result

LOOK_SECONDS = 0.5  # between two looks at a watched file
UNPACKING_SECONDS = 10  # files written within this time count as equally old
PATH = click.argument("path", type=click.Path(path_type=Path), default=Path())
ASSIGNMENT = click.option(
    "--assignment",
    type=click.Path(path_type=Path),
    help="The assignment's folder, if the file's name does not identify it.",
)


@click.command()
@PATH
@click.option("--watch", is_flag=True, help="Keep running, and check again whenever the file is saved.")
@ASSIGNMENT
@clear_errors
def check(path: Path, watch: bool, assignment: Path | None) -> int:
    """Run the public checks on your work (a file or the folder it is in).

    \b
    Example: autograder check latent_space.ipynb
    Exits with 0 when all checks passed, 1 when not, 2 when they could not be run.
    """
    loaded = _assignment(path, assignment)
    if watch:
        return _watch(path, loaded)
    return _check(_work(path, loaded), loaded)


@click.command()
@PATH
@click.option(
    "--out", type=click.Path(path_type=Path), help="The zip to write; by default, beside your work."
)
@ASSIGNMENT
@clear_errors
def pack(path: Path, out: Path | None, assignment: Path | None) -> int:
    """Make the zip to hand in, with a receipt of its contents.

    \b
    Example: autograder pack latent_space.ipynb
    Exits with 0 when the zip is written, 1 when your work could not be graded, 2 when it was not found.
    """
    from autograder.doors import packing

    loaded = _assignment(path, assignment)
    work = _work(path, loaded)
    packed = packing.pack(work, loaded)
    if packed.refused:
        click.secho(packed.refused, fg="red")
        return 1
    out = out or work.parent / f"{loaded.name}-handin.zip"
    out.write_bytes(packed.data)
    click.echo(packed.receipt)
    for note in packed.notes:
        click.secho(note, fg="yellow")
    click.secho(f"Hand in {out}", bold=True)
    click.echo(f"SHA-256 {packed.sha256}: keep this line, it proves what you handed in")
    return 0


def _assignment(path: Path, chosen: Path | None) -> Assignment:
    """Return the chosen assignment, or the one that asks for a file with the name at `path`."""
    from autograder.records.assignment import known

    if chosen is not None:
        return load(chosen)
    assignments = known()
    matching = [a for a in assignments if path.name in a.files or any((path / n).is_file() for n in a.files)]
    if not assignments:
        raise UsageError("this copy of the kit contains no assignment; name a folder with --assignment")
    return (matching or assignments)[0]


def _work(path: Path, assignment: Assignment) -> Path:
    """Return the file to check; of several in a folder, the one that was changed last."""
    present = [path / name for name in assignment.files if (path / name).is_file()]
    if not present:
        return path
    newest = max(present, key=lambda file: file.stat().st_mtime // UNPACKING_SECONDS)
    if len(present) > 1:
        click.secho(
            f"{newest.name} was changed last, so it is used; to use the other file, name it", dim=True
        )
    return newest


def _check(work: Path, assignment: Assignment) -> int:
    from autograder import grading
    from autograder.doors import differences, libraries
    from autograder.intake import finding
    from autograder.sandbox.process import ProcessSandbox

    began = time.monotonic()
    submissions = finding.find([work], assignment)
    if len(submissions) != 1:
        raise UsageError(f"{work}: expected one submission, found {len(submissions)}; name the file to check")
    result = grading.grade(submissions[0], assignment, ProcessSandbox(), grading.PRACTICE)
    cells = submissions[0].cells
    expected = (*libraries.missing(cells, assignment.name), *differences.notes(cells))
    result = replace(result, notes=(*result.notes, *expected))
    return _show(result, assignment, time.monotonic() - began)


def _watch(path: Path, assignment: Assignment) -> int:
    """Check, and check again after every save, until Ctrl-C; return the status of the last check."""
    saved, status = None, 2
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            work = _work(path, assignment)
            now = work.stat().st_mtime_ns if work.exists() else None
            if now is not None and now != saved:
                click.clear()
                status = _check(work, assignment)
                click.secho(f"\nWatching {work}: save it to check again, Ctrl-C to stop.", dim=True)
            saved = now
            time.sleep(LOOK_SECONDS)
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
