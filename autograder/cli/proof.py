"""The commands that prove the suites: prove, calibrate, attacks."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.base import ASSIGNMENT_OPTION, JOBS_OPTION, SANDBOX_OPTION, clear_errors, load, progress

if TYPE_CHECKING:
    from autograder.proof.prove import Proof


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/prove"), show_default=True)
@click.option(
    "--seeds",
    type=click.IntRange(1, 100),
    help="Seeds to grade each sample with: 2, or 1 of a part.",
)
@click.option("--question", metavar="ID", default="", help="Only the checks of this question.")
@click.option("--only", multiple=True, metavar="SAMPLE", help="Only this sample; may be repeated.")
@SANDBOX_OPTION
@JOBS_OPTION
@ASSIGNMENT_OPTION
@clear_errors
def prove(
    out: Path,
    seeds: int | None,
    question: str,
    only: tuple[str, ...],
    sandbox: str,
    jobs: int,
    assignment: Path,
) -> int:
    """Prove the suites: grade every harmless sample and compare its result with what it declares.

    With --question or --only, grades that part, says what students read, and writes no evidence.

    \b
    Example: autograder prove --out build/prove
    Exits with 0 when every result is as declared, 1 when one is not, 2 when files contradict each other.
    Continues where it stopped; after a change in a check, grades only its question, of the samples that can
    differ there.
    """
    from autograder.grading import setting as settings
    from autograder.proof import prove as proving
    from autograder.proof import tables
    from autograder.proof.part import Part

    began = time.monotonic()
    loaded, part = load(assignment), Part(question, only)
    kind, warning = settings.choose_sandbox(sandbox)
    if warning:
        click.secho(warning, fg="yellow", err=True)
    with progress("proving") as (on_total, on_result):
        proof = proving.prove(
            loaded,
            kind,
            out,
            seeds or (1 if part else 2),
            jobs,
            on_result=on_result,
            on_total=on_total,
            part=part,
        )
    if part.samples:
        _say_what_is_read(proof)
    if not part:
        tables.publish_proof(proof, out)
    problems = proof.problems()
    for problem in problems:
        click.secho(problem, fg="red")
    counted = ", ".join(f"{count} {kind}" for kind, count in Counter(s.kind for s in proof.samples).items())
    click.echo(f"{len(proof.rules)} checks; {counted} samples; {time.monotonic() - began:.0f} s")
    if part:
        click.echo("a part only: no evidence was written; leave out --question and --only to prove the whole")
    else:
        click.echo(
            f"evidence  {out / 'kill_matrix.svg'}, messages.md, causes.md, and the same as .csv; cheating.md"
        )
    click.echo("all as declared" if not problems else f"{len(problems)} not as declared")
    return 1 if problems else 0


def _say_what_is_read(proof: Proof) -> None:
    """Print what the students of these samples read about what went wrong."""
    from autograder.proof import told

    for sample in proof.samples:
        text = told.said(proof.results[sample.id])
        click.echo(f"{sample.id} reads:\n{text}" if text else f"{sample.id} reads that nothing is wrong")


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/prove"), show_default=True)
@click.option(
    "--seeds", type=click.IntRange(2, 99), default=2, show_default=True, help="Seeds for all checks."
)
@click.option(
    "--runs",
    type=click.IntRange(1, 10**6),
    default=200,
    show_default=True,
    help="Runs of statistical checks.",
)
@click.option(
    "--secrets",
    type=click.IntRange(1, 10**5),
    help="Instead, draw the hidden checks' numbers from so many secrets and compare the outcomes.",
)
@click.option(
    "--samples",
    type=click.IntRange(1, 10**4),
    default=3,
    show_default=True,
    help="With --secrets: how many samples of each kind to grade under each, in turn.",
)
@SANDBOX_OPTION
@JOBS_OPTION
@ASSIGNMENT_OPTION
@clear_errors
def calibrate(
    out: Path,
    seeds: int,
    runs: int,
    secrets: int | None,
    samples: int,
    sandbox: str,
    jobs: int,
    assignment: Path,
) -> int:
    """Measure every tolerance on the sample submissions: false fails, power, and CPU of each check.

    \b
    Example: autograder calibrate --out build/prove --runs 200
    Reuses what `prove` graded in the same folder. Exits with 1 when a target is missed.
    """
    from autograder.grading import setting as settings
    from autograder.intake import finding
    from autograder.proof import calibrate, tables
    from autograder.proof import prove as proving

    loaded = load(assignment)
    kind, _ = settings.choose_sandbox(sandbox)
    if secrets is not None:
        return _calibrate_secrets(loaded, kind, out, secrets, samples, jobs)
    with progress("proving") as (on_total, on_result):
        proof = proving.prove(loaded, kind, out, seeds, jobs, on_result=on_result, on_total=on_total)
    trials = calibrate.trials_of_proof(proof)
    setting = settings.Setting(loaded, kind, only=tuple(calibrate.statistical(trials, proof)))
    if setting.only:
        click.echo(f"statistical: {', '.join(setting.only)}; {runs} runs of each")
        names = calibrate.concerned(trials, proof, setting.only)
        work = [s for s in finding.find([out / "samples"], loaded) if s.id in names]
        more = range(seeds, seeds + max(1, runs // len(work)))
        trials += calibrate.run_many(work, setting, more, jobs, lambda: click.echo(".", nl=False))
        click.echo()
    rows = calibrate.table(proof, trials)
    tables.publish_calibration(rows, trials, proof, out)
    click.echo(f"evidence  {out / 'calibration.md'}, calibration.csv, calibration.svg")
    missed = calibrate.misses(rows)
    for miss in missed:
        click.secho(miss, fg="red")
    click.echo("all targets met" if not missed else f"{len(missed)} targets missed")
    return 1 if missed else 0


def _calibrate_secrets(assignment, kind: str, out: Path, count: int, most: int, jobs: int) -> int:  # type: ignore[no-untyped-def]
    """Grade samples under the checkout's drawing and `count` others; write secrets.md to `out`."""
    from autograder.proof import secrets

    wanted = secrets.plan(assignment, count, most)
    samples = secrets.samples_in(wanted)
    trials = secrets.run(assignment, kind, wanted, out, jobs, lambda: click.echo(".", nl=False))
    click.echo()
    (out / "secrets.md").write_text(secrets.table(trials, samples, assignment), encoding="utf-8")
    missed = secrets.misses(trials, samples)
    for miss in missed:
        click.secho(miss, fg="red")
    click.echo(f"{len(trials)} results, {len(missed)} deviations; {out / 'secrets.md'}")
    return 1 if missed else 0


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/attacks"), show_default=True)
@click.option(
    "--sandbox",
    "sandboxes",
    type=click.Choice(["docker", "user"]),
    multiple=True,
    default=["docker"],
    show_default=True,
    help="May be repeated.",
)
@JOBS_OPTION
@ASSIGNMENT_OPTION
@clear_errors
def attacks(out: Path, sandboxes: tuple[str, ...], jobs: int, assignment: Path) -> int:
    """Grade every hostile sample and write a table of the outcomes.

    \b
    Example: autograder attacks --sandbox docker --sandbox user
    Exits with 0 when nothing is gained, leaked or lost, 1 when something is. Continues where it stopped.
    """
    from autograder.grading import setting as settings
    from autograder.proof import attacks as proving

    loaded = load(assignment)
    kinds = [settings.choose_sandbox(kind, [out] if out.exists() else [])[0] for kind in sandboxes]
    with progress("attacking") as (on_total, on_result):
        outcomes = proving.run(loaded, kinds, out, jobs, on_result, on_total)
    (out / "attacks.md").write_text(proving.table(outcomes), encoding="utf-8")
    faults = [f"{o.sample.name}, {o.kind}: {fault.text}" for o in outcomes for fault in o.faults]
    for fault in faults:
        click.secho(fault, fg="red")
    click.echo(
        f"{len(outcomes)} outcomes, {sum(o.gained for o in outcomes)} points gained; {out / 'attacks.md'}"
    )
    return 1 if faults else 0
