"""Handing back in a real browser: by keyboard, accessible, and the file on the disk is the command's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from papers import ASSIGNMENT, HOSTILE, paper

from autograder.cli import main
from autograder.cohort import Cohort
from autograder.records import results
from autograder.records.submission import Member

uvicorn = pytest.importorskip("uvicorn", reason="the desk needs starlette and uvicorn")

if TYPE_CHECKING:
    from playwright.sync_api import Page

STUDENTS = (("ada", "Ada Lovelace", "7"), ("zoe", "Zoë Müller", "8"), ("eve", HOSTILE, "9"))
QUOTED = HOSTILE.replace('"', '""')
GRADEBOOK = (
    f"\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,{ASSIGNMENT.title} (1)\r\n"
    '    Points Possible,,,,,100\r\n"Ada\r\nLovelace",7,,,x,71.5\r\n'
    f'Zoë Müller,8,,,x,\r\n"{QUOTED}",9,,,x,\r\n'
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a published class of three whom Canvas knows."""
    for name, student, number in STUDENTS:
        made = paper(name, student)
        member = Member(student, lms={"canvas_user": number})
        info = replace(made.submission, members=(member,))
        results.write(replace(made, submission=info), tmp_path / f"out/results/{name}.json")
    Cohort(tmp_path / "out", ASSIGNMENT).publish()
    return tmp_path / "out"


def test_marks_go_back_by_keyboard_and_a_grade_that_changed_is_told_first(
    page: Page, out: Path, tmp_path: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    def press(role: str, name: str) -> None:
        page.get_by_role(role, name=name).focus()  # type: ignore[arg-type]
        page.keyboard.press("Enter")

    def look() -> None:
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
        assert page.title() == "Hand back: desk"

    (tmp_path / "gradebook.csv").write_text(GRADEBOOK, "utf-8", newline="")
    press("link", "Hand back")
    page.get_by_role("heading", name="Marks").wait_for()
    look()
    press("link", "Canvas: the gradebook")
    page.get_by_label("Canvas's gradebook (--template)").set_input_files(tmp_path / "gradebook.csv")
    page.get_by_label("Leave out answers that are graded by hand (--checks-only)").focus()
    page.keyboard.press("Space")
    press("button", "Preview")
    page.get_by_role("alert").wait_for()
    assert "is out of 100, and the grades are out of 90" in page.get_by_role("alert").inner_text()
    look()
    page.get_by_label("Canvas's gradebook (--template)").set_input_files(tmp_path / "gradebook.csv")
    page.get_by_label("Scale grades to the maximum points given in the file (--scale)").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Download canvas.csv").wait_for()
    look()
    assert page.get_by_role("row").nth(1).inner_text().split("\t")[3:5] == ["71.5", "100.00"]
    Cohort(out, ASSIGNMENT).override("ada", "losses", "7", "read it", "Tara")
    press("button", "Download canvas.csv")
    page.get_by_role("alert").wait_for()
    assert "Not downloaded: this changed since the preview." in page.get_by_role("alert").inner_text()
    assert "100.00 → 80.00" in page.get_by_role("alert").inner_text()
    look()
    with page.expect_download() as download:
        press("button", "Download canvas.csv")
    words = ["export", "canvas", out, "--template", tmp_path / "gradebook.csv", "--checks-only", "--scale"]
    assert CliRunner().invoke(main, list(map(str, words))).exit_code == 0
    assert download.value.suggested_filename == "canvas.csv"
    assert download.value.path().read_bytes() == (out / "exports/canvas.csv").read_bytes()
