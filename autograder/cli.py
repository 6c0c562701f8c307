"""The command line: arguments in, one call, words out. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import difflib
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import autograder
from autograder.errors import LatentLabError, UsageError

if TYPE_CHECKING:
    from autograder.assignment import Assignment
    from autograder.results import Result
    from autograder.submission import Submission

CHECKOUT = Path(autograder.__file__).resolve().parent.parent
ASSIGNMENT = CHECKOUT / "assignments" / "latent_space"
SOLUTIONS = CHECKOUT / "solutions"


class Group(click.Group):
    """Commands in the order of use; a misspelt one is answered with the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands as they were added."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find a command, or fail naming the nearest."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.commands, 1)
            hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(self.commands)}."
            ctx.fail(f"No command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


def _clear_errors(command: Callable[..., int]) -> Callable[..., None]:
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


def _load(path: Path) -> Assignment:
    from autograder.assignment import load

    return load(path / "assignment.toml" if path.is_dir() or not path.suffix else path)


ASSIGNMENT_OPTION = click.option(
    "--assignment", type=click.Path(path_type=Path), default=ASSIGNMENT, help="An assignment's folder."
)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(autograder.__version__, prog_name="autograder")
def main() -> None:
    """Check, grade and look after submissions.

    \b
    Example: autograder check latent_space.ipynb
    """


@main.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@ASSIGNMENT_OPTION
@_clear_errors
def check(path: Path, assignment: Path) -> int:
    """Run the public checks on your work (a file or the folder it is in).

    \b
    Example: autograder check latent_space.ipynb
    Ends with 0 when all passed, 1 when not, 2 when they could not be run.
    """
    from autograder import grading, intake
    from autograder.sandbox.process import ProcessSandbox

    loaded = _load(assignment)
    submissions = intake.find([path], loaded)
    if len(submissions) != 1:
        raise UsageError(f"{path}: expected one piece of work, found {len(submissions)}; name the file")
    result = grading.grade(submissions[0], loaded, ProcessSandbox(), grading.PRACTICE)
    return _show_practice(result, loaded)


def _show_practice(result: Result, assignment: Assignment) -> int:
    for note in result.notes:
        click.secho(note, fg="yellow")
    if result.status != "graded":
        click.secho(result.reason or "", fg="red")
        return 1 if result.status == "rejected" else 2
    for question in result.questions:
        click.secho(f"\n{question.title}: {question.score} of {question.max_score}", bold=True)
        for one in (c for c in result.checks if c.question == question.id):
            passed = one.outcome == "passed"
            click.secho(f"  {'✓' if passed else '✗'} {one.title}", fg="green" if passed else "red")
            for line in one.message.splitlines():
                click.echo(f"      {line}")
        if question.score < question.max_score:
            click.echo(f"    Where to read: {assignment.question(question.id).read}")
    click.echo(f"\n{result.score} of {result.max_score} points in the public checks. The others stay hidden.")
    return 0 if result.score == result.max_score else 1


@main.command()
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where everything is written.")
@click.option(
    "--sandbox", type=click.Choice(["auto", "docker", "process"]), default="auto", show_default=True
)
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="At the same time.")
@click.option("--fresh", is_flag=True, help="Grade again what has a result already.")
@click.option("--only", multiple=True, metavar="ID", help="Grade this submission only.")
@ASSIGNMENT_OPTION
@_clear_errors
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

    began = time.monotonic()
    loaded = _load(assignment)
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out}: expected a folder, got a file; name another")
    everyone = intake.find(paths, loaded, besides=out)
    wanted = _only(everyone, only)
    kind, warning = batch.choose_sandbox(sandbox)
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
            click.echo(_line(known[submission.id], was_there=True))
    with _progress("grading") as (on_total, on_result):
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


@contextmanager
def _progress(what: str) -> Iterator[tuple[Callable[[int], None], Callable[[Result], None]]]:
    """Show a line per result, and a bar on a terminal; yields what to call with the total and each result."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)

        def on_result(result: Result) -> None:
            console.print(escape(_line(result)))
            progress.advance(task)

        yield lambda count: progress.update(task, total=count), on_result


def _line(result: Result, was_there: bool = False) -> str:
    score = "  –" if result.score is None else f"{result.score:3d}"
    took = "was there" if was_there else f"{result.timing.get('seconds', 0.0):.1f} s"
    losing = [f"{q.id} {q.score}/{q.max_score}" for q in result.questions if q.score < q.max_score]
    told = ", ".join(losing) if result.status == "graded" else (result.reason or "").split("\n")[0]
    return f"{score}/{result.max_score}  {result.status:8}  {took:>9}  {result.submission.id}  {told}"


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


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/prove"), show_default=True)
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=2, show_default=True, help="For correct samples."
)
@click.option(
    "--sandbox", type=click.Choice(["auto", "docker", "process"]), default="auto", show_default=True
)
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="At the same time.")
@ASSIGNMENT_OPTION
@_clear_errors
def prove(out: Path, seeds: int, sandbox: str, jobs: int, assignment: Path) -> int:
    """Prove the suites: grade every sample submission and hold it against what it declares.

    \b
    Example: autograder prove --out build/prove
    Ends with 0 when all holds, 1 when something does not. Goes on where it was stopped.
    """
    from autograder import batch
    from autograder import prove as proving

    began = time.monotonic()
    loaded = _load(assignment)
    kind, warning = batch.choose_sandbox(sandbox)
    if warning:
        click.secho(warning, fg="yellow", err=True)
    with _progress("proving") as (on_total, on_result):
        proof = proving.prove(loaded, kind, out, seeds, jobs, on_result=on_result, on_total=on_total)
    proving.publish(proof, out)
    problems = proof.problems()
    for problem in problems:
        click.secho(problem, fg="red")
    counted = ", ".join(f"{count} {kind}" for kind, count in Counter(s.kind for s in proof.samples).items())
    click.echo(f"{len(proof.rules)} checks; {counted} samples; {time.monotonic() - began:.0f} s")
    click.echo(f"evidence  {out / 'kill_matrix.svg'}, kill_matrix.csv, messages.md")
    click.echo("all as declared" if not problems else f"{len(problems)} not as declared")
    return 1 if problems else 0


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/prove"), show_default=True)
@click.option("--seeds", type=click.IntRange(2, 99), default=2, show_default=True, help="For all checks.")
@click.option(
    "--runs", type=click.IntRange(1, 10**6), default=200, show_default=True, help="For statistical ones."
)
@click.option(
    "--sandbox", type=click.Choice(["auto", "docker", "process"]), default="auto", show_default=True
)
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="At the same time.")
@ASSIGNMENT_OPTION
@_clear_errors
def calibrate(out: Path, seeds: int, runs: int, sandbox: str, jobs: int, assignment: Path) -> int:
    """Measure every tolerance on the sample submissions: false fails, power, and CPU of each check.

    \b
    Example: autograder calibrate --out build/prove --runs 200
    What `prove` graded in the same folder is used again.
    """
    from autograder import batch, calibrate, intake
    from autograder import prove as proving

    loaded = _load(assignment)
    kind, _ = batch.choose_sandbox(sandbox)
    with _progress("proving") as (on_total, on_result):
        proof = proving.prove(loaded, kind, out, seeds, jobs, on_result=on_result, on_total=on_total)
    trials = calibrate.trials_of_proof(proof)
    setting = batch.Setting(loaded, kind, only=tuple(calibrate.statistical(trials, proof)))
    if setting.only:
        click.echo(f"statistical: {', '.join(setting.only)}; {runs} runs of each")
        work = [s for s in intake.find([out / "samples"], loaded) if s.id in proof.concerned(setting.only)]
        more = range(seeds, seeds + max(1, runs // len(work)))
        trials += calibrate.run_many(work, setting, more, jobs, lambda: click.echo(".", nl=False))
        click.echo()
    rows = calibrate.table(proof, trials)
    calibrate.publish(rows, trials, proof, out)
    click.echo(f"evidence  {out / 'calibration.md'}, calibration.csv, calibration.svg")
    return 0


@main.command()
@_clear_errors
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
