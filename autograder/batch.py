"""Grades many submissions: the canary first, then all that has no result yet, each kept as it ends.

The results on disk are the facts: a batch that was killed goes on where it stopped, and what was graded by
the same suite in the same image is not graded again. Submissions are handed to processes of their own.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import cache
from pathlib import Path

from autograder import feedback, gradebook, grading, report, results
from autograder.assignment import Assignment
from autograder.errors import CanaryError, SandboxError, UsageError
from autograder.grading import OFFICIAL
from autograder.results import Result
from autograder.sandbox import Sandbox
from autograder.sandbox.docker import DockerSandbox
from autograder.sandbox.process import ProcessSandbox
from autograder.submission import Submission

OnResult = Callable[[Result, bool], None]  # the result, and whether it was there already
DIED = "the grading process died twice; grade it again"
NO_WALL = "graded in a plain process, which is no wall against hostile code"


@cache
def sandbox_of(kind: str) -> Sandbox:
    """Return the sandbox called `docker` or `process`, one per process. Raises SandboxError."""
    return DockerSandbox() if kind == "docker" else ProcessSandbox()


def choose_sandbox(kind: str) -> tuple[str, str]:
    """Return the sandbox to use for `docker`, `process` or `auto`, and a warning when `auto` fell back."""
    if kind == "process":
        return kind, ""
    try:
        sandbox_of("docker").identity()
    except SandboxError as error:
        if kind == "docker":
            raise
        return "process", f"{error}. Going on in the process sandbox: {NO_WALL}."
    return "docker", ""


def grade_one(submission: Submission, assignment: Assignment, kind: str) -> Result:
    """Grade one submission in a sandbox of the given kind; runs in a process of the pool."""
    result = grading.grade(submission, assignment, sandbox_of(kind))
    return result if kind == "docker" else replace(result, notes=(*result.notes, NO_WALL))


def check_canary(solution: Submission, assignment: Assignment, kind: str) -> Result:
    """Grade the known-good solution. Raises CanaryError unless it scores full marks."""
    result = grade_one(solution, assignment, kind)
    if result.score != assignment.max_score:
        lost = [f"{c.id}: {c.staff_message or c.outcome}" for c in result.checks if c.outcome != "passed"]
        why = "\n".join(lost) or result.reason
        raise CanaryError(
            f"the known-good solution scores {result.score} of {assignment.max_score}, so no score could be "
            f"trusted and nothing was graded:\n{why}\nMend the suite or the machine, then grade again."
        )
    return result


def run(
    submissions: Sequence[Submission],
    assignment: Assignment,
    kind: str,
    out: Path,
    jobs: int = 1,
    fresh: bool = False,
    on_result: OnResult = lambda result, known: None,
) -> list[Result]:
    """Grade `submissions` in `jobs` processes and return their results in the given order.

    Writes out/results/<id>.json as each ends. Raises KitError when no worker can be had at all.
    """
    provenance = grading.provenance_of(assignment, sandbox_of(kind), OFFICIAL)
    done: dict[str, Result] = {}
    for submission in submissions:
        known = None if fresh else _known(submission, provenance, out)
        if known is not None and known.status == "graded":  # looking again at a rejected one is cheap
            done[submission.id] = known
            on_result(known, True)
    todo = [s for s in submissions if s.id not in done]
    for result in _grade_all(todo, assignment, kind, jobs):
        results.write(result, path_of(result.submission.id, out))
        done[result.submission.id] = result
        on_result(result, False)
    return [done[s.id] for s in submissions]


def with_earlier(
    found: Sequence[Result], everyone: Sequence[Submission], assignment: Assignment, kind: str, out: Path
) -> list[Result]:
    """Return `found` and, for the others of `everyone`, the results that lie in `out` and still hold."""
    provenance = grading.provenance_of(assignment, sandbox_of(kind), OFFICIAL)
    new = {result.submission.id: result for result in found}
    results_now = (new.get(s.id) or _known(s, provenance, out) for s in everyone)
    return [result for result in results_now if result is not None]


def path_of(name: str, out: Path) -> Path:
    """Return where the result of the submission called `name` lies."""
    return out / "results" / f"{name}.json"


def _known(submission: Submission, provenance: dict[str, str], out: Path) -> Result | None:
    """Return the result that is there already, if it is of this very submission, suite and image."""
    path = path_of(submission.id, out)
    try:
        result = results.read(path) if path.is_file() else None
    except UsageError:
        return None
    if result is None or result.status == "ungraded" or result.submission.sha256 != submission.sha256:
        return None
    same = all(result.provenance.get(key) == value for key, value in provenance.items())
    return result if same else None


def _grade_all(todo: Sequence[Submission], assignment: Assignment, kind: str, jobs: int) -> Iterator[Result]:
    """Yield results as they end; a process of the pool that dies costs one more try, then `ungraded`."""
    lost: list[Submission] = []
    for submission, result in _grade_pool(todo, assignment, kind, jobs):
        if result is None:
            lost.append(submission)
        else:
            yield result
    for submission in lost:  # one by one: whoever ends a pool again ends only their own
        for _, result in _grade_pool([submission], assignment, kind, 1):
            yield result or grading.ungraded(submission, assignment, DIED)


def _grade_pool(
    todo: Sequence[Submission], assignment: Assignment, kind: str, jobs: int
) -> Iterator[tuple[Submission, Result | None]]:
    if not todo:
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(todo)), mp_context=context) as pool:
        futures: dict[Future[Result], Submission] = {
            pool.submit(grade_one, submission, assignment, kind): submission for submission in todo
        }
        try:
            for future in as_completed(futures):
                yield futures[future], _outcome(future)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _outcome(future: Future[Result]) -> Result | None:
    try:
        return future.result()
    except BrokenProcessPool:
        return None


def publish(found: Sequence[Result], assignment: Assignment, out: Path, warning: str = "") -> None:
    """Write the feedback pages, the report and grades.csv for `found`."""
    for result in found:
        _write(out / "feedback" / f"{result.submission.id}.html", feedback.page(result, assignment))
    _write(out / "report" / "index.html", report.page(found, assignment, warning))
    _write(out / "grades.csv", gradebook.to_csv(found, assignment))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
