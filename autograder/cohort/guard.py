"""Refuses what would mix work or marks of two assignments or versions, or replace newer work by older."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.cohort.facts import Facts
from autograder.errors import UsageError
from autograder.grades import inventory, overrides, version
from autograder.grades.policy import number
from autograder.intake.finding import Intake
from autograder.records.submission import Submission

OURS = ("results", "earlier", "failed", "feedback", "report", "exports", "autograded", "source")


def refuse_own(paths: Sequence[Path]) -> None:
    """Raise UsageError if a path is a folder that `grade` wrote, or part of one, and not submissions.

    An nbgrader course may be both: then it has a folder `submitted`.
    """
    for path in paths:
        parent = path.parent if path.name in OURS else path
        ours = (parent / inventory.FILE).is_file() and (parent / "results").is_dir()
        if ours and (parent != path or not (path / "submitted").is_dir()):
            raise UsageError(
                f"{path}: expected submissions, got a folder that grade wrote; name the download, or, to "
                f"grade its submissions again, run autograder regrade {parent}"
            )


def refuse_place(place: Path, folder: bool) -> None:
    """Raise UsageError if an export, which is a `folder` or one file, cannot be written to `place`."""
    if place.exists() and place.is_dir() != folder:
        wanted, got = ("folder", "file") if folder else ("file", "folder")
        raise UsageError(f"--file {place}: expected a {wanted} to write to, got a {got}; name another")


def refuse_other_points(facts: Facts, notice: str) -> None:
    """Raise UsageError, with `notice`, if today's checks award other points than the class's."""
    if not version.same_checks(facts.assignment, facts.today):
        raise UsageError(f"{notice}. Nothing was graded: do that first, or grade into another --out")


def refuse_half_a_move(facts: Facts, names: Sequence[str]) -> None:
    """Raise UsageError if only some would move to today's version, or if it has no place for a mark."""
    if not facts.differences:
        return
    if names:
        raise UsageError(
            f"--only: expected the whole class, because the assignment has changed since it was graded "
            f"({', '.join(facts.differences)}), got {', '.join(names)}; omit --only"
        )
    if lost := list(_misfits(facts)):
        listed = "\n".join(f"  {text}" for text in lost)
        raise UsageError(
            f"{facts.out}: expected marks that fit today's version of the assignment, got {len(lost)} that "
            f"do not; take them back (override … back, or in formgrader), then run this again:\n{listed}"
        )


def _misfits(facts: Facts) -> Iterator[str]:
    """Yield the overrides and marks by hand that are impossible in today's version."""
    was, now = overrides.most_of(facts.assignment), overrides.most_of(facts.today)
    for result in facts.results():
        name = result.submission.id
        hand = {question: mark.points for question, mark in facts.marks.get(name, {}).items()}
        changed = {w: change.value for w, change in overrides.standing(facts.changes, name).items()}
        for what, points in {**hand, **changed}.items():
            if what in was and points is not None and points > now.get(what, -1):
                most = f"now out of {now[what]}" if what in now else "no longer asked"
                yield f"{name}: {what}, marked {number(points)}, {most}"


def older(facts: Facts, intake: Intake) -> dict[str, str]:
    """Return, by id, a line on each submission that counts less than the different work that was graded.

    It is older; or it is newer, but staff chose the older work, and the student has not handed in since.
    Another choice among the same files is not older.
    """
    held = {}
    for submission in intake.submissions:
        graded = facts.store.current(submission.id)
        if graded is None or graded.submission.sha256 == submission.sha256:
            continue
        if submission.candidates and submission.candidates == graded.submission.candidates:
            continue
        if _passed_over(facts, submission, intake.orders.get(submission.id)):
            held[submission.id] = f"{submission.id}: {submission.source}; graded: {graded.submission.source}"
    return held


def _passed_over(facts: Facts, submission: Submission, order: tuple[float, ...] | None) -> bool:
    """Whether other work counts than this; where no time tells, whether this was replaced before."""
    stamp = facts.inventory.stamps.get(submission.id)
    if order is not None and stamp is not None and order != stamp.counts:
        return order < stamp.counts or stamp.passes_over(order)
    return submission.sha256 in {old.submission.sha256 for old in facts.store.earlier(submission.id)}
