"""Grades many submissions: the canary first, and beside it all that has no result yet, each kept as it ends.

The results on disk are the facts: a batch that was killed goes on where it stopped, and what was graded by
the same suite in the same image is not graded again. Submissions are handed to processes of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from autograder import grading
from autograder.errors import CanaryError, LatentLabError, SandboxError
from autograder.grades import store
from autograder.grading import OFFICIAL, cluster, processes
from autograder.records.assignment import Assignment
from autograder.records.results import Result
from autograder.records.submission import Submission
from autograder.sandbox import Sandbox
from autograder.sandbox.docker import DockerSandbox
from autograder.sandbox.kept import KeptSandbox
from autograder.sandbox.process import ProcessSandbox


@dataclass(frozen=True)
class Setting:
    """How submissions are graded. The last three are for `prove` and `calibrate`, never for students' work:
    `only` (checks' ids), `seed`, and `keep`, by which submissions share a worker (see sandbox/kept.py)."""

    assignment: Assignment
    kind: str
    only: tuple[str, ...] = ()
    seed: int = 0
    keep: bool = False

    def provenance(self) -> dict[str, str]:
        """Return what results of this setting are traced to."""
        traced = grading.provenance_of(self.assignment, sandbox_of(self.kind), OFFICIAL)
        if self.only or self.seed:
            traced["trial"] = f"seed {self.seed}, {', '.join(self.only) or 'all checks'}"
        return {**traced, "warning": NO_WALL} if self.kind == "process" else traced


OnResult = Callable[[Result], None]
Pool = Callable[[int], AbstractContextManager[Executor]]  # at most so many at a time → where they are graded
ONE_AT_A_TIME = threading.Lock()  # the judge is one per process; a worker of a cluster may have more threads
WALLED = (
    "Others of this class were graded in Docker: mend that and run the same command again, or say "
    "--sandbox process to grade all of them anew without a wall"
)
CANARY = "(known-good solution)"  # no submission's id has parentheses
DIED = "the process that graded it died twice; look at this submission, then grade it again"
NO_WALL = "graded in a plain process, which is no wall against hostile code"


@cache
def sandbox_of(kind: str, keep: bool = False) -> Sandbox:
    """Return the sandbox called `docker`, `user` or `process`, one per process. Raises SandboxError.

    One that is to `keep` its workers may be used for work that is trusted only.
    """
    if keep:
        return KeptSandbox(sandbox_of(kind))
    if kind == "user":
        from autograder.sandbox.user import UserSandbox  # not to be had on every system

        return UserSandbox()
    return DockerSandbox() if kind == "docker" else ProcessSandbox()


def choose_sandbox(kind: str, closed: Sequence[Path] = (), walled: bool = False) -> tuple[str, str]:
    """Return the sandbox to use, and a warning when `auto` fell back. Raises SandboxError.

    For `user`, takes the right to read `closed` from group and others. Where others of the class were graded
    behind a wall (`walled`), `auto` does not fall back: all of them would be graded again, without one.
    """
    if kind == "user":
        from autograder.sandbox.user import UserSandbox

        sandbox = sandbox_of(kind)
        assert isinstance(sandbox, UserSandbox)
        sandbox.shut(closed)
    if kind in ("user", "process"):
        return kind, ""
    try:
        docker = sandbox_of("docker")
        docker.identity()
    except SandboxError as error:
        if kind == "docker":
            raise
        if walled:
            raise SandboxError(f"{error}. {WALLED}") from error
        return "process", f"{error}. Going on in the process sandbox: {NO_WALL}."
    assert isinstance(docker, DockerSandbox)
    with suppress(SandboxError):  # somebody else sweeps, or it is not allowed
        docker.sweep()
    return "docker", ""


def grade_one(submission: Submission, setting: Setting) -> Result:
    """Grade one submission; runs in a process of the pool, or in a worker of the cluster."""
    with ONE_AT_A_TIME:
        return _grade_one(submission, setting)


def _grade_one(submission: Submission, setting: Setting) -> Result:
    try:
        sandbox = sandbox_of(setting.kind, setting.keep)
        result = grading.grade(submission, setting.assignment, sandbox, only=setting.only, seed=setting.seed)
        return replace(result, provenance={**result.provenance, **setting.provenance()})
    except LatentLabError as error:  # the sandbox cannot even be looked for
        return grading.ungraded(submission, setting.assignment, str(error))


def check_canary(result: Result, assignment: Assignment) -> None:
    """Raise CanaryError unless the known-good solution's result has full marks."""
    if result.score != assignment.max_score:
        lost = [f"{c.id}: {c.staff_message or c.outcome}" for c in result.checks if c.outcome != "passed"]
        why = "\n".join(lost) or result.reason
        raise CanaryError(
            f"the known-good solution scores {result.score} of {assignment.max_score}, so no score could be "
            f"trusted and nothing was graded:\n{why}\nMend the suite or the machine, then grade again."
        )


def known(submissions: Sequence[Submission], setting: Setting, out: Path) -> dict[str, Result]:
    """Return, by id, the results in `out` that are of these very submissions, this suite and this image.

    They hold what intake knows now of whose they are and when they came, which may be more than before.
    """
    provenance = setting.provenance()
    found = {}
    for submission in submissions:
        result = store.current(submission.id, out)
        if result is not None and not _why_again(submission, result, provenance):
            found[submission.id] = replace(result, submission=grading.info_of(submission))
    return found


def refresh(found: Mapping[str, Result], out: Path) -> None:
    """Write those of the `known` results in which something other is known now than before."""
    for name, result in found.items():
        if store.current(name, out) != result:
            store.keep(result, out)


def why(submissions: Sequence[Submission], setting: Setting, out: Path) -> dict[str, str]:
    """Return, by id, why a submission must be graded; what has a result that still holds is left out."""
    provenance = setting.provenance()
    found = {}
    for submission in submissions:
        result = store.current(submission.id, out)
        found[submission.id] = _why_again(submission, result, provenance) if result else "no result yet"
    return {name: reason for name, reason in found.items() if reason}


def run(
    submissions: Sequence[Submission],
    setting: Setting,
    out: Path,
    jobs: int = 1,
    on_result: OnResult = lambda result: None,
    scheduler: str = "",
    solution: Submission | None = None,
) -> dict[str, Result]:
    """Grade `submissions` in `jobs` processes, or by the Dask cluster at `scheduler`; return results by id.

    The known-good `solution`, when given, is the canary: no result counts before it has full marks. Writes
    each as it ends, so that nothing is lost when the batch is stopped; see store.keep. Raises CanaryError,
    and UsageError when the cluster cannot be used.
    """
    done: dict[str, Result] = {}
    ours = setting.provenance()
    canary = [replace(solution, id=CANARY)] if solution and submissions else []

    def pool(jobs: int) -> AbstractContextManager[Executor]:
        return cluster.executor(scheduler, setting.provenance) if scheduler else processes.pool(jobs)

    todo = [*canary, *submissions]
    at_work = len(todo) if scheduler else 2 * jobs + 1  # when a pool dies: by as many the library is ahead
    with closing(_grade_all(todo, setting, jobs, pool, at_work)) as graded:
        for result in _trusted(graded, setting.assignment) if canary else graded:
            kept = cluster.held_against(ours, result) if scheduler else result
            store.keep(kept, out)
            done[kept.submission.id] = kept
            on_result(kept)
    return done


def _trusted(graded: Iterator[Result], assignment: Assignment) -> Iterator[Result]:
    """Yield the results of others once the canary's is there and good; hold them back until then."""
    held: list[Result] | None = []
    for result in graded:
        if result.submission.id == CANARY:
            check_canary(result, assignment)
            yield from held or ()
            held = None
        elif held is not None:
            held.append(result)
        else:
            yield result


def _why_again(submission: Submission, result: Result, provenance: dict[str, str]) -> str:
    """Return why a result does not hold any more, or nothing; one without a score never holds."""
    if result.status == "ungraded":
        return "ungraded before"
    if submission.rejected is not None and submission.rejected != result.reason:
        return "other work"
    if submission.rejected is None and submission.sha256 != result.submission.sha256:
        return "other work"
    differs = [key for key, value in provenance.items() if result.provenance.get(key) != value]
    return f"another {' and '.join(differs)}" if differs else ""


def _grade_all(
    todo: Sequence[Submission], setting: Setting, jobs: int, pool: Pool, at_work: int
) -> Generator[Result, None, None]:
    """Yield results as they end; a process of the pool that dies costs one more try, then `ungraded`.

    It takes the whole pool with it. The first `at_work` of those without a result, which it may have been
    grading, are tried one by one, so that whoever ends a pool again ends only their own; the others get
    another pool.
    """
    while todo:
        done = set()
        for submission, result in _grade_pool(todo, setting, jobs, pool):
            if result is not None:
                done.add(submission.id)
                yield result
        lost = [submission for submission in todo if submission.id not in done]
        for submission in lost[:at_work]:
            for _, result in _grade_pool([submission], setting, 1, pool):
                yield result or grading.ungraded(submission, setting.assignment, DIED)
        todo = lost[at_work:]


def _grade_pool(
    todo: Sequence[Submission], setting: Setting, jobs: int, pool: Pool
) -> Iterator[tuple[Submission, Result | None]]:
    with pool(min(jobs, len(todo))) as executor:
        futures: dict[Future[Result], Submission] = {}
        with suppress(BrokenProcessPool):  # before it was given all
            for submission in todo:
                futures[executor.submit(grade_one, submission, setting)] = submission
        for future in as_completed(futures):
            yield futures[future], _outcome(future, futures[future], setting)
        for submission in todo[len(futures) :]:
            yield submission, None


def _outcome(future: Future[Result], submission: Submission, setting: Setting) -> Result | None:
    try:
        return future.result()
    except BaseException as error:
        if isinstance(error, BrokenProcessPool) or cluster.is_loss(error):
            return None
        if not isinstance(error, Exception):
            raise
        why = f"an error of the kit: {type(error).__name__}: {error}"
        return grading.ungraded(submission, setting.assignment, why)
