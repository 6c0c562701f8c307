"""The commands for students: check, pack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.base import clear_errors, load
from autograder.errors import UsageError

if TYPE_CHECKING:
    from autograder.records.assignment import Assignment

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
    from autograder.cli import practice

    loaded = _assignment(path, assignment)
    chosen = Chosen(path, loaded)
    return practice.watch(chosen.work, loaded) if watch else practice.check(chosen.work(), loaded)


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
    work = Chosen(path, loaded).work()
    packed = packing.pack(work, loaded)
    if packed.refused:
        click.secho(packed.refused, fg="red")
        return 1
    out = out or work.parent / f"{loaded.name}-handin.zip"
    out.write_bytes(packed.data)
    for line in packed.summary:
        click.echo(line)
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


class Chosen:
    """The file to check or to pack; of several in a folder, the one that was changed last."""

    def __init__(self, path: Path, assignment: Assignment) -> None:
        self._path = path
        self._assignment = assignment
        self._told: Path | None = None

    def work(self) -> Path:
        """Return the file; if there are several, say once which it is, and again if it becomes another."""
        present = [self._path / name for name in self._assignment.files if (self._path / name).is_file()]
        if not present:
            return self._path
        newest = max(present, key=lambda file: file.stat().st_mtime // UNPACKING_SECONDS)
        if len(present) > 1 and newest != self._told:
            self._told = newest
            click.secho(
                f"{newest.name} was changed last, so it is used; to use the other file, name it", dim=True
            )
        return newest
