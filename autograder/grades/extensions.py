"""Checks that each extension in the late policy belongs to one student or submission of the class."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from autograder.errors import AssignmentError
from autograder.grades.policy import names_of
from autograder.records.assignment import LatePolicy
from autograder.records.submission import Member, SubmissionInfo

EXPECTED = "expected a submission's id, or a student's id, email or name"


def check(
    late: LatePolicy, infos: Sequence[SubmissionInfo], students: Sequence[Member], whole: bool = True
) -> tuple[str, ...]:
    """Return the extensions that fit nobody, with the nearest name, while students may still be unknown.

    `students` is the roster, `whole` tells whether `infos` contains all submissions. With a roster, raises
    AssignmentError for an extension that fits nobody; always for one that fits several students.
    """
    if not late.extensions:
        return ()
    listed = {name for student in students for name in (student.id, student.email, student.name)}
    known = {name for info in infos for name in names_of(info)} | listed
    unknown = tuple(f"{key!r}{_nearest(key, known)}" for key in late.extensions if key not in known)
    if unknown and students and whole:
        raise AssignmentError(f"late.extensions: {EXPECTED}, got {'; '.join(unknown)}; correct it")
    for key in late.extensions:
        if len(fits := _fits(key, infos, students)) > 1:
            raise AssignmentError(
                f"late.extensions: expected a name that one student has, got {key!r}, which fits "
                f"{' and '.join(fits)}; name the id or email"
            )
    return unknown


def _fits(key: str, infos: Iterable[SubmissionInfo], students: Iterable[Member]) -> list[str]:
    """Return each student who has the name `key`, once, as their id, email or submission."""
    fits: dict[str, None] = {}
    for info in infos:
        for member in info.members:
            if member.name == key:
                fits[_key(member) or info.id] = None
    for student in students:
        if student.name == key and _key(student):
            fits[_key(student)] = None
    return list(fits)


def _key(member: Member) -> str:
    return member.id or member.email


def _nearest(name: str, known: Iterable[str]) -> str:
    folded = {other.casefold(): other for other in sorted(known) if other}
    near = difflib.get_close_matches(name.casefold(), folded, 1)
    return f" (did you mean {folded[near[0]]!r}?)" if near else ""
