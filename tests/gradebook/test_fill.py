"""The gradebook after a fill, as nbgrader reads it: scores are updated, what people typed stays."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sql
from nbformat import NotebookNode

from autograder.errors import KitError, UsageError
from autograder.gradebook import fill
from autograder.gradebook.fill import Entry
from autograder.gradebook.history import HISTORY
from autograder.gradebook.marks import manual_marks
from autograder.gradebook.tables import opened
from autograder.grades import policy
from autograder.grades.policy import HandMark
from autograder.records.assignment import Assignment, LatePolicy, Written
from autograder.records.results import Result


def filled(url: str, assignment: Assignment, *items: Result | Entry) -> int:
    """Fill the gradebook; return how many scores changed."""
    entries = [item if isinstance(item, Entry) else Entry(item, {"essay": "a"}) for item in items]
    with opened(url) as book:
        return fill.fill(book, assignment, entries)


@contextmanager
def nbgrader(url: str) -> Iterator[Any]:
    from nbgrader.api import Gradebook

    with Gradebook(url) as gradebook:
        yield gradebook


def type_in(url: str, student: str, question: str, **values: Any) -> None:
    """Write a mark or a comment as formgrader does when a TA types it."""
    with nbgrader(url) as gradebook:
        comment = "manual_comment" in values
        find = gradebook.find_comment if comment else gradebook.find_grade
        row = find(question, "scratch", "scratch", student)
        for name, value in values.items():
            setattr(row, name, value)
        if not comment:
            row.needs_manual_grade = False
        gradebook.db.commit()


def grade(url: str, student: str, question: str) -> tuple[Any, ...]:
    """Return nbgrader's grade: the checks' points, the points by hand, and if it needs a look."""
    with nbgrader(url) as gradebook:
        row = gradebook.find_grade(question, "scratch", "scratch", student)
        return row.auto_score, row.manual_score, row.needs_manual_grade


def history(url: str) -> Sequence[Any]:
    with opened(url) as book:
        return book.rows(sql.select(HISTORY).order_by(HISTORY.c.id))


def test_nbgrader_reads_every_score_and_what_still_needs_a_mark(
    url: str, assignment: Assignment, make: Any
) -> None:
    assert filled(url, assignment, make("ada", 3, 1), make("bob", 0, 2)) == 4
    with nbgrader(url) as gradebook:
        rows = {row["student"]: row for row in gradebook.submission_dicts("scratch")}
        assert (rows["ada"]["score"], rows["ada"]["max_score"]) == (4, 10)
        assert (rows["bob"]["code_score"], rows["bob"]["max_code_score"]) == (2, 5)
        assert all(row["needs_manual_grade"] for row in rows.values())
        (first, second) = gradebook.notebook_submission_dicts("scratch", "scratch")
        assert {first["failed_tests"], second["failed_tests"]} == {True}
        assert gradebook.find_assignment("scratch").to_dict()["num_submissions"] == 2
        assert gradebook.average_assignment_code_score("scratch") == 3
    assert grade(url, "ada", "one") == (3, None, False)
    assert grade(url, "ada", "essay") == (None, None, True)


def test_filling_again_changes_nothing(url: str, assignment: Assignment, make: Any) -> None:
    filled(url, assignment, make("ada", 3, 1))
    before = history(url)
    assert filled(url, assignment, make("ada", 3, 1)) == 0
    assert history(url) == before


def test_a_regrade_keeps_marks_and_comments_by_hand(url: str, assignment: Assignment, make: Any) -> None:
    filled(url, assignment, make("ada", 3, 1))
    type_in(url, "ada", "essay", manual_score=4.5)
    type_in(url, "ada", "essay", manual_comment="Well seen.")
    filled(url, assignment, make("ada", 3, 2, suite="s2"))
    assert grade(url, "ada", "essay") == (None, 4.5, False)
    assert grade(url, "ada", "two") == (2, None, False)
    mark = manual_marks(url, assignment)["ada"]["essay"]
    assert mark == HandMark(4.5, "Well seen.", again=False)


def test_a_question_marked_by_hand_keeps_its_mark_and_needs_a_look_when_its_score_changes(
    url: str, assignment: Assignment, make: Any
) -> None:
    filled(url, assignment, make("ada", 3, 1))
    type_in(url, "ada", "two", manual_score=2)
    filled(url, assignment, make("ada", 3, 0, suite="s2"))
    assert grade(url, "ada", "two") == (0, 2, True)
    assert manual_marks(url, assignment)["ada"]["two"].again


def test_a_question_marked_by_hand_needs_a_look_when_other_work_has_the_same_score(
    url: str, assignment: Assignment, make: Any
) -> None:
    filled(url, assignment, make("ada", 3, 1))
    type_in(url, "ada", "two", manual_score=2)
    filled(url, assignment, make("ada", 3, 1, suite="s2"))
    assert not manual_marks(url, assignment)["ada"]["two"].again
    filled(url, assignment, make("ada", 3, 1, work="second"))
    assert manual_marks(url, assignment)["ada"]["two"].again


def test_a_mark_on_an_answer_that_changed_is_kept_and_needs_a_look(
    url: str, assignment: Assignment, make: Any
) -> None:
    filled(url, assignment, make("ada", 3, 1), make("bob", 3, 1))
    for student in ("ada", "bob"):
        type_in(url, student, "essay", manual_score=4)
    filled(url, assignment, Entry(make("ada", 3, 1, work="second"), {"essay": "other"}))
    filled(url, assignment, Entry(make("bob", 3, 1, work="second"), {"essay": "a"}))
    assert grade(url, "ada", "essay") == (None, 4, True)
    assert grade(url, "bob", "essay") == (None, 4, False)


def test_a_mark_for_a_question_needs_a_look_when_other_work_has_the_same_score(
    url: str, assignment: Assignment, make: Any
) -> None:
    filled(url, assignment, make("ada", 3, 1))
    type_in(url, "ada", "two", manual_score=2)
    filled(url, assignment, make("ada", 3, 1, suite="s2"))
    assert grade(url, "ada", "two") == (1, 2, False)
    filled(url, assignment, make("ada", 3, 1, work="second"))
    assert (grade(url, "ada", "one"), grade(url, "ada", "two")) == ((3, None, False), (1, 2, True))
    assert manual_marks(url, assignment)["ada"]["two"].again


def test_a_failed_run_never_overwrites_a_score(url: str, assignment: Assignment, make: Any) -> None:
    filled(url, assignment, make("ada", 3, 1))
    assert filled(url, assignment, make("ada", work="second")) == 0
    assert (grade(url, "ada", "one"), grade(url, "ada", "two")) == ((3, None, False), (1, None, False))
    with opened(url) as book:
        assert fill.provenance(book, assignment)["ada"].sha256 == "first"


def test_an_ungraded_submission_has_no_score_and_needs_a_human(
    url: str, assignment: Assignment, make: Any
) -> None:
    filled(url, assignment, make("ada"))
    assert grade(url, "ada", "one") == (None, None, True)
    assert manual_marks(url, assignment) == {}
    filled(url, assignment, make("ada", 2, 1))
    assert grade(url, "ada", "one") == (2, None, False)
    assert {row.why for row in history(url)} == {"graded for the first time"}


def test_a_submission_that_waits_for_a_choice_of_file_changes_no_score(
    url: str, assignment: Assignment, make: Any
) -> None:
    filled(url, assignment, replace(make("ada", work="both"), status="waiting"))
    assert grade(url, "ada", "one") == (None, None, True)
    filled(url, assignment, make("ada", 2, 1))
    assert filled(url, assignment, replace(make("ada", work="both"), status="waiting")) == 0
    assert grade(url, "ada", "one") == (2, None, False)
    assert {row.why for row in history(url)} == {"graded for the first time"}


def test_a_new_question_gets_a_box_in_every_submission(url: str, assignment: Assignment, make: Any) -> None:
    filled(url, assignment, make("ada", 3, 1), make("bob", 3, 1))
    type_in(url, "bob", "essay", manual_score=4)
    more = replace(assignment, written=(*assignment.written, Written("why", "Why?", 2)))
    filled(url, more, make("ada", 3, 1))
    type_in(url, "bob", "why", manual_score=2)
    type_in(url, "bob", "why", manual_comment="Yes.")
    assert {name: mark.points for name, mark in manual_marks(url, more)["bob"].items()} == {
        "essay": 4,
        "why": 2,
    }


def test_changed_points_are_updated(url: str, assignment: Assignment, make: Any) -> None:
    filled(url, assignment, make("ada", 3, 1))
    worth = replace(assignment, written=(replace(assignment.written[0], points=8),))
    filled(url, worth, make("ada", 3, 1))
    with nbgrader(url) as gradebook:
        assert gradebook.find_assignment("scratch").max_score == 13


def test_a_removed_question_is_deleted_unless_people_marked_it(
    url: str, assignment: Assignment, make: Any
) -> None:
    filled(url, assignment, make("ada", 3, 1))
    fewer = replace(assignment, questions=assignment.questions[:1])
    filled(url, fewer, make("ada", 3))
    with nbgrader(url) as gradebook:
        assert gradebook.find_assignment("scratch").max_score == 8
    type_in(url, "ada", "essay", manual_score=4)
    with pytest.raises(UsageError) as caught:
        filled(url, replace(fewer, written=()), make("ada", 1))
    assert str(caught.value) == (
        "scratch: expected the question 'essay', which has 1 marks by hand in the gradebook, got an "
        "assignment without it; put it back, or grade into another --out"
    )
    assert grade(url, "ada", "one") == (3, None, False)


def test_a_score_above_the_maximum_is_refused_and_nothing_is_written(
    url: str, assignment: Assignment, make: Any
) -> None:
    filled(url, assignment, make("ada", 3, 1))
    with pytest.raises(KitError) as caught:
        filled(url, assignment, make("bob", 1, 1), make("ada", 4, 1))
    assert str(caught.value) == (
        "ada, one: expected a score from 0 to 3, got 4; the gradebook is unchanged: fix the suite, then "
        "grade again"
    )
    assert grade(url, "ada", "one") == (3, None, False)
    with nbgrader(url) as gradebook:
        assert [student.id for student in gradebook.students] == ["ada"]


def test_reading_a_mark_above_the_maximum_fails(url: str, assignment: Assignment, make: Any) -> None:
    filled(url, assignment, make("ada", 3, 1))
    type_unrecorded(url, manual_score=99)
    with pytest.raises(UsageError) as caught:
        manual_marks(url, assignment)
    assert str(caught.value) == (
        "the gradebook: expected marks from 0 to a question's points, got ada, essay: 99 of 5. Correct them "
        "in formgrader, then run the same command again."
    )


def type_unrecorded(url: str, **values: Any) -> None:
    """Write a mark as another tool would, without the kit's hooks."""
    with opened(url) as book:
        row = book.rows(sql.select(book.table["base_cell"].c.id).filter_by(name="essay", type="GradeCell"))[0]
        book.update(book.table["grade"], {"cell_id": row.id}, values)


def test_extra_credit_is_added_as_nbgrader_adds_it(url: str, assignment: Assignment, make: Any) -> None:
    filled(url, assignment, make("ada", 3, 1))
    type_in(url, "ada", "two", extra_credit=0.5)
    assert manual_marks(url, assignment)["ada"]["two"].points == 1.5
    type_in(url, "ada", "two", manual_score=2)
    assert manual_marks(url, assignment)["ada"]["two"].points == 2.5
    type_in(url, "ada", "essay", extra_credit=1)  # it has no mark yet
    assert "essay" not in manual_marks(url, assignment)["ada"]


def test_the_history_records_who_changed_what_when_and_why(
    url: str, assignment: Assignment, make: Any
) -> None:
    filled(url, assignment, make("ada", 3, 1))
    filled(url, assignment, make("ada", 3, 2, suite="s2"))
    type_unrecorded(url, manual_score=4)
    filled(url, assignment, make("ada", 1, 2, suite="s2", work="second"))
    entries = [(row.question, row.what, row.before, row.after, row.who, row.why) for row in history(url)]
    assert entries == [
        ("one", "auto_score", None, "3", fill.WHO, "graded for the first time"),
        ("two", "auto_score", None, "1", fill.WHO, "graded for the first time"),
        ("two", "auto_score", "1", "2", fill.WHO, "graded again: suite changed"),
        ("essay", "manual_score", None, "4", "nbgrader", fill.UNRECORDED),
        ("one", "auto_score", "3", "1", fill.WHO, "another file was handed in"),
    ]
    assert all(row.at.year > 2000 and row.student == "ada" for row in history(url))


def test_names_are_shown_without_markup_and_cut_to_fit(url: str, assignment: Assignment, make: Any) -> None:
    hostile = '<script>alert(1)</script>"\0' + "é" * 200
    filled(url, assignment, make("ada", 3, 1, name=hostile), make("bob", 3, 1))
    with nbgrader(url) as gradebook:
        student = gradebook.find_student("ada")
        assert student.last_name.startswith("‹script›alert(1)‹/script›”é")
        assert (len(student.last_name), student.first_name) == (120, "ada")
        assert gradebook.find_student("bob").last_name is None


def test_a_missing_answer_gets_a_comment(url: str, assignment: Assignment, make: Any) -> None:
    filled(url, assignment, Entry(make("ada", 3, 1), {"essay": ""}))
    with nbgrader(url) as gradebook:
        assert gradebook.find_comment("essay", "scratch", "scratch", "ada").auto_comment == fill.NO_ANSWER
    filled(url, assignment, Entry(make("ada", 3, 1, work="second"), {"essay": "text"}))
    with nbgrader(url) as gradebook:
        assert gradebook.find_comment("essay", "scratch", "scratch", "ada").auto_comment is None


def exported(url: str, path: Path) -> dict[str, list[float]]:
    """Return, by student, the points, the late penalty and the total from nbgrader's exporter."""
    from nbgrader.plugins import CsvExportPlugin

    with nbgrader(url) as gradebook:
        CsvExportPlugin(to=str(path)).export(gradebook)
    columns = ("raw_score", "late_submission_penalty", "score")
    with path.open() as file:
        return {row["student_id"]: [float(row[c]) for c in columns] for row in csv.DictReader(file)}


def test_nbgraders_exporter_and_feedback_take_off_the_late_loss(
    url: str, assignment: Assignment, make: Any, tmp_path: Path
) -> None:
    from nbgrader.preprocessors import GetGrades
    from traitlets.config import Config

    due = datetime.fromisoformat("2026-03-01T23:59:00+01:00")
    assignment = replace(assignment, late=LatePolicy(due, per_day=15, cap=40))
    times = {"ada": "2026-03-01T12:00:00+01:00", "bob": "2026-03-03T12:00:00+01:00"}
    results = [make(name, 3, 1) for name in times]
    results = [
        replace(r, submission=replace(r.submission, submitted=times[r.submission.id])) for r in results
    ]
    filled(url, assignment, *results)
    for name in times:
        type_in(url, name, "essay", manual_score=4.0)
    grades = policy.grades_of(results, assignment, by_hand=manual_marks(url, assignment))
    assert {name: grade.points for name, grade in grades.items()} == {"ada": 8, "bob": 5}
    for _ in range(2):
        with opened(url) as book:
            fill.take_off(book, assignment, {name: grade.loss for name, grade in grades.items()})
        assert exported(url, tmp_path / "out.csv") == {"ada": [8, 0, 8], "bob": [8, 3, 5]}
    resources = {"notebook": "scratch", "assignment": "scratch", "student": "bob", "db_url": url}
    _, shown = GetGrades(config=Config()).preprocess(NotebookNode(cells=[]), {"nbgrader": resources})
    assert (shown["nbgrader"]["score"], shown["nbgrader"]["late_penalty"]) == (5, 3)
    with opened(url) as book:  # the deadline was moved
        fill.take_off(book, assignment, {"ada": 0.0, "bob": 0.0})
    assert exported(url, tmp_path / "out.csv")["bob"] == [8, 0, 8]
