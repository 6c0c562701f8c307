"""Grades many submissions: the canary first, then all that has no result yet, each kept as it ends.

The results on disk are the facts: a batch that was killed goes on where it stopped, and what was graded by
the same suite in the same image is not graded again. Submissions are handed to processes of their own.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from autograder import feedback, gradebook, grading, report, results
from autograder.assignment import Assignment
from autograder.errors import CanaryError, LatentLabError, SandboxError, UsageError
from autograder.grading import OFFICIAL
from autograder.results import Result
from autograder.sandbox import Sandbox
from autograder.sandbox.docker import DockerSandbox
from autograder.sandbox.process import ProcessSandbox
from autograder.submission import Submission


@dataclass(frozen=True)
class Setting:
    """How submissions are graded. `only` (checks' ids) and `seed` are for `prove` and `calibrate`."""

    assignment: Assignment
    kind: str
    only: tuple[str, ...] = ()
    seed: int = 0

    def provenance(self) -> dict[str, str]:
        """Return what results of this setting are traced to."""
        traced = grading.provenance_of(self.assignment, sandbox_of(self.kind), OFFICIAL)
        if self.only or self.seed:
            traced["trial"] = f"seed {self.seed}, {', '.join(self.only) or 'all checks'}"
        return {**traced, "warning": NO_WALL} if self.kind == "process" else traced


OnResult = Callable[[Result], None]
DIED = "the process that graded it died twice; look at this submission, then grade it again"
NO_WALL = "graded in a plain process, which is no wall against hostile code"


@cache
def sandbox_of(kind: str) -> Sandbox:
    """Return the sandbox called `docker`, `user` or `process`, one per process. Raises SandboxError."""
    if kind == "user":
        from autograder.sandbox.user import UserSandbox  # not to be had on every system

        return UserSandbox()
    return DockerSandbox() if kind == "docker" else ProcessSandbox()


def choose_sandbox(kind: str, closed: Sequence[Path] = ()) -> tuple[str, str]:
    """Return the sandbox to use, and a warning when `auto` fell back. Raises SandboxError.

    For `user`, takes the right to read `closed` from group and others.
    """
    if kind == "user":
        from autograder.sandbox.user import shut

        sandbox_of(kind)
        shut(closed)
    if kind in ("user", "process"):
        return kind, ""
    try:
        sandbox_of("docker").identity()
    except SandboxError as error:
        if kind == "docker":
            raise
        return "process", f"{error}. Going on in the process sandbox: {NO_WALL}."
    return "docker", ""


def grade_one(submission: Submission, setting: Setting) -> Result:
    """Grade one submission; runs in a process of the pool."""
    try:
        sandbox = sandbox_of(setting.kind)
        result = grading.grade(submission, setting.assignment, sandbox, only=setting.only, seed=setting.seed)
        return replace(result, provenance={**result.provenance, **setting.provenance()})
    except LatentLabError as error:  # the sandbox cannot even be looked for
        return grading.ungraded(submission, setting.assignment, str(error))


def check_canary(solution: Submission, setting: Setting) -> Result:
    """Grade the known-good solution. Raises CanaryError unless it scores full marks."""
    result, assignment = grade_one(solution, setting), setting.assignment
    if result.score != assignment.max_score:
        lost = [f"{c.id}: {c.staff_message or c.outcome}" for c in result.checks if c.outcome != "passed"]
        why = "\n".join(lost) or result.reason
        raise CanaryError(
            f"the known-good solution scores {result.score} of {assignment.max_score}, so no score could be "
            f"trusted and nothing was graded:\n{why}\nMend the suite or the machine, then grade again."
        )
    return result


def known(submissions: Sequence[Submission], setting: Setting, out: Path) -> dict[str, Result]:
    """Return, by id, the results in `out` that are of these very submissions, this suite and this image."""
    provenance = setting.provenance()
    found = {submission.id: _known(submission, provenance, out) for submission in submissions}
    return {name: result for name, result in found.items() if result is not None}


def run(
    submissions: Sequence[Submission],
    setting: Setting,
    out: Path,
    jobs: int = 1,
    on_result: OnResult = lambda result: None,
) -> dict[str, Result]:
    """Grade `submissions` in `jobs` processes and return their results by id.

    Writes out/results/<id>.json as each ends, so that nothing is lost when the batch is stopped.
    """
    done: dict[str, Result] = {}
    for result in _grade_all(submissions, setting, jobs):
        results.write(result, path_of(result.submission.id, out))
        done[result.submission.id] = result
        on_result(result)
    return done


def path_of(name: str, out: Path) -> Path:
    """Return where the result of the submission called `name` lies."""
    return out / "results" / f"{name}.json"


def _known(submission: Submission, provenance: dict[str, str], out: Path) -> Result | None:
    """Return the result that is there already and still holds; looking at a rejected one again is cheap."""
    path = path_of(submission.id, out)
    try:
        result = results.read(path) if path.is_file() else None
    except UsageError:
        return None
    if result is None or result.status != "graded" or result.submission.sha256 != submission.sha256:
        return None
    same = all(result.provenance.get(key) == value for key, value in provenance.items())
    return result if same else None


def _grade_all(todo: Sequence[Submission], setting: Setting, jobs: int) -> Iterator[Result]:
    """Yield results as they end; a process of the pool that dies costs one more try, then `ungraded`."""
    lost: list[Submission] = []
    for submission, result in _grade_pool(todo, setting, jobs):
        if result is None:
            lost.append(submission)
        else:
            yield result
    for submission in lost:  # one by one: whoever ends a pool again ends only their own
        for _, result in _grade_pool([submission], setting, 1):
            yield result or grading.ungraded(submission, setting.assignment, DIED)


def _grade_pool(
    todo: Sequence[Submission], setting: Setting, jobs: int
) -> Iterator[tuple[Submission, Result | None]]:
    if not todo:
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(todo)), mp_context=context, initializer=_end_with_parent) as pool:
        futures: dict[Future[Result], Submission] = {
            pool.submit(grade_one, submission, setting): submission for submission in todo
        }
        try:
            for future in as_completed(futures):
                yield futures[future], _outcome(future, futures[future], setting)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()  # its worker's input ends with it, and so the worker
            raise


def _end_with_parent() -> None:
    """Leave Ctrl-C to the parent, and end when it ends, however it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _outcome(future: Future[Result], submission: Submission, setting: Setting) -> Result | None:
    try:
        return future.result()
    except BrokenProcessPool:
        return None
    except Exception as error:
        why = f"an error of the kit: {type(error).__name__}: {error}"
        return grading.ungraded(submission, setting.assignment, why)


def publish(found: Sequence[Result], assignment: Assignment, out: Path, warning: str = "") -> None:
    """Write the feedback pages, the report and grades.csv for `found`."""
    for result in found:
        _write(out / "feedback" / f"{result.submission.id}.html", feedback.page(result, assignment))
    _write(out / "report" / "index.html", report.page(found, assignment, warning))
    _write(out / "grades.csv", gradebook.to_csv(found, assignment))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
