"""Marking at the desk in a real browser, by keyboard alone, with pages that axe accepts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from papers import ASSIGNMENT, HOSTILE
from writing import QUESTION, graded

from autograder.cohort import Cohort

pytest.importorskip("uvicorn", reason="the desk needs starlette and uvicorn")

if TYPE_CHECKING:
    from playwright.sync_api import Page

ANSWERS = {f"s{n}": f"It is blurry, for reason {n}. {HOSTILE}" for n in range(6)}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a class of seven: six answers and a blank one."""
    return graded(tmp_path, {**ANSWERS, "blank": "*Your answer:*"}, {"s3": HOSTILE})


def marks(out: Path) -> dict[str, tuple[float | None, str]]:
    found = Cohort(out, ASSIGNMENT).answers(QUESTION, "Tara").queue()
    return {seat.info.id: (seat.mark.points, seat.mark.comment) for seat in found.seats}


def test_a_class_is_marked_by_keyboard_alone(page: Page, out: Path) -> None:
    page.get_by_role("link", name="What each loss does").focus()
    page.keyboard.press("Enter")
    new = page.get_by_role("form", name="New item")
    for points, text in (("3", "says why"), ("2", "measures it")):
        new.get_by_label("Points").focus()
        page.keyboard.type(points)
        page.keyboard.press("Tab")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        page.get_by_label("What the answer does").nth(0 if points == "3" else 1).wait_for()
    page.keyboard.press("n")
    page.get_by_role("heading", name="The answer").wait_for()
    page.keyboard.press("1")
    page.keyboard.press("2")
    assert page.get_by_role("status").inner_text() == "5 of 5 points"
    page.keyboard.press("c")
    page.keyboard.type("Well seen.")
    for number in range(2, 7):
        with page.expect_navigation():
            page.keyboard.press("Control+Enter")
        page.keyboard.press("1")
        page.keyboard.press("b")
        page.keyboard.press("Enter")
        assert page.get_by_role("status").inner_text() == "3 of 5 points", number
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    page.get_by_text("Nothing waits for a mark.").wait_for()
    found = marks(out)
    assert sorted(found[name] for name in ANSWERS) == [(3, "Well seen.")] * 5 + [(5, "Well seen.")]
    assert found["blank"] == (None, "")


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_pages_on_answers_are_accessible_and_fit_a_tablet_and_a_phone(
    page: Page, address: str, out: Path, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    answers = Cohort(out, ASSIGNMENT).answers(QUESTION, "Tara")
    answers.rubric(lambda question: question.add("says why", 3))
    seat = answers.queue().seats[0]
    answers.mark(seat, (), 4.0, "Fine.", seat.mark)
    page.set_viewport_size({"width": width, "height": 900})
    hostile = answers.key("s3")
    for path in (
        QUESTION,
        f"{QUESTION}?names=1",
        f"{QUESTION}/{hostile}?names=1",
        f"{QUESTION}/{seat.key}?second=1",
    ):
        page.goto(f"{address}mark/{path}")
        assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
        assert page.title() != "owned"
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, path
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())
