"""What a teaching assistant types to get a class graded: grade, and regrade when the suite has changed."""

from __future__ import annotations

import difflib
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from autograder.cli import summary
from autograder.cli.base import (
    ASSIGNMENT_OPTION,
    JOBS_OPTION,
    OUT,
    SANDBOX_OPTION,
    clear_errors,
    load,
    progress,
    publish_class,
)
from autograder.errors import UsageError
from autograder.records.places import SOLUTIONS

if TYPE_CHECKING:
    from autograder.grades.inventory import Inventory, Source
    from autograder.grading.batch import Setting
    from autograder.intake import Intake, Kind
    from autograder.records.assignment import Assignment
    from autograder.records.results import Result
    from autograder.records.submission import Submission

KINDS = ["auto", "canvas", "moodle", "gradescope", "nbgrader", "plain"]


@dataclass(frozen=True)
class Run:
    """One run over a class: what was found now, how, where and since when to grade."""

    found: Intake
    setting: Setting
    warning: str
    out: Path
    jobs: int
    began: float
    scheduler: str = ""


@click.command()
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where everything is written.")
@click.option("--roster", type=click.Path(path_type=Path), help="A CSV with name, id, email of the class.")
@click.option("--from", "kind", type=click.Choice(KINDS), default="auto", help="What the download is from.")
@SANDBOX_OPTION
@JOBS_OPTION
@click.option("--scheduler", metavar="ADDRESS", default="", help="Grade by the Dask cluster there, not here.")
@click.option("--fresh", is_flag=True, help="Grade again what has a result already.")
@click.option("--only", multiple=True, metavar="ID", help="Grade this submission only.")
@click.option("--gradebook", metavar="URL", help="nbgrader's gradebook; where not said, SQLite in --out.")
@ASSIGNMENT_OPTION
@clear_errors
def grade(
    paths: Sequence[Path],
    out: Path,
    roster: Path | None,
    kind: Kind,
    sandbox: str,
    jobs: int,
    scheduler: str,
    fresh: bool,
    only: Sequence[str],
    gradebook: str | None,
    assignment: Path,
) -> int:
    """Grade submissions with the hidden checks: an LMS's download, files, zips, folders of them.

    \b
    Example: autograder grade submissions.zip --out graded --roster class.csv
    Ends with 0 when all are graded, 3 when some stayed ungraded, 2 when nothing could be graded.
    """
    from autograder import intake
    from autograder.gradebook import course
    from autograder.grades import inventory
    from autograder.grading import processes

    began = time.monotonic()
    loaded = load(assignment)
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out}: expected a folder, got a file; name another")
    before = inventory.read(out)
    first = not before.sources and not scheduler  # nothing is graded yet, so something will be
    with processes.ahead(jobs) if first else nullcontext():
        roster = roster or _roster_of(before, out)
        found = intake.collect(paths, loaded, out, kind, roster)
        _say_what_was_found(found)
        wanted = _only(found.submissions, only)
        course.prepare(out, gradebook)
        setting, warning = _setting(loaded, sandbox, out, paths)
        listed = str(roster.absolute()) if roster else None
        whole = inventory.add(before, _sources(found, kind), listed, found.students)
        inventory.write(whole, out)
        return _grade(Run(found, setting, warning, out, jobs, began, scheduler), wanted, fresh)


@click.command()
@OUT
@SANDBOX_OPTION
@JOBS_OPTION
@click.option("--only", multiple=True, metavar="ID", help="Regrade this submission only.")
@click.option("--dry-run", is_flag=True, help="Say what would be graded and why, and grade nothing.")
@ASSIGNMENT_OPTION
@clear_errors
def regrade(out: Path, sandbox: str, jobs: int, only: Sequence[str], dry_run: bool, assignment: Path) -> int:
    """Grade anew what the suite, the image or the work has changed for, and show who gains and loses.

    \b
    Example: autograder regrade graded
    Marks by hand, overrides and the results before are kept. Ends as grade does.
    """
    from autograder.gradebook import course
    from autograder.grades import inventory, overrides, store
    from autograder.grades.regrade import compare, told
    from autograder.grading import batch

    began = time.monotonic()
    loaded = load(assignment)
    whole = inventory.read(out)
    if not whole.sources:
        raise UsageError(f"{out}: expected a folder that grade has written, got none; grade first")
    found = _again(whole, loaded, out)
    wanted = _only(found.submissions, only)
    setting, warning = _setting(loaded, sandbox, out, [Path(source.path) for source in whole.sources])
    reasons = batch.why(wanted, setting, out)
    for reason in sorted(set(reasons.values())):
        names = [name for name, why in reasons.items() if why == reason]
        click.echo(
            f"{reason}: {len(names)} to grade ({', '.join(names[:5])}{' …' if len(names) > 5 else ''})"
        )
    if dry_run or not reasons:
        click.echo(f"{len(wanted) - len(reasons)} of {len(wanted)} hold as they are")
        return 0
    course.prepare(out)
    before = {result.submission.id: result for result in store.everything(out)}
    status = _grade(Run(found, setting, warning, out, jobs, began), wanted)
    changes = overrides.read(out)
    fixed = {name: overrides.standing(changes, name) for name in reasons}
    moved = compare(before, [r for r in store.everything(out) if r.submission.id in reasons])
    click.secho(f"\n{len(moved)} of {len(reasons)} moved", bold=True)
    for text in told(moved, fixed):
        click.echo(text)
    return status


def _again(whole: Inventory, loaded: Assignment, out: Path) -> Intake:
    """Look at all the paths again that a class came from, each in the way that it was read."""
    from autograder import intake

    paths = [(Path(source.path), cast("Kind", source.kind)) for source in whole.sources]
    for path, _ in paths:
        if not path.exists():
            raise UsageError(
                f"{path}: expected the submissions that {out} was graded from, got no such path; put them "
                "back, or, if they are graded from another place by now, take this one out of "
                f"{out / 'intake.json'}"
            )
    return intake.collect_each(paths, loaded, out, _roster_of(whole, out))


def _roster_of(whole: Inventory, out: Path) -> Path | None:
    """Return the roster that the class in `out` has. Raises UsageError where it is not there any more."""
    if whole.roster is None:
        return None
    if not Path(whole.roster).is_file():
        raise UsageError(
            f"{whole.roster}: expected the roster that {out} was graded with, got no such file; "
            "put it back, or say where it is: grade … --roster"
        )
    return Path(whole.roster)


def _grade(run: Run, wanted: Sequence[Submission], fresh: bool = False) -> int:
    """Grade what of `wanted` has no result that holds, publish the whole class, and sum up."""
    from autograder.grades import overrides, store
    from autograder.grading import batch

    overrides.read(run.out)  # whatever is wrong there is told before the work, not after it
    known = batch.known(run.found.submissions, run.setting, run.out)
    batch.refresh(known, run.out)
    todo = [s for s in wanted if fresh or s.id not in known]
    before = {s.id: old for s in todo if (old := store.current(s.id, run.out))}
    if len(todo) < len(wanted):
        click.echo(f"{len(wanted) - len(todo)} were there already, and hold")
    graded = _grade_now(run, todo) if todo else {}
    _close(run, before, graded)
    done = sum(result.status != "ungraded" for result in graded.values())
    click.echo(f"{done} of {len(wanted)} graded now, in {time.monotonic() - run.began:.0f} s")
    mine = [graded.get(s.id) or known[s.id] for s in wanted]
    return 3 if any(result.status == "ungraded" for result in mine) else 0


def _grade_now(run: Run, todo: Sequence[Submission]) -> dict[str, Result]:
    """Grade the known-good solution and beside it `todo`, with a line for each as it ends."""
    from autograder import intake
    from autograder.grades import store
    from autograder.grading import batch

    click.echo(f"Known-good solution first, in the {run.setting.kind} sandbox …")
    name = run.setting.assignment.name
    solution = intake.find([SOLUTIONS / name / f"{name}.py"], run.setting.assignment)[0]
    with progress("grading") as (on_total, on_result):
        on_total(len(todo))
        graded = batch.run(todo, run.setting, run.out, run.jobs, on_result, run.scheduler, solution)
    for name, result in graded.items():  # as publishing reads them, so that no result is in memory twice
        graded[name] = result if result.status == "ungraded" else store.current(name, run.out) or result
    return graded


def _close(run: Run, before: Mapping[str, Result], graded: Mapping[str, Result]) -> None:
    """Publish all results that there are, and say what needs a human."""
    from autograder.gradebook import course
    from autograder.grades import store

    for note in course.publish(run.out, run.setting.assignment, store.everything(run.out)).notes:
        click.secho(note, fg="yellow", err=True)
    suite = run.setting.provenance()["suite"]
    _, needs = publish_class(run.out, run.setting.assignment, suite, before, run.warning)
    summary.show(needs)
    summary.places(run.out)
    if told := summary.times(list(graded.values())):
        click.echo(told)


def _setting(loaded: Assignment, sandbox: str, out: Path, closed: Sequence[Path]) -> tuple[Setting, str]:
    """Return how to grade, and a warning; no submission may read `out` and `closed`."""
    from autograder.grades import store
    from autograder.grading import batch

    known = (store.current(path.stem, out) for path in (out / "results").glob("*.json"))
    walled = any(result is not None and result.provenance.get("sandbox") == "docker" for result in known)
    kind, warning = batch.choose_sandbox(sandbox, [out, *closed], walled)
    if warning:
        click.secho(warning, fg="yellow", err=True)
    return batch.Setting(loaded, kind), warning


def _say_what_was_found(found: Intake) -> None:
    for place in found.places:
        click.echo(f"{place.path}: {place.kind}, {place.count} {_counted(place.count)}")


def _counted(count: int) -> str:
    return "submission" if count == 1 else "submissions"


def _sources(found: Intake, kind: str) -> list[Source]:
    from autograder.grades.inventory import Source

    return [
        Source(str(p.path.absolute()), kind, tuple((r.name, r.why) for r in p.unmatched))
        for p in found.places
    ]


def _only(submissions: Sequence[Submission], only: Sequence[str]) -> list[Submission]:
    ids = [submission.id for submission in submissions]
    for name in only:
        if name not in ids:
            near = difflib.get_close_matches(name, ids, 1)
            raise UsageError(f"no submission {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return [s for s in submissions if not only or s.id in only]
