"""The grade: which marks take precedence, what lateness costs, and when the grade is blank."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import AssignmentError
from autograder.grades.overrides import Change
from autograder.grades.policy import HandMark, days_late, grade_of, number, opened
from autograder.records import assignment as assignments
from autograder.records.assignment import Assignment, LatePolicy, Limits, Question, Written
from autograder.records.due import parse
from autograder.records.results import CheckResult, QuestionResult, Result
from autograder.records.submission import Member, SubmissionInfo

DUE = datetime.fromisoformat("2026-03-01T23:59:00+01:00")
LATE = LatePolicy(DUE, grace=15, per_day=10, cap=50)
ASSIGNMENT = Assignment(
    "scratch",
    "T",
    ("f.py",),
    (Question("one", "One", 50, ("f",)), Question("two", "Two", 40, ("g",))),
    (Written("essay", "Essay", 10),),
    Limits(),
    late=LATE,
)


def result(one: int = 40, two: int = 30, **info: Any) -> Result:
    who = SubmissionInfo("ada", "Ada", "ada.py", "0" * 64, **{"submitted": "2026-03-01T12:00+01:00", **info})
    questions = (QuestionResult("one", "One", one, 50), QuestionResult("two", "Two", two, 40))
    return Result(who, "graded", None, one + two, 90, questions)


def marked(points: float) -> dict[str, HandMark]:
    return {"essay": HandMark(points)}


def change(what: str, value: float | None) -> Change:
    return Change("2026-03-05T10:00:00+00:00", "Tara", "ada", what, value, None, "a reason")


def points(when: str | None, assignment: Assignment = ASSIGNMENT, **info: Any) -> float | None:
    return grade_of(result(submitted=when, **info), assignment, by_hand=marked(10)).points


def test_a_mark_given_before_the_work_changed_counts_but_needs_another_look() -> None:
    grade = grade_of(result(), ASSIGNMENT, by_hand={"essay": HandMark(7.5, "Fine.", again=True)})
    assert (grade.again, grade.marks[-1].comment) == (("essay",), "Fine.")
    assert grade.why == ("marked by hand before the work or its score changed: essay; look again",)


def test_the_grade_is_the_sum_of_checks_and_marks_by_hand() -> None:
    grade = grade_of(result(), ASSIGNMENT, by_hand=marked(7.5))
    assert (grade.points, grade.max_points, grade.loss, grade.why) == (77.5, 100, 0, ())
    assert [(m.id, m.points, m.by) for m in grade.marks] == [
        ("one", 40, "checks"),
        ("two", 30, "checks"),
        ("essay", 7.5, "hand"),
    ]


def test_a_written_answer_without_a_mark_leaves_the_grade_blank_and_says_so() -> None:
    grade = grade_of(result(), ASSIGNMENT)
    assert (grade.points, grade.waiting) == (None, ("essay",))
    assert grade.why == ("not marked by hand yet: essay",)
    assert grade_of(result(), ASSIGNMENT, written=False).points == 70
    assert grade_of(result(), ASSIGNMENT, written=False).max_points == 90


def test_an_ungraded_submission_has_no_grade_until_staff_set_one() -> None:
    failed = Result(result().submission, "ungraded", "the engine stopped\nat once", None, 90)
    grade = grade_of(failed, ASSIGNMENT, by_hand=marked(10))
    assert grade.points is None
    assert grade.why == ("ungraded: the engine stopped",)
    assert grade_of(failed, ASSIGNMENT, [change("grade", 80)]).points == 80


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (None, 80),
        ("2026-03-01T23:59:00+01:00", 80),
        ("2026-03-02T00:14:00+01:00", 80),  # grace ends one second later; the day began at `due`
        ("2026-03-02T00:14:01+01:00", 70),
        ("2026-03-02T23:59:00+01:00", 70),
        ("2026-03-02T22:59:01+00:00", 60),
        ("2026-04-01T00:00:00+01:00", 30),  # the cap
    ],
)
def test_every_begun_day_costs_a_percentage_of_all_points_up_to_the_cap(
    when: str | None, expected: float
) -> None:
    assert points(when) == expected


@pytest.mark.parametrize(
    ("due", "more", "when", "days"),
    [
        ("2026-10-24 23:59 Europe/Berlin", 1, "2026-10-25T23:59:00+01:00", 0),  # a day of 25 hours
        ("2026-10-24 23:59 Europe/Berlin", 0, "2026-10-25T23:59:00+01:00", 1),
        ("2026-10-24 23:59 Europe/Berlin", 0, "2026-10-25T23:00:00+00:00", 2),
        ("2026-10-24 23:59 Europe/Berlin", 2, "2026-10-27T00:30:00+01:00", 1),
        ("2026-03-28 23:59 Europe/Berlin", 1, "2026-03-29T23:59:00+02:00", 0),  # a day of 23 hours
        ("2026-03-28 23:59 Europe/Berlin", 1, "2026-03-30T00:15:00+02:00", 1),
        ("2026-03-28 23:59 Europe/Berlin", 0, "2026-03-29T23:59:00+02:00", 1),
        ("2026-03-28 23:59 Europe/Berlin", 0, "2026-03-30T00:00:00+02:00", 2),
        (datetime.fromisoformat("2026-10-24T23:59:00+02:00"), 1, "2026-10-25T23:30:00+01:00", 1),
    ],
)
def test_days_are_days_on_the_clock_of_a_named_zone(due: Any, more: int, when: str, days: int) -> None:
    late = replace(LATE, due=parse(due), extensions={"ada": more} if more else {})
    assert days_late(result(submitted=when).submission, late, {}) == days


def test_the_late_loss_is_known_before_all_marks_are() -> None:
    grade = grade_of(result(submitted="2026-03-03T00:00:00+01:00"), ASSIGNMENT)
    assert (grade.points, grade.loss) == (None, 20)


def test_lateness_never_costs_more_than_the_points_earned() -> None:
    grade = grade_of(result(3, 0, submitted="2026-03-03T00:00:00+01:00"), ASSIGNMENT, by_hand=marked(0))
    assert (grade.points, grade.loss, grade.why) == (0, 3, ("2 days late: 3 points lost",))


@pytest.mark.parametrize("who", ["ada", "s1", "eve@x.org", "Eve"])
def test_an_extension_matches_any_name_and_a_group_gets_the_longest(who: str) -> None:
    members = (Member("Bob", "s1"), Member("Eve", "s2", "eve@x.org"))
    longer = replace(ASSIGNMENT, late=replace(LATE, extensions={"Bob": 1, who: 2}))
    assert points("2026-03-03T20:00:00+01:00", longer, members=members) == 80
    assert points("2026-03-04T20:00:00+01:00", longer, members=members) == 70


def test_lateness_by_an_unknown_amount_needs_an_override() -> None:
    grade = grade_of(result(submitted=None, late=True), ASSIGNMENT, by_hand=marked(10))
    assert (grade.points, grade.days_late) == (None, None)
    assert grade.why == ("late, but the download does not say by how much: override late_days",)
    overridden = grade_of(result(submitted=None, late=True), ASSIGNMENT, [change("late_days", 1)], marked(10))
    assert (overridden.points, overridden.days_late) == (70, 1)
    assert "late_days set to 1 by Tara on 2026-03-05: a reason" in overridden.why
    assert points(None, replace(ASSIGNMENT, late=LatePolicy()), late=True) == 80


def test_an_unknown_hand_in_time_counts_as_on_time_and_says_so() -> None:
    grade = grade_of(result(submitted=None), ASSIGNMENT, by_hand=marked(10))
    assert (grade.points, grade.why) == (80, ("hand-in time unknown: treated as on time",))
    assert grade_of(result(submitted=None, late=False), ASSIGNMENT, by_hand=marked(10)).why == ()


def test_an_override_beats_a_mark_and_an_override_of_the_grade_beats_all() -> None:
    late = result(submitted="2026-03-02T12:00:00+01:00")
    changes = [change("one", 50), change("essay", 5)]
    grade = grade_of(late, ASSIGNMENT, changes, marked(10))
    assert (grade.sum, grade.loss, grade.points) == (85, 10, 75)
    assert [m.by for m in grade.marks] == ["override", "checks", "override"]
    whole = grade_of(late, ASSIGNMENT, [change("grade", 99)])
    assert (whole.points, whole.loss, whole.waiting, whole.days_late) == (99, 0, (), 1)
    assert "1 day late: no points lost" in whole.why
    assert grade_of(late, ASSIGNMENT, [*changes, change("grade", 99), change("grade", None)]).points == 75


def test_an_override_made_for_other_work_counts_and_asks_for_another_look() -> None:
    made = replace(change("one", 45), sha256="1" * 64, most=50)
    grade = grade_of(result(), ASSIGNMENT, [made], marked(10))
    assert (grade.points, grade.look) == (85, ("one, set to 45 by Tara for other work",))
    assert "overridden before the work or its points changed: one; look again" in grade.why
    assert grade_of(result(), ASSIGNMENT, [replace(made, sha256="0" * 64)], marked(10)).look == ()
    other_points = replace(made, sha256="0" * 64, most=60)
    looks = grade_of(result(), ASSIGNMENT, [other_points]).look
    assert looks == ("one, set to 45 by Tara out of 60",)


def checked() -> Result:
    lost = CheckResult("one.a", "one", "public", "A.", "failed", 0, 10)
    return replace(
        result(), checks=(lost, replace(lost, id="one.b", outcome="passed", points=40, max_points=40))
    )


def test_an_override_of_a_check_changes_the_sum_of_its_question() -> None:
    grade = grade_of(checked(), ASSIGNMENT, [change("one.a", 5)], marked(10))
    assert (grade.points, grade.marks[0].points, grade.marks[0].by) == (85, 45, "override")
    assert grade_of(checked(), ASSIGNMENT, [change("one.a", 5), change("one", 41)], marked(10)).points == 81
    assert grade_of(checked(), ASSIGNMENT, [change("one.a", 5)], {"one": HandMark(42)}).marks[0].points == 42


def test_an_override_of_a_check_that_is_gone_counts_nothing_and_says_so() -> None:
    grade = grade_of(checked(), ASSIGNMENT, [change("one.old", 5)], marked(10))
    gone = "one.old, set to 5 by Tara: there is no such check or question any more"
    assert (grade.points, grade.look) == (80, (gone,))


def test_a_result_of_another_version_has_no_grade_until_it_is_regraded() -> None:
    fewer = replace(ASSIGNMENT, questions=(Question("one", "One", 30, ("f",)), ASSIGNMENT.questions[1]))
    grade = grade_of(result(), fewer, by_hand=marked(10))
    assert (grade.points, grade.stale) == (None, True)
    assert grade.why == ("graded for other questions or points than the others: regrade",)


def test_an_override_of_the_grade_is_never_shown_out_of_the_points_of_checks_only() -> None:
    grade = grade_of(result(), ASSIGNMENT, [change("grade", 95)], written=False)
    assert (grade.points, grade.max_points) == (None, 90)
    assert grade.why[-1] == "the grade that was set includes the written answers, which are left out here"


@pytest.mark.parametrize(
    ("when", "late", "said"),
    [
        (
            "2026-03-01T12:00:00+01:00",
            True,
            "late according to the LMS, but handed in 2026-03-01T12:00:00+01:00, before",
        ),
        (
            "2026-03-03T12:00:00+01:00",
            False,
            "on time according to the LMS, but handed in 2026-03-03T12:00:00+01:00, after",
        ),
        ("2026-03-02T00:05:00+01:00", True, ""),  # within the grace period
        ("2026-03-02T00:05:00+01:00", False, ""),
        ("2026-03-03T12:00:00+01:00", True, ""),
        ("2026-03-03T12:00:00+01:00", None, ""),
    ],
)
def test_a_time_that_contradicts_the_lmss_late_mark_is_told(when: str, late: bool | None, said: str) -> None:
    grade = grade_of(result(submitted=when, late=late), ASSIGNMENT, by_hand=marked(10))
    assert grade.dispute.startswith(said)
    assert bool(grade.dispute) == bool(said)
    settled = grade_of(result(submitted=when, late=late), ASSIGNMENT, [change("late_days", 1)])
    assert settled.dispute == ""


def test_an_override_of_late_days_says_that_it_replaces_the_extension() -> None:
    longer = replace(ASSIGNMENT, late=replace(LATE, extensions={"ada": 2}))
    grade = grade_of(
        result(submitted="2026-03-05T12:00:00+01:00"), longer, [change("late_days", 3)], marked(10)
    )
    assert grade.days_late == 3
    assert grade.why[-1].endswith("a reason (the extension of 2 days does not count beside it)")


@pytest.mark.parametrize(
    ("after", "more", "extended", "is_open"),
    [
        ("2026-03-01T23:59:00+01:00", 0, None, False),
        ("2026-03-02T00:13:00+01:00", 0, None, False),  # within the grace
        ("2026-03-02T00:15:00+01:00", 0, None, True),
        ("2026-03-03T12:00:00+01:00", 2, None, False),  # somebody has more days, even without a hand-in
        ("2026-03-04T00:15:00+01:00", 2, None, True),
        ("2026-03-06T12:00:00+01:00", 0, "2026-03-07T12:00:00+01:00", False),  # an extension in the LMS
        ("2026-03-07T12:16:00+01:00", 0, "2026-03-07T12:00:00+01:00", True),
    ],
)
def test_feedback_opens_after_the_last_deadline(
    after: str, more: int, extended: str | None, is_open: bool
) -> None:
    late = replace(LATE, extensions={"bob": more} if more else {})
    asked = replace(ASSIGNMENT, late=late, feedback="open")
    infos = [result(extended=extended).submission]
    now = datetime.fromisoformat(after) + timedelta(seconds=1)
    assert opened(asked, infos, now) is is_open
    assert not opened(replace(asked, feedback="closed"), infos, now)


def test_points_are_written_as_people_write_them() -> None:
    assert [number(p) for p in (62, 61.5, 10.0, 0, None)] == ["62", "61.5", "10", "0", ""]


HEAD = 'name="x"\ntitle="t"\nfiles=[]\n[[question]]\nid="q"\ntitle="t"\npoints=1\ndefines=[]\n'


@pytest.mark.parametrize(
    ("late", "reason"),
    [
        ("per_day = 10", "late.per_day: expected late.due as well, got none; add the due date"),
        (
            "due = 2026-03-01T23:59:00",
            "late.due: expected a time such as .*, got 2026-03-01 23:59:00; add its",
        ),
        ("due = 2026-03-01", "late.due: expected a time such as"),
        ("grace = -1", "late.grace: expected a whole number from 0 to 100000, got -1"),
        ("cap = 120", "late.cap: expected a whole number from 0 to 100, got 120"),
        ("extensions = { ada = 1.5 }", "late.extensions.ada: expected a whole number .* got 1.5"),
        ("per_week = 1", "per_week"),
    ],
)
def test_an_invalid_policy_is_refused(tmp_path: Path, late: str, reason: str) -> None:
    path = tmp_path / "assignment.toml"
    path.write_text(f"{HEAD}[late]\n{late}\n")
    with pytest.raises(AssignmentError, match=reason):
        assignments.load(path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('feedback = "all"', 'feedback: expected "closed" or "open", got \'all\''),
        ('feedback = "open"', 'feedback: expected late.due with "open", got none; add the due date'),
    ],
)
def test_invalid_feedback_is_refused(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "assignment.toml"
    path.write_text(f"{line}\n{HEAD}")
    with pytest.raises(AssignmentError, match=reason):
        assignments.load(path)


def test_a_policy_is_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "assignment.toml"
    path.write_text(
        f"{HEAD}[late]\ndue = 2026-03-01T23:59:00+01:00\ngrace = 15\nper_day = 10\ncap = 50\n"
        'extensions = { ada = 2, "bob@x.org" = 1 }\n'
    )
    expected = replace(LATE, extensions={"ada": 2, "bob@x.org": 1})
    assert assignments.load(path).late == expected


@pytest.mark.parametrize("name", ["grade", "late_days"])
def test_a_question_may_not_be_called_grade_or_late_days(tmp_path: Path, name: str) -> None:
    path = tmp_path / "assignment.toml"
    path.write_text(HEAD.replace('"q"', f'"{name}"'))
    with pytest.raises(AssignmentError, match=f"question id '{name}' is reserved; choose another id"):
        assignments.load(path)


@pytest.mark.parametrize(
    ("due", "more", "when", "disputed"),
    [
        ("2026-10-24 23:59 Europe/Berlin", 1, "2026-10-25T23:30:00+01:00", False),  # a day of 25 hours
        ("2026-10-24 23:59 Europe/Berlin", 1, "2026-10-26T00:30:00+01:00", True),
        ("2026-03-28 23:59 Europe/Berlin", 1, "2026-03-29T23:59:00+02:00", False),  # a day of 23 hours
        ("2026-03-28 23:59 Europe/Berlin", 1, "2026-03-30T00:30:00+02:00", True),
    ],
)
def test_an_extension_ends_on_the_clock_when_the_lms_calls_work_on_time(
    due: str, more: int, when: str, disputed: bool
) -> None:
    policy = LatePolicy(parse(due), per_day=10, extensions={"ada": more})
    grade = grade_of(result(submitted=when, late=False), replace(ASSIGNMENT, late=policy))
    assert bool(grade.dispute) == bool(grade.days_late) == disputed


@pytest.mark.parametrize(
    ("due", "when", "said"),
    [
        (
            "2026-10-24T23:59:00+02:00",
            "2026-10-25T23:30:00+01:00",
            "2 days late by the offset of the due date, 1 by the clock in Europe/Berlin",
        ),
        (
            "2026-03-08T01:00:00-08:00",
            "2026-03-09T00:30:00-08:00",
            "1 day late by the offset of the due date, 2 by the clock in America/Los_Angeles",
        ),
        ("2026-10-24T23:59:00+02:00", "2026-10-24T23:00:00+02:00", ""),  # in time: no change matters
        ("2026-05-24T23:59:00+02:00", "2026-05-30T23:30:00+02:00", ""),  # no change in this term
        ("2026-10-24T23:59:00+02:00", "2026-10-26T23:30:00+01:00", "3 days late by"),
        ("2026-10-24T23:59:00+05:30", "2026-10-26T23:30:00+01:00", ""),  # no clock changes in India
    ],
)
def test_an_offset_is_told_where_a_change_of_clocks_would_change_the_days(
    due: str, when: str, said: str
) -> None:
    policy = LatePolicy(datetime.fromisoformat(due), per_day=10)
    told = grade_of(result(submitted=when), replace(ASSIGNMENT, late=policy)).clock
    assert told.startswith(said)
    assert bool(told) == bool(said)
    for quiet in (replace(policy, per_day=0), replace(policy, due=parse("2026-10-24 23:59 Europe/Berlin"))):
        assert grade_of(result(submitted=when), replace(ASSIGNMENT, late=quiet)).clock == ""


@pytest.mark.parametrize(
    ("extended", "own", "when", "days"),
    [
        ("2026-03-03T12:00:00+01:00", 0, "2026-03-03T11:00:00+01:00", 0),
        ("2026-03-03T12:00:00+01:00", 0, "2026-03-03T12:10:00+01:00", 0),  # grace
        ("2026-03-03T12:00:00+01:00", 0, "2026-03-04T12:10:00+01:00", 2),
        ("2026-03-03T12:00:00+01:00", 3, "2026-03-04T12:10:00+01:00", 0),  # one's own is later
        ("2026-02-03T12:00:00+01:00", 0, "2026-03-02T12:10:00+01:00", 1),  # before the due date
        (None, 0, "2026-03-02T12:10:00+01:00", 1),
    ],
)
def test_an_extension_of_the_lms_counts_where_it_is_later(
    extended: str | None, own: int, when: str, days: int
) -> None:
    policy = replace(LATE, extensions={"ada": own})
    grade = grade_of(result(submitted=when, extended=extended), replace(ASSIGNMENT, late=policy))
    assert grade.days_late == days
    told = f"extended in the LMS until {extended}" in grade.why
    assert told == (extended == "2026-03-03T12:00:00+01:00" and own == 0)
    disputed = grade_of(
        result(submitted=when, extended=extended, late=False), replace(ASSIGNMENT, late=policy)
    )
    assert bool(disputed.dispute) == bool(days)
