"""Extensions: each belongs to one student, and a key that fits nobody is reported with the nearest name."""

from __future__ import annotations

import re

import pytest

from autograder.errors import AssignmentError
from autograder.grades.extensions import check
from autograder.records.assignment import LatePolicy
from autograder.records.submission import Member, SubmissionInfo

ADA, BOB, TWIN = Member("Ada", "s1", "ada@x.org"), Member("Bob", "s2", "bob@x.org"), Member("Ada", "s3")


def info(name: str, *members: Member) -> SubmissionInfo:
    return SubmissionInfo(name, name, "", "", members=members)


CLASS = [info("ada-1", ADA), info("team", BOB, ADA)]


def policy(*names: str) -> LatePolicy:
    return LatePolicy(extensions=dict.fromkeys(names, 1))


@pytest.mark.parametrize("key", ["ada-1", "team", "s1", "ada@x.org", "Ada", "Bob"])
def test_any_name_of_a_student_fits(key: str) -> None:
    assert check(policy(key), CLASS, [ADA]) == ()


def test_a_student_on_the_roster_who_has_not_handed_in_fits() -> None:
    assert check(policy("s2", "Bob"), CLASS[:1], [ADA, BOB]) == ()


def test_a_key_that_fits_nobody_is_an_error_with_the_nearest_name() -> None:
    message = (
        "late.extensions: expected a submission's id, or a student's id, email or name, got 'aad@x.org' "
        "(did you mean 'ada@x.org'?); 'zz'; correct it"
    )
    with pytest.raises(AssignmentError, match=f"^{re.escape(message)}$"):
        check(policy("aad@x.org", "zz", "s1"), CLASS, [ADA])


def test_it_is_only_reported_while_students_may_be_unknown() -> None:
    assert check(policy("bbo", "Bob"), CLASS, []) == ("'bbo' (did you mean 'Bob'?)",)
    assert check(policy("zz"), CLASS[:1], [ADA], whole=False) == ("'zz'",)


def test_a_name_that_two_students_have_is_refused() -> None:
    message = "expected a name that one student has, got 'Ada', which fits s1 and s3; name the id or email"
    for students in ([TWIN], []):
        infos = CLASS if students else [*CLASS, info("ada-3", TWIN)]
        with pytest.raises(AssignmentError, match=message):
            check(policy("Ada"), infos, students)
    assert check(policy("s3"), CLASS, [TWIN]) == ()
