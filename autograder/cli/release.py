"""The commands that release an assignment or start another: release, new."""

from __future__ import annotations

import time
from pathlib import Path

import click

from autograder.cli.base import ASSIGNMENT_OPTION, JOBS_OPTION, clear_errors, load, progress


@click.command()
@click.argument("version")
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write, by default dist/VERSION.")
@click.option("--dry-run", is_flag=True, help="Build and list the files; prove and write nothing.")
@click.option("--torch-index", metavar="URL", help="An additional package index, for Gradescope's setup.sh.")
@click.option("--prove-in", type=click.Path(path_type=Path), default=Path("build/prove"), show_default=True)
@JOBS_OPTION
@ASSIGNMENT_OPTION
@clear_errors
def release(
    version: str,
    out: Path | None,
    dry_run: bool,
    torch_index: str | None,
    prove_in: Path,
    jobs: int,
    assignment: Path,
) -> int:
    """Build everything that is handed out; write it only if all of it is proved.

    The hidden checks' numbers are drawn from a secret of this version, which the staff bundle keeps. Builds
    nothing if the assignment's files or samples contradict each other.

    \b
    Example: autograder release 0.1.0 --dry-run
    Exits with 0 when the release is written, 1 when it was refused, 2 when it could not be built.
    """
    from autograder.proof import corpus, fits
    from autograder.records.places import Paths, checkout
    from autograder.release import build, gate
    from autograder.release import secret as secrets

    began = time.monotonic()
    build.check_version(version)
    loaded = load(assignment)
    paths, out = Paths(checkout(), loaded.name), out or Path("dist") / version
    fits.require(loaded, corpus.load(corpus.samples_of(loaded.name)))
    loaded, secret = secrets.drawn(loaded, version, out, prove_in, keep=not dry_run)
    files = build.build(paths, loaded, version, torch_index, _say("building", began), secret)
    if dry_run:
        for name in sorted(files):
            click.echo(f"{len(files[name]):>9,}  {name}")
        click.echo(f"{len(files)} files would be written to {out}; nothing was written, nothing was proved")
        return 0
    say = _say("proving", began)
    reasons = gate.refusals(files, paths, loaded, version, lambda: _proved(loaded, prove_in, jobs), say)
    for reason in reasons:
        click.secho(reason, fg="red")
    if reasons:
        click.echo(f"refused: {len(reasons)} reasons; nothing was written")
        return 1
    existed = build.write(files, out)
    click.echo(
        f"{out}  {len(files)} files{', unchanged' if existed else ''}; {time.monotonic() - began:.0f} s"
    )
    return 0


def _say(what: str, began: float):  # type: ignore[no-untyped-def]
    return lambda text: click.secho(f"{time.monotonic() - began:4.0f} s  {what}: {text}", dim=True)


def _proved(assignment, out: Path, jobs: int) -> list[str]:  # type: ignore[no-untyped-def]
    """Return the problems that `prove` finds in Docker; reuse results of this suite in `out`."""
    from autograder.proof import prove

    with progress("proving") as (on_total, on_result):
        proof = prove.prove(assignment, "docker", out, 2, jobs, on_result=on_result, on_total=on_total)
    return proof.problems()


@click.command()
@click.argument("name")
@clear_errors
def new(name: str) -> int:
    """Create the files of another assignment: source, handout, reference, suites, a first sample.

    \b
    Example: autograder new undercomplete_overcomplete
    Never overwrites a file: exits with 2 if one of them exists.
    """
    from autograder.authoring import scaffold
    from autograder.records.places import checkout

    root = checkout()
    for path in scaffold.write(root, name):
        click.echo(f"wrote {path.relative_to(root)}")
    click.echo("next: docs/writing-an-assignment.md")
    return 0
