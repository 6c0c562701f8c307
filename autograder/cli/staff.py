"""What a teaching assistant types: grade."""

from __future__ import annotations

import difflib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.base import (
    ASSIGNMENT_OPTION,
    JOBS_OPTION,
    SANDBOX_OPTION,
    clear_errors,
    line,
    load,
    progress,
)
from autograder.errors import UsageError

if TYPE_CHECKING:
    from autograder.results import Result
    from autograder.submission import Submission


@click.command()
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where everything is written.")
@SANDBOX_OPTION
@JOBS_OPTION
@click.option("--fresh", is_flag=True, help="Grade again what has a result already.")
@click.option("--only", multiple=True, metavar="ID", help="Grade this submission only.")
@ASSIGNMENT_OPTION
@clear_errors
def grade(
    paths: Sequence[Path],
    out: Path,
    sandbox: str,
    jobs: int,
    fresh: bool,
    only: Sequence[str],
    assignment: Path,
) -> int:
    """Grade submissions with the hidden checks: files, zips, folders of them.

    \b
    Example: autograder grade downloads/ --out graded
    Ends with 0 when all are graded, 3 when some stayed ungraded, 2 when nothing could be graded.
    """
    from autograder import batch, intake
    from autograder.corpus import SOLUTIONS

    began = time.monotonic()
    loaded = load(assignment)
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out}: expected a folder, got a file; name another")
    everyone = intake.find(paths, loaded, besides=out)
    wanted = _only(everyone, only)
    out.mkdir(parents=True, exist_ok=True)
    kind, warning = batch.choose_sandbox(sandbox, [out, *paths])
    if warning:
        click.secho(warning, fg="yellow", err=True)
    setting = batch.Setting(loaded, kind)
    known = batch.known(everyone, setting, out)
    todo = [s for s in wanted if fresh or s.id not in known]
    if todo:
        click.echo(f"Known-good solution first, in the {kind} sandbox …")
        solution = intake.find([SOLUTIONS / loaded.name / f"{loaded.name}.py"], loaded)[0]
        batch.check_canary(solution, setting)
    for submission in wanted:
        if submission not in todo:
            click.echo(line(known[submission.id], was_there=True))
    with progress("grading") as (on_total, on_result):
        on_total(len(todo))
        graded = batch.run(todo, setting, out, jobs, on_result)
    current = {**known, **graded}
    batch.publish([current[s.id] for s in everyone if s.id in current], loaded, out, warning)
    return _summary([current[s.id] for s in wanted], out, time.monotonic() - began)


def _only(submissions: list[Submission], only: Sequence[str]) -> list[Submission]:
    ids = [submission.id for submission in submissions]
    for name in only:
        if name not in ids:
            near = difflib.get_close_matches(name, ids, 1)
            raise UsageError(f"no submission {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return [s for s in submissions if not only or s.id in only]


def _summary(results: Sequence[Result], out: Path, seconds: float) -> int:
    click.echo(f"\n{len(results)} submissions in {seconds:.0f} s")
    for status in ("ungraded", "rejected"):
        names = [r.submission.id for r in results if r.status == status]
        if names:
            click.secho(f"{status}: {', '.join(names)}", fg="red" if status == "ungraded" else "yellow")
    flagged = [r.submission.id for r in results if r.flags]
    if flagged:
        click.secho(f"flagged: {', '.join(flagged)}", fg="yellow")
    click.echo(f"results   {out / 'results'}")
    click.echo(f"feedback  {out / 'feedback'}")
    click.echo(f"report    {out / 'report' / 'index.html'}")
    click.echo(f"grades    {out / 'grades.csv'}")
    return 3 if any(r.status == "ungraded" for r in results) else 0
