"""Grades a class: finds the work, grades what has no valid result, fills the gradebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from autograder.cohort import who
from autograder.cohort.facts import Facts
from autograder.cohort.listener import Listener
from autograder.cohort.records import How
from autograder.errors import LatentLabError, UsageError
from autograder.grading import batch, processes
from autograder.grading.processes import Pool
from autograder.grading.setting import Setting, choose_sandbox
from autograder.intake import finding
from autograder.intake.finding import Intake, Known
from autograder.records.results import Result
from autograder.records.submission import Submission


@dataclass(frozen=True)
class Run:
    """One run over a class: the submissions found, those wanted, and how to grade them.

    `held` says, by id, which older work is left alone; `moves` is set if the class takes over today's version
    of the assignment.
    """

    intake: Intake
    wanted: tuple[Submission, ...]
    setting: Setting
    warning: str
    how: How
    pool: Pool = processes.pool
    held: Mapping[str, str] = field(default_factory=dict)
    moves: bool = False


@dataclass(frozen=True)
class Outcome:
    """The results of a run, by id: earlier ones that are still valid, new ones, and those they replaced."""

    valid: dict[str, Result]
    now: dict[str, Result]
    before: dict[str, Result]


def roster_of(facts: Facts) -> Path | None:
    """Return the roster of the class, if any. Raises UsageError if its file is gone."""
    roster = facts.inventory.roster
    if roster is not None and not Path(roster).is_file():
        raise UsageError(
            f"{roster}: expected the roster that {facts.out} was graded with, got no such file; "
            "put it back, or give its new path: grade … --roster"
        )
    return Path(roster) if roster else None


def known_of(facts: Facts) -> Known:
    """Return what earlier runs over the class found, and what staff decided, about who is who."""
    decided = {name: same.rows for name, same in facts.inventory.same.items()}
    return Known(facts.inventory.ids, decided, facts.inventory.stamps)


def again(facts: Facts) -> Intake:
    """Read all sources of the class again, each as the kind of download that staff chose.

    Raises UsageError if there are none, or if one is gone.
    """
    sources = facts.inventory.sources
    if not sources:
        raise UsageError(f"{facts.out}: expected a folder that grade has written, got none; grade first")
    for source in sources:
        if not Path(source.path).exists():
            raise UsageError(
                f"{source.path}: expected the submissions that {facts.out} was graded from, got no such "
                "path; put them back, or, if you now grade them from another path, remove this one from "
                f"{facts.out / 'intake.json'}"
            )
    paths = [(Path(source.path), source.kind) for source in sources]
    known = (facts.choices, known_of(facts))
    return finding.collect_each(paths, facts.today, facts.out, roster_of(facts), *known)


def only(intake: Intake, names: Sequence[str]) -> tuple[Submission, ...]:
    """Return the submissions of these students, all if `names` is empty. Raises UsageError; see who.one."""
    chosen = {who.one(name, intake.submissions, intake.students, "the downloads").id for name in names}
    return tuple(s for s in intake.submissions if not names or s.id in chosen)


def setting_of(facts: Facts, how: How, closed: Iterable[Path], listener: Listener) -> tuple[Setting, str]:
    """Return how to grade, and a warning. No submission may read the class's folder or `closed`."""
    walled = any(result.provenance.get("sandbox") == "docker" for result in facts.store.readable())
    kind, warning = choose_sandbox(how.sandbox, [facts.out, *closed], walled)
    if warning:
        listener.warned(warning)
    return Setting(facts.today, kind), warning


def grade(facts: Facts, run: Run, listener: Listener) -> Outcome:
    """Grade the wanted submissions without a valid result, and fill the gradebook from the whole class."""
    _ = facts.changes  # a damaged ledger must stop the command before the work, not after it
    kept = [s for s in run.intake.submissions if s.id not in run.held]
    known = batch.known(kept, run.setting, facts.store)
    known = batch.refresh(known, facts.store)
    todo = [s for s in run.wanted if s.id not in run.held and (run.how.fresh or s.id not in known)]
    before = {s.id: old for s in todo if (old := facts.store.current(s.id))}
    valid = sum(s.id not in run.held for s in run.wanted) - len(todo)
    if valid:
        listener.valid(valid)
    now = _grade_now(facts, run, todo, listener) if todo else {}
    if run.moves:
        facts.adopt()
    _fill(facts, listener)
    return Outcome(known, now, before)


def _grade_now(facts: Facts, run: Run, todo: Sequence[Submission], listener: Listener) -> dict[str, Result]:
    """Grade the known-good solution together with `todo`; return the results of `todo` by id."""
    path = facts.today.solution / f"{facts.today.name}.py"
    solution = finding.find([path], facts.today)[0]
    with listener.grading(run.setting.kind, len(todo)) as on_result:

        def ended(result: Result) -> None:
            on_result(result)
            if not run.moves:  # else the whole class moves to another version of the assignment at the end
                _show(facts, result)

        how = (run.how.jobs, ended, run.how.scheduler, solution, run.pool)
        return batch.run(todo, run.setting, facts.store, *how)


def _show(facts: Facts, result: Result) -> None:
    """Write a result's feedback page as soon as it has ended; closed, since others' deadlines may be later.

    The pages of the class are written again at the end, which says so if that fails; here it stops nothing.
    """
    from autograder.pages import feedback

    with suppress(LatentLabError, OSError):
        path = facts.out / "feedback" / f"{result.submission.id}.html"
        feedback.write(path, result, facts.assignment, facts.grade_of(result))


def _fill(facts: Facts, listener: Listener) -> None:
    from autograder.gradebook import course

    for note in course.publish(facts.out, facts.assignment, facts.store.everything()).notes:
        listener.warned(note)
    facts.forget_grades()
