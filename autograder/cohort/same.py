"""Settles which students on the roster handed in a submission, at once and for later downloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.cohort import who
from autograder.cohort.records import Settled
from autograder.errors import UsageError
from autograder.grades.inventory import key_of
from autograder.intake import matching
from autograder.intake.roster import Entry
from autograder.records.ledger import BACK
from autograder.records.origin import Same
from autograder.records.submission import Member, SubmissionInfo, shown

if TYPE_CHECKING:
    from autograder.cohort.facts import Facts


def settle(facts: Facts, name: str, rows: Sequence[str]) -> Settled:
    """Record that the students `rows` handed in the submission `name`, or with `back`, undo that.

    Raises UsageError if the class has no roster, if anyone cannot be found, or if a student has other work.
    """
    inventory, result = facts.inventory, facts.one(name)
    info = result.submission
    same = {key: value for key, value in inventory.same.items() if key != info.id}
    before = inventory.same.get(info.id) or Same((), info.members, info.student)
    if list(rows) == [BACK]:
        changed = replace(info, members=before.before, student=before.student)
    else:
        changed = _of(info, _students(facts, info, rows), before)
        same[info.id] = replace(before, rows=changed.members)
    facts.set_inventory(replace(inventory, same=same))
    facts.store.keep(replace(result, submission=changed))
    facts.forget_grades()
    return Settled(changed, changed.members if info.id in same else ())


def _students(facts: Facts, info: SubmissionInfo, rows: Sequence[str]) -> list[Member]:
    """Return the students on the roster whom `rows` name; none of them may have other work."""
    inventory = facts.inventory
    if not inventory.students:
        raise UsageError(
            f"{facts.out}: expected a class with a roster, got none; grade it with --roster FILE"
        )
    students = [who.row(row, inventory.students, inventory.roster) for row in rows]
    for other in facts.results():
        listed = {key_of(member) for member in other.submission.members}
        for student in students:
            if other.submission.id != info.id and key_of(student) in listed:
                raise UsageError(
                    f"{shown(student)}: expected a student without work, got the one who handed in "
                    f"{other.submission.id}; if that is not so, settle that submission first"
                )
    return students


def _of(info: SubmissionInfo, students: Sequence[Member], before: Same) -> SubmissionInfo:
    """Return a submission as its students'; a single student's own name is shown, a group keeps its name."""
    alone = len(students) == len(before.before) == 1
    lms = matching.numbers_of(before.before[0], Entry(students[0])) if alone else {}
    members = tuple(replace(student, lms={**lms, **student.lms}) for student in students)
    return replace(info, members=members, student=students[0].name if alone else before.student)
