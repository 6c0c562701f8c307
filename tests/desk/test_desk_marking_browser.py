"""Marking at the desk in a real browser, by keyboard alone, with pages that axe accepts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from desks import opened, served
from papers import ASSIGNMENT, HOSTILE
from writing import QUESTION, graded

from autograder.cohort import Cohort
from autograder.gradebook.marks import manual_marks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
    page.keyboard.press("r")
    page.keyboard.type("1")
    page.keyboard.press("Tab")
    page.keyboard.type("asks what comes next")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="asks what comes next").wait_for()
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
    page.get_by_role("heading", name="The answer").wait_for()  # the blank one comes last
    page.keyboard.press("u")
    page.get_by_role("button", name="Give the 1 blank answers 0 points").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Nothing waits for a mark.").wait_for()
    found = marks(out)
    assert sorted(found[name] for name in ANSWERS) == [(3, "Well seen.")] * 5 + [(5, "Well seen.")]
    assert found["blank"] == (0, "")


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


TRICKS = (
    HOSTILE,
    "</textarea><script>document.title='owned'</script>",
    "</title><script>document.title='owned'</script>",
    "\" autofocus onfocus=\"document.title='owned'",
    "<svg onload=document.title='owned'>",
    "<a href=javascript:document.title='owned'>x</a>",
    "[x](javascript:document.title='owned')",
    "![x](x\" onerror=\"document.title='owned')",
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
    "<style>body{display:none}</style>",
    "\u202egnp.txt <img src=x onerror=document.title='owned'>",
    "&lt;img src=x onerror=document.title='owned'&gt; \x1b[31m",
)
MARKUP = "img[src=x], svg[onload], [onfocus], body style, main a[href^=javascript]"


@pytest.fixture
def tricky(tmp_path: Path) -> Path:
    """The folder of a class in which everybody's name and answer is a trick."""
    names = {f"t{n:02}": text for n, text in enumerate(TRICKS)}
    return graded(tmp_path / "tricky", names, names)


def test_every_hostile_string_is_text(browser: Browser, tricky: Path) -> None:
    answers = Cohort(tricky, ASSIGNMENT).answers(QUESTION, "Tara")
    for seat in answers.queue().seats:
        answers.mark(seat, (), 1.0, TRICKS[int(seat.info.id[1:])], seat.mark)
    for text in TRICKS:
        answers.rubric(lambda question, text=text: question.add(text, 1))  # type: ignore[misc]
    with served(tricky) as address:
        page = browser.new_page()
        for n, text in enumerate(TRICKS):
            key = answers.key(f"t{n:02}")
            for path in (
                f"mark/{QUESTION}/{key}?names=1",
                f"student/t{n:02}",
                f"mark/{QUESTION}?names=1",
                "",
            ):
                page.goto(address + path)
                assert page.title() != "owned"
                assert (
                    page.evaluate(
                        "document.querySelectorAll('img[src=x], svg[onload], [onfocus], body style').length"
                    )
                    == 0
                )
                assert page.evaluate("document.querySelectorAll('main a[href^=javascript]').length") == 0
            assert page.locator("main").is_visible()
            page.goto(f"{address}mark/{QUESTION}/{key}?names=1")
            assert page.locator("h1 bdi").inner_text().strip() == " ".join(text.split())
            assert page.get_by_label("Comment, which the student reads").input_value() == text
        page.close()


def test_two_markers_on_postgresql_see_each_other_and_lose_nothing(
    browser: Browser, postgres: str, tmp_path: Path
) -> None:
    """Each has a desk of their own; both open the same answer, and the slower one is told."""
    out = graded(tmp_path, ANSWERS, gradebook=postgres)
    with opened(out, "tara") as (taras, _), opened(out, "uma") as (umas, _):
        tara, uma = browser.new_page(), browser.new_page()
        tara.goto(f"{taras}mark/{QUESTION}")
        tara.keyboard.press("n")
        tara.get_by_role("heading", name="The answer").wait_for()
        uma.goto(tara.url.replace(taras, umas))
        for page, points, comment in ((tara, "4", "by Tara"), (uma, "2", "by Uma")):
            page.get_by_role("textbox", name="Points").fill(points)
            page.get_by_role("textbox", name="Comment").fill(comment)
        with tara.expect_navigation():
            tara.keyboard.press("Control+Enter")
        with uma.expect_navigation():
            uma.keyboard.press("Control+Enter")
        assert "typed by somebody meanwhile; nothing was changed" in uma.get_by_role("alert").inner_text()
        assert uma.get_by_role("textbox", name="Comment").input_value() == "by Uma"
        uma.goto(f"{umas}mark/{QUESTION}")
        uma.keyboard.press("n")
        uma.get_by_role("heading", name="The answer").wait_for()
        for number in range(2):
            for page, who in ((tara, "Tara"), (uma, "Uma")):
                page.goto(f"{taras if page is tara else umas}mark/{QUESTION}")
                page.keyboard.press("n")
                page.get_by_role("heading", name="The answer").wait_for()
                page.get_by_role("textbox", name="Comment").fill(f"{who} {number}")
                page.get_by_role("textbox", name="Points").fill("3")
                with page.expect_navigation():
                    page.keyboard.press("Control+Enter")
    found = manual_marks(postgres, ASSIGNMENT)
    comments = sorted(of[QUESTION].comment for of in found.values())
    assert comments == ["Tara 0", "Tara 1", "Uma 0", "Uma 1", "by Tara"]
    read = Cohort(out, ASSIGNMENT).answers(QUESTION, "x").queue()
    assert {seat.mark.comment: seat.by for seat in read.seats if seat.by}["Uma 1"] == "uma"


def test_a_desk_that_is_killed_while_somebody_marks_loses_nothing(browser: Browser, out: Path) -> None:
    page = browser.new_page()
    with opened(out, "tara") as (address, process):
        page.goto(f"{address}mark/{QUESTION}")
        page.keyboard.press("n")
        for number in range(3):
            page.get_by_role("textbox", name="Points").fill("3")
            page.get_by_role("textbox", name="Comment").fill(f"kept {number}")
            with page.expect_navigation():
                page.keyboard.press("Control+Enter")
        page.get_by_role("textbox", name="Points").fill("1")
        page.get_by_role("textbox", name="Comment").fill("half")
        page.evaluate("document.querySelector('form.marking').requestSubmit()")
        process.kill()
    page.close()
    after = marks(out)
    assert sorted(comment for _, comment in after.values() if comment.startswith("kept")) == [
        f"kept {n}" for n in range(3)
    ]
    assert [mark for mark in after.values() if mark[1] == "half"] in ([], [(1, "half")])
    with opened(out, "tara") as (address, _):
        page = browser.new_page()
        page.goto(f"{address}mark/{QUESTION}")
        page.keyboard.press("n")
        page.get_by_role("heading", name="The answer").wait_for()
        page.close()
