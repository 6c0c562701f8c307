"""Grades samples again only in the questions that a change touches; all else of a result is kept.

A kept result is one of the same sample, engine, sandbox and image, of which some questions' checks have
changed since (parts.py), or none. Those questions alone are graded, and their checks take the place of the
old ones. A sample whose code that these checks can run is the solution's (reach.py) gets the solution's
checks, if it passed them all, and if both got the same from the checks as they were before. The results are
those that grading from nothing gives.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.grades.store import Store
from autograder.grading import batch, integrity, one
from autograder.grading.setting import Setting
from autograder.judge import closed
from autograder.proof import parts, reach
from autograder.records.results import CheckResult, Result
from autograder.records.submission import Submission

FOLDER = "again"  # below a store's: results of some questions, until they are joined to the others
SOLUTION = "correct-solution"
STEADY = frozenset({"passed", "failed", "raised", "untried"})  # after other outcomes, checks share a fate


@dataclass(frozen=True)
class Kept:
    """An earlier result, and the questions in which it is to be graded again."""

    result: Result
    questions: tuple[str, ...]


def graded(
    work: Sequence[Submission], setting: Setting, store: Store, jobs: int, on_result: batch.OnResult
) -> dict[str, Result]:
    """Return the results of `work` by id: known ones, those that a change touches in part, and new ones."""
    suite = setting.provenance()["suite"]
    noted = parts.note(store.out, suite, parts.of(setting))
    results = batch.known(work, setting, store)
    kept = {
        submission.id: old
        for submission in work
        if submission.id not in results and (old := _kept(submission, setting, store, suite, noted))
    }
    for questions in sorted({old.questions for old in kept.values()}):
        some = [s for s in work if s.id in kept and kept[s.id].questions == questions]
        results |= _in_part(some, kept, questions, setting, store, jobs)
    for result in results.values():
        on_result(result)
    todo = [submission for submission in work if submission.id not in results]
    return {**results, **batch.run(todo, setting, store, jobs, on_result)}


def _kept(
    submission: Submission, setting: Setting, store: Store, suite: str, noted: Mapping[str, parts.Parts]
) -> Kept | None:
    """Return what can be kept of a sample's stored result; None if nothing."""
    result = store.current(submission.id)
    before = noted.get(result.provenance.get("suite", "")) if result else None
    if result is None or before is None or result.submission.sha256 != submission.sha256:
        return None
    others = {name: value for name, value in setting.provenance().items() if name != "suite"}
    same = all(result.provenance.get(name) == value for name, value in others.items())
    asked = setting.only or [question.id for question in setting.assignment.questions]
    changed = tuple(question for question in noted[suite].changed(before) if question in asked)
    if not same or not _alone(result) or len(changed) == len(asked):
        return None
    return Kept(result, changed)


def _alone(result: Result) -> bool:
    """Whether each check was judged alone: none ended its process, and the session had nothing to tell."""
    steady = all(check.outcome in STEADY for check in result.checks)
    return result.status == "graded" and steady and result.flags == integrity.flags(result.cells)


def _in_part(
    work: Sequence[Submission],
    kept: Mapping[str, Kept],
    questions: tuple[str, ...],
    setting: Setting,
    store: Store,
    jobs: int,
) -> dict[str, Result]:
    """Grade `work` anew in these questions; store and return its results."""
    if not questions:
        return {s.id: store.keep(_joined(kept[s.id].result, (), setting)) for s in work}
    partly = Store(store.out / FOLDER / "-".join(questions))
    part = replace(setting, only=questions)
    new = _graded([s for s in work if s.id == SOLUTION], part, partly, jobs)
    alike = _alike(work, kept, new.get(SOLUTION), part)
    new |= dict.fromkeys(alike, new[SOLUTION]) if alike else {}
    new |= _graded([s for s in work if s.id not in new], part, partly, jobs)
    joined = {
        s.id: store.keep(_joined(kept[s.id].result, new[s.id].checks, setting))
        for s in work
        if _alone(new[s.id]) and _versions(new[s.id]) == _versions(kept[s.id].result)
    }
    shutil.rmtree(partly.out, ignore_errors=True)
    return joined


def _graded(work: Sequence[Submission], setting: Setting, store: Store, jobs: int) -> dict[str, Result]:
    known = batch.known(work, setting, store)
    todo = [submission for submission in work if submission.id not in known]
    return {**known, **batch.run(todo, setting, store, jobs)}


def _alike(
    work: Sequence[Submission], kept: Mapping[str, Kept], right: Result | None, setting: Setting
) -> set[str]:
    """Return the ids of samples that run the solution's code in these questions, which passes all checks.

    What they got before must be what the solution got: the old checks may know of a way from code to code
    that reach.py does not.
    """
    if right is None or not all(check.outcome == "passed" for check in right.checks):
        return set()

    asked = {q: parts.texts(setting.assignment.suite, q) for q in setting.only}

    def before(submission: Submission) -> list[object]:
        old = kept[submission.id].result
        checks = [check for check in old.checks if check.question in setting.only]
        return [old.notes, *(replace(check, seconds=0.0, cpu_seconds=0.0) for check in checks)]

    def code(submission: Submission) -> list[str | bool | None]:
        reached = [reach.reached(submission.cells, q, setting.assignment, asked[q]) for q in setting.only]
        return [submission.is_notebook, *reached]  # a notebook's module has another name

    solution = next(submission for submission in work if submission.id == SOLUTION)
    wanted, had = code(solution), before(solution)
    if None in wanted:
        return set()
    others = [s for s in work if s.id != SOLUTION and not s.id.startswith("cheating-")]
    return {s.id for s in others if before(s) == had and code(s) == wanted}


def _versions(result: Result) -> dict[str, str]:
    """Return what a result says of the programs that it was made with."""
    return {name: version for name, version in result.provenance.items() if name not in ("suite", "trial")}


def _joined(old: Result, fresh: Sequence[CheckResult], setting: Setting) -> Result:
    """Return an old result with fresh checks of some questions, as if all had been graded at once."""
    new = {check.question for check in fresh}
    left = [check for check in old.checks if check.question not in new]
    order = [question.id for question in setting.assignment.questions]
    checks = sorted([*left, *fresh], key=lambda check: order.index(check.question))  # keeps each one's order
    questions = one.totals(checks, setting.assignment)
    return replace(
        old,
        checks=tuple(closed.told(checks, old.cells)),
        questions=questions,
        score=sum(q.score for q in questions),
        max_score=sum(q.max_score for q in questions),
        provenance={**old.provenance, **setting.provenance()},
    )
