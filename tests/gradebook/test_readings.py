"""Readings in each kind of database: two markers at once lose nothing, and a rubric adds up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from autograder.errors import UsageError
from autograder.gradebook import fill
from autograder.gradebook.fill import Entry as Filled
from autograder.gradebook.marks import manual_marks
from autograder.gradebook.readings import Item, Question, Reading
from autograder.gradebook.tables import opened
from autograder.grades.policy import HandMark
from autograder.records.assignment import Assignment

NOTHING = HandMark(None)
STUDENTS = [f"s{n:02}" for n in range(20)]


@pytest.fixture
def book(url: str, assignment: Assignment, make: Callable[..., Any]) -> str:
    """A gradebook with twenty students who wrote an essay."""
    with opened(url) as book:
        fill.fill(book, assignment, [Filled(make(name, 3, 1), {"essay": "a"}) for name in STUDENTS])
    return url


def read(url: str, assignment: Assignment, name: str, points: float, who: str, seen: HandMark) -> None:
    with opened(url) as book:
        reading = Reading(name, who, (), points, f"by {who}", points)
        Question(book, assignment, "essay", who).read(reading, seen)


def test_of_two_who_mark_one_answer_at_once_one_is_told_and_one_mark_stands(
    book: str, assignment: Assignment
) -> None:
    """Both saw an answer without a mark."""
    told: list[str] = []
    both_ready = threading.Barrier(2)

    def mark(who: str, points: float) -> None:
        both_ready.wait(30)
        try:
            read(book, assignment, "s00", points, who, NOTHING)
        except UsageError as error:
            told.append(str(error))

    both = [threading.Thread(target=mark, args=pair) for pair in (("Tara", 4.0), ("Uma", 2.0))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(told) == 1
    assert "typed by somebody meanwhile; nothing was changed" in told[0]
    mark_now = manual_marks(book, assignment)["s00"]["essay"]
    with opened(book) as open_book:
        kept = Question(open_book, assignment, "essay", "Tara").readings()["s00", False]
    assert (mark_now.points, mark_now.comment) == (kept.points, f"by {kept.who}")


def test_two_who_share_a_pile_lose_nothing(book: str, assignment: Assignment) -> None:
    def mark(who: str, names: list[str]) -> None:
        for name in names:
            read(book, assignment, name, 3.0, who, NOTHING)

    halves = (("Tara", STUDENTS[::2]), ("Uma", STUDENTS[1::2]))
    both = [threading.Thread(target=mark, args=half) for half in halves]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    marks = manual_marks(book, assignment)
    assert {name: marks[name]["essay"].comment for name in STUDENTS} == {
        name: f"by {who}" for who, names in halves for name in names
    }


def test_a_rubric_keeps_its_order_and_its_points_add_up(book: str, assignment: Assignment) -> None:
    with opened(book) as open_book:
        question = Question(open_book, assignment, "essay", "Tara")
        for text, points in (("sees it", 2), ("explains it", 3.5), ("wrong unit", -0.5)):
            question.add(text, points)
    with opened(book) as open_book:
        question = Question(open_book, assignment, "essay", "Uma")
        first, second, third = question.items().values()
        assert (second.text, second.points) == ("explains it", 3.5)
        assert question.points_of([first.id, third.id], 0.0) == 1.5
        assert question.points_of([first.id, second.id], 0.0) == 5
        assert question.points_of([third.id], 0.0) == 0
        question.change(first.id, "sees it at once", 1)
        assert next(iter(question.items().values())) == Item(first.id, "sees it at once", 1)


def test_a_mark_above_the_rubric_keeps_extra_credit_of_formgrader(book: str, assignment: Assignment) -> None:
    with opened(book) as open_book:
        grade = open_book.table["grade"]
        open_book.connection.execute(grade.update().values(extra_credit=0.5))
    seen = manual_marks(book, assignment).get("s00", {}).get("essay", NOTHING)
    read(book, assignment, "s00", 4.0, "Tara", seen)
    assert manual_marks(book, assignment)["s00"]["essay"].points == 4
