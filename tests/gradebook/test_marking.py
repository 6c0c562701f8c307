"""Marks written as formgrader writes them: nbgrader sees them, all or none; two markers never overwrite."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sql

from autograder.errors import UsageError
from autograder.gradebook import fill, marking
from autograder.gradebook.fill import Entry as Filled
from autograder.gradebook.marking import Entry
from autograder.gradebook.marks import manual_marks
from autograder.gradebook.tables import opened
from autograder.grades.policy import HandMark
from autograder.records.assignment import Assignment

Make = Callable[..., Any]


@pytest.fixture
def book(url: str, assignment: Assignment, make: Make) -> str:
    """A gradebook with Ada and Bob in it."""
    return prepared(url, assignment, make)


def prepared(url: str, assignment: Assignment, make: Make) -> str:
    with opened(url) as book:
        fill.fill(book, assignment, [Filled(make(name, 3, 1), {"essay": "a"}) for name in ("ada", "bob")])
    return url


def put(url: str, assignment: Assignment, *entries: Entry) -> None:
    marking.put(url, assignment, entries, "Tara", "typed")


def test_nbgrader_sees_a_mark_and_a_comment_and_asks_for_no_further_look(
    book: str, assignment: Assignment
) -> None:
    put(book, assignment, Entry("ada", "essay", 4.5, None), Entry("ada", "essay", "Well seen.", None))
    from nbgrader.api import Gradebook

    with Gradebook(book) as gradebook:
        grade = gradebook.find_grade("essay", "scratch", "scratch", "ada")
        assert (grade.manual_score, grade.needs_manual_grade) == (4.5, False)
        comment = gradebook.find_comment("essay", "scratch", "scratch", "ada")
        assert comment.manual_comment == "Well seen."
    assert manual_marks(book, assignment) == {"ada": {"essay": HandMark(4.5, "Well seen.")}}


def test_a_mark_replaces_the_points_of_checks_and_keeps_extra_credit(
    book: str, assignment: Assignment
) -> None:
    with opened(book) as opened_book:
        opened_book.connection.execute(sql.update(opened_book.table["grade"]).values(extra_credit=0.5))
    before = manual_marks(book, assignment)["ada"]["one"].points
    assert before == 3.5
    put(book, assignment, Entry("ada", "one", 2.5, before))
    assert manual_marks(book, assignment)["ada"]["one"].points == 2.5


def test_a_comment_for_a_question_without_one_is_refused(book: str, assignment: Assignment) -> None:
    with pytest.raises(
        UsageError, match=r"^ada, one: expected a box for a comment in the gradebook, got none; no"
    ):
        put(book, assignment, Entry("ada", "essay", 4.0, None), Entry("ada", "one", "Fine.", None))
    assert manual_marks(book, assignment) == {}


def test_of_two_markers_at_once_the_second_is_told_and_the_first_mark_stays(
    postgres: str, assignment: Assignment, make: Make
) -> None:
    url, said = prepared(postgres, assignment, make), list[str]()

    def second() -> None:
        try:
            put(url, assignment, Entry("bob", "essay", 5.0, None), Entry("ada", "essay", 1.0, None))
        except UsageError as error:
            said.append(str(error))

    other = threading.Thread(target=second)
    with opened(url) as book:
        row = next(
            row
            for row in book.rows(
                marking.whose(book, book.table["grade"]).add_columns(book.table["grade"].c.id)
            )
            if (row.student_id, row.name) == ("ada", "essay")
        )
        book.update(book.table["grade"], {"id": row.id}, {"manual_score": 4.0})
        other.start()
        other.join(1.0)
        assert other.is_alive()  # it waits for this transaction
    other.join(30.0)
    assert [text.partition(":")[0] for text in said] == ["ada, essay"]
    assert manual_marks(url, assignment) == {"ada": {"essay": HandMark(4.0, "", True)}}
