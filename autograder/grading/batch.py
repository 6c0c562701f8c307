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
from dataclasses import replace
from functools import partial

from autograder import grading
from autograder.errors import CanaryError, LatentLabError
from autograder.grades.store import Store
from autograder.grading import cluster, processes
from autograder.grading.processes import Pool
from autograder.grading.setting import Setting, sandbox_of
from autograder.records import words
from autograder.records.assignment import Assignment
from autograder.records.results import Result
from autograder.records.submission import Submission

OnResult = Callable[[Result], None]
ONE_AT_A_TIME = threading.Lock()  # pytest, which the judge is, runs once per process, whatever calls it
CANARY = "(known-good solution)"  # no submission's id has parentheses
DIED = "the process that graded it died twice; look at this submission, then grade it again"


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
        lost = [f"{c.id}: {words.for_staff(c) or c.outcome}" for c in result.checks if c.outcome != "passed"]
        why = "\n".join(lost) or result.reason
        raise CanaryError(
            f"the known-good solution scores {result.score} of {assignment.max_score}, so no score could be "
            f"trusted and nothing was graded:\n{why}\nMend the suite or the machine, then grade again."
        )


def known(submissions: Sequence[Submission], setting: Setting, store: Store) -> dict[str, Result]:
    """Return, by id, the results in `store` that are of these very submissions, this suite and this image.

    They hold what intake knows now of whose they are and when they came, which may be more than before.
    """
    provenance = setting.provenance()
    found = {}
    for submission in submissions:
        result = store.current(submission.id)
        if result is not None and not _why_again(submission, result, provenance):
            found[submission.id] = replace(result, submission=grading.info_of(submission))
    return found


def refresh(found: Mapping[str, Result], store: Store) -> dict[str, Result]:
    """Write those of the `known` results that say something new; return all as they are kept."""
    return {
        name: result if store.current(name) == result else store.keep(result)
        for name, result in found.items()
    }


def why(submissions: Sequence[Submission], setting: Setting, store: Store) -> dict[str, str]:
    """Return, by id, why a submission must be graded; what has a result that still holds is left out."""
    provenance = setting.provenance()
    found = {}
    for submission in submissions:
        result = store.current(submission.id)
        found[submission.id] = _why_again(submission, result, provenance) if result else "no result yet"
    return {name: reason for name, reason in found.items() if reason}


def run(
    submissions: Sequence[Submission],
    setting: Setting,
    store: Store,
    jobs: int = 1,
    on_result: OnResult = lambda result: None,
    scheduler: str = "",
    solution: Submission | None = None,
    pool: Pool = processes.pool,
) -> dict[str, Result]:
    """Grade `submissions` in `jobs` processes of `pool`, or by the Dask cluster at `scheduler`.

    Returns what was found now, by id.

    The known-good `solution`, when given, is the canary: no result counts before it has full marks. Writes
    each as it ends, so that nothing is lost when the batch is stopped; see Store.keep. Raises CanaryError,
    and UsageError when the cluster cannot be used.
    """
    done: dict[str, Result] = {}
    ours = setting.provenance()
    canary = [replace(solution, id=CANARY)] if solution and submissions else []
    todo = [*canary, *submissions]
    at_work = len(todo) if scheduler else 2 * jobs + 1  # when a pool dies: by as many the library is ahead
    if scheduler:
        pool = partial(_cluster, scheduler, setting)
    with closing(_grade_all(todo, setting, jobs, pool, at_work)) as graded:
        for result in _trusted(graded, setting.assignment) if canary else graded:
            kept = store.keep(cluster.held_against(ours, result) if scheduler else result)
            done[kept.submission.id] = kept
            on_result(kept)
    return done


def _cluster(scheduler: str, setting: Setting, _jobs: int) -> AbstractContextManager[Executor]:
    return cluster.executor(scheduler, setting.provenance)


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
