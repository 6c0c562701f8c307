"""Grades many submissions beside the canary, and keeps each result as soon as it ends.

The results on disk are the only state: a killed batch continues where it stopped, and a result of the same
suite and image is not graded again. Separate processes grade the submissions.
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
ONE_AT_A_TIME = threading.Lock()  # the judge runs pytest, which can run only once at a time per process
CANARY = "(known-good solution)"  # no submission's id has parentheses
DIED = "the process that graded this submission died twice; look at its code, then grade it again"


def grade_one(submission: Submission, setting: Setting) -> Result:
    """Grade one submission; runs in a process of the pool or a worker of the cluster."""
    with ONE_AT_A_TIME:
        return _grade_one(submission, setting)


def _grade_one(submission: Submission, setting: Setting) -> Result:
    try:
        sandbox = sandbox_of(setting.kind, setting.keep)
        result = grading.grade(submission, setting.assignment, sandbox, only=setting.only, seed=setting.seed)
        return replace(result, provenance={**result.provenance, **setting.provenance()})
    except LatentLabError as error:  # the sandbox cannot be found
        return grading.ungraded(submission, setting.assignment, str(error))


def check_canary(result: Result, assignment: Assignment) -> None:
    """Raise CanaryError unless the known-good solution has full marks."""
    if result.score != assignment.max_score:
        lost = [f"{c.id}: {words.for_staff(c) or c.outcome}" for c in result.checks if c.outcome != "passed"]
        why = "\n".join(lost) or result.reason
        raise CanaryError(
            f"the known-good solution scores {result.score} of {assignment.max_score}, so no score could be "
            f"trusted and nothing was graded:\n{why}\nFix the suite or the machine, then grade again."
        )


def known(submissions: Sequence[Submission], setting: Setting, store: Store) -> dict[str, Result]:
    """Return, by id, the results in `store` of exactly these submissions, this suite and this image.

    Names and times of submission in them are those that intake knows now.
    """
    provenance = setting.provenance()
    results = {}
    for submission in submissions:
        result = store.current(submission.id)
        if result is not None and not _why_again(submission, result, provenance):
            results[submission.id] = replace(result, submission=grading.info_of(submission))
    return results


def refresh(known: Mapping[str, Result], store: Store) -> dict[str, Result]:
    """Write the `known` results that differ from the stored ones; return all as stored."""
    return {
        name: result if store.current(name) == result else store.keep(result)
        for name, result in known.items()
    }


def why(submissions: Sequence[Submission], setting: Setting, store: Store) -> dict[str, str]:
    """Return, by id, why a submission must be graded; those with a valid result are left out."""
    provenance = setting.provenance()
    reasons = {}
    for submission in submissions:
        result = store.current(submission.id)
        reasons[submission.id] = _why_again(submission, result, provenance) if result else "no result yet"
    return {name: reason for name, reason in reasons.items() if reason}


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
    """Grade `submissions` in `jobs` processes of `pool`, or on the Dask cluster at `scheduler`.

    Returns the new results, by id. The known-good `solution`, if given, is the canary: no result is kept
    until it has full marks. Writes each result as it ends, so that a stopped batch loses none; see
    Store.keep. Raises CanaryError, and UsageError if the cluster cannot be used.
    """
    done: dict[str, Result] = {}
    ours = setting.provenance()
    canary = [replace(solution, id=CANARY)] if solution and submissions else []
    todo = [*canary, *submissions]
    at_work = len(todo) if scheduler else 2 * jobs + 1  # that a dying pool may have been grading
    if scheduler:
        pool = partial(_cluster, scheduler, setting)
    with closing(_grade_all(todo, setting, jobs, pool, at_work)) as graded:
        for result in _trusted(graded, setting.assignment) if canary else graded:
            kept = store.keep(cluster.verified(ours, result) if scheduler else result)
            done[kept.submission.id] = kept
            on_result(kept)
    return done


def _cluster(scheduler: str, setting: Setting, _jobs: int) -> AbstractContextManager[Executor]:
    return cluster.executor(scheduler, setting.provenance)


def _trusted(graded: Iterator[Result], assignment: Assignment) -> Iterator[Result]:
    """Yield the other results once the canary has full marks; hold them back until then."""
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
    """Return why a result is no longer valid, or ""; an ungraded result is never valid."""
    if result.status == "ungraded":
        return "ungraded before"
    if submission.rejected is not None and submission.rejected != result.reason:
        return "other work"
    if (submission.waiting is None) != (result.status != "waiting"):
        return "another choice of file"
    if submission.rejected is None and submission.sha256 != result.submission.sha256:
        return "other work"
    differs = [key for key, value in provenance.items() if result.provenance.get(key) != value]
    return f"another {' and '.join(differs)}" if differs else ""


def _grade_all(
    todo: Sequence[Submission], setting: Setting, jobs: int, pool: Pool, at_work: int
) -> Generator[Result, None, None]:
    """Yield results as they end; a submission whose process dies is tried once more, then `ungraded`.

    A process that dies ends its whole pool. The first `at_work` submissions without a result, which it may
    have been grading, are tried one at a time, so that a submission that ends its pool again ends only its
    own; the others get another pool.
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
        with suppress(BrokenProcessPool):  # the pool ended before all were submitted
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
