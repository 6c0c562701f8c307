"""Grades one submission: opens a session with its worker, runs the suites, and returns the result."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from autograder.errors import LatentLabError
from autograder.grading import integrity
from autograder.grading.provenance import OFFICIAL, provenance_of, standins_source
from autograder.records.assignment import Assignment
from autograder.records.results import CheckResult, QuestionResult, Result, Visibility
from autograder.records.submission import Submission, SubmissionInfo
from autograder.sandbox import Sandbox

if TYPE_CHECKING:
    from autograder.judge.session import Account


def grade(
    submission: Submission,
    assignment: Assignment,
    sandbox: Sandbox,
    visibilities: tuple[Visibility, ...] = OFFICIAL,
    only: Collection[str] = (),
    seed: int = 0,
) -> Result:
    """Return one submission's result; a failure of the kit gives an `ungraded` result, not an exception.

    `only` and `seed` are for `prove` and `calibrate`: see judge.plugin.run.
    """
    from autograder.judge.plugin import run  # imports pytest, which a batch's main process does not need
    from autograder.judge.session import Session

    began, cpu_began = time.monotonic(), time.process_time()
    try:
        provenance = provenance_of(assignment, sandbox, visibilities)
        if submission.rejected is not None:
            return rejected(submission, assignment, provenance)
        if submission.waiting is not None:
            return waiting(submission, assignment, provenance)
        with Session(sandbox, submission, assignment, standins_source(assignment)) as session:
            _, checks = run(assignment, session, visibilities, only, seed)
            account = session.account
        if account.unreadable:
            return rejected(replace(submission, rejected=account.unreadable), assignment, provenance)
    except LatentLabError as error:
        return ungraded(submission, assignment, str(error))
    except Exception as error:
        return ungraded(submission, assignment, f"an error of the kit: {type(error).__name__}: {error}")
    questions = totals(checks, assignment)
    return Result(
        submission=info_of(submission),
        status="graded",
        reason=None,
        score=sum(q.score for q in questions),
        max_score=sum(q.max_score for q in questions),
        questions=questions,
        checks=tuple(checks),
        flags=(*account.flags, *integrity.flags(submission.cells)),
        notes=(*submission.notes, *account.notes),
        provenance={**provenance, **account.versions},
        timing=timing(account, checks, time.monotonic() - began, time.process_time() - cpu_began),
        cells=submission.cells,
    )


def totals(checks: Sequence[CheckResult], assignment: Assignment) -> tuple[QuestionResult, ...]:
    """Return the points of every question that has checks."""
    totals = []
    for question in assignment.questions:
        graded = [check for check in checks if check.question == question.id]
        score, most = sum(c.points for c in graded), sum(c.max_points for c in graded)
        if graded:
            totals.append(QuestionResult(question.id, question.title, score, most))
    return tuple(totals)


def timing(
    account: Account, checks: Sequence[CheckResult], seconds: float, judge_cpu: float
) -> dict[str, float]:
    """Return wall and CPU times in seconds and peak memory in MB; see docs/results.md."""
    return {
        "seconds": round(seconds, 3),
        "start_seconds": round(account.start_seconds, 3),
        "load_seconds": round(account.load_seconds, 3),
        "start_cpu_seconds": round(account.start_cpu_seconds, 3),
        "judge_cpu_seconds": round(judge_cpu, 3),
        "check_cpu_seconds": round(sum(c.cpu_seconds for c in checks), 3),
        "peak_memory_mb": account.peak_memory_mb,
        "worker_starts": float(account.starts),
    }


def ungraded(submission: Submission, assignment: Assignment, reason: str) -> Result:
    """Return the result of a failure of the kit, without a score."""
    info = info_of(submission)
    return Result(info, "ungraded", reason, None, assignment.max_score, cells=submission.cells)


def waiting(submission: Submission, assignment: Assignment, provenance: dict[str, str]) -> Result:
    """Return the result of a submission of which staff must choose the file that counts, without a score."""
    return Result(
        submission=info_of(submission),
        status="waiting",
        reason=submission.waiting,
        score=None,
        max_score=assignment.max_score,
        notes=submission.notes,
        provenance=provenance,
    )


def rejected(submission: Submission, assignment: Assignment, provenance: dict[str, str]) -> Result:
    """Return the result of a submission in which nothing can be graded."""
    questions = tuple(QuestionResult(q.id, q.title, 0, q.points) for q in assignment.questions)
    return Result(
        submission=info_of(submission),
        status="rejected",
        reason=submission.rejected,
        score=0,
        max_score=assignment.max_score,
        questions=questions,
        notes=submission.notes,
        provenance=provenance,
        cells=submission.cells,
    )


def info_of(submission: Submission) -> SubmissionInfo:
    """Return the part of a submission that its result keeps."""
    return SubmissionInfo(**{field.name: getattr(submission, field.name) for field in fields(SubmissionInfo)})
