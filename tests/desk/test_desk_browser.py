"""The desk in a real browser, served as the command serves it: by keyboard, accessible, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from papers import ASSIGNMENT, HOSTILE, paper

from autograder.cohort import Cohort
from autograder.records import results

uvicorn = pytest.importorskip("uvicorn", reason="the desk needs starlette and uvicorn")

if TYPE_CHECKING:
    from playwright.sync_api import Page

STUDENTS = (("ada", "Ada Lovelace"), ("zoe", "Zoë Müller"), ("eve", HOSTILE))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a published class of three, all of whom lost a check."""
    for name, student in STUDENTS:
        results.write(paper(name, student, lost=["losses.mse"]), tmp_path / f"results/{name}.json")
    Cohort(tmp_path, ASSIGNMENT).publish()
    return tmp_path


def test_a_check_is_dropped_by_keyboard_alone(page: Page, out: Path) -> None:
    page.get_by_role("link", name="losses.mse").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Reason, which every student reads").focus()
    page.keyboard.type("the handout contradicts it")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Take it back").wait_for()
    marks = {m.id: m.points for m in Cohort(out, ASSIGNMENT).student("ada").grade.marks}
    assert marks["losses"] == 25
    assert "losses.mse dropped for everyone by " in page.locator("section").first.inner_text()


def test_the_search_folds_accents_and_capitals_and_takes_ids(page: Page) -> None:
    for text, count in (("zoe MULLER", 1), ("ADA", 1), ("", 3), ("nobody", 0)):
        page.get_by_label("Search").fill(text)
        assert page.get_by_role("status").inner_text() == f"{count} of 3 shown"


def test_a_filter_stays_when_the_page_comes_again(page: Page) -> None:
    page.locator(".filter select").select_option("graded")
    page.get_by_label("Search").fill("zoe")
    page.reload()
    assert page.get_by_role("status").inner_text() == "1 of 3 shown"
    page.locator(".filter select").select_option("look")
    assert page.get_by_role("status").inner_text() == "0 of 3 shown"


def test_hostile_names_are_text_and_axe_finds_nothing(page: Page, address: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for path in ("", "check/losses.mse", "student/eve", "student/ada"):
        page.goto(address + path)
        assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
        assert page.title() != "owned"
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())
