"""Marks sixty answers at the desk and in formgrader, and prints seconds and key presses for each.

`python tests/marking_speed.py build/marking [docs/pictures]`; the second folder gets pictures of the desk.
Both are driven by the same browser and keyboard, without a pause to read: points by rubric or as a number,
and a comment that was given before. Every third answer gets another mark.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "gradebook"))

from desks import served
from papers import ASSIGNMENT
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from screenshots import ARGS, CHROMIUM, COLOURS
from test_formgrader import jupyter
from writing import QUESTION, graded

from autograder.cohort import Cohort

STUDENTS = int(sys.argv[3]) if len(sys.argv) > 3 else 60
COMMENT = "Well seen: the mean of edges is a ramp."
ITEMS = (("says what the pictures look like", 2), ("explains it by mean and median", 2), ("measures it", 1))
OTHER = 3  # every third answer lacks the last item


class Keys:
    """Presses keys on a page and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1

    def type(self, text: str) -> None:
        """Type a text: a press for each character."""
        self.page.keyboard.type(text)
        self.count += len(text)


def at_the_desk(page: Page, keys: Keys, out: Path, picture: Callable[[str], None]) -> None:
    """Mark everything at the desk, with a rubric and the bank of comments."""
    answers = Cohort(out, ASSIGNMENT).answers(QUESTION, "Tara")
    for text, points in ITEMS:
        answers.rubric(lambda question, text=text, points=points: question.add(text, points))  # type: ignore[misc]
    with served(out) as address:
        page.goto(f"{address}mark/{QUESTION}")
        keys.press("n")
        page.get_by_role("heading", name="The answer").wait_for()
        for number in range(STUDENTS):
            keys.press("1", "2", *(["3"] if number % OTHER else []))
            if number == 0:
                keys.press("c")
                keys.type(COMMENT)
            else:
                keys.press("b", "Enter")
            if number == 7:
                picture("desk_answer")
            with page.expect_navigation():
                keys.press("Control+Enter")
        picture("desk_question")


def in_formgrader(page: Page, keys: Keys, out: Path, home: Path) -> None:
    """Mark everything in formgrader: points typed, the comment pasted, then the next student at the same box.

    Its keys work only once MathJax has come from the network. So its own links and boxes are used in their
    place, and each counts as the one press that it would be.
    """
    with jupyter(out, home) as address:
        page.goto(f"{address}?token=secret")
        page.goto(f"{address}/gradebook/{ASSIGNMENT.name}/{ASSIGNMENT.name}")
        page.goto(page.locator("td.name a.name-hidden").first.evaluate("link => link.href"))
        for number in range(STUDENTS):
            box, comment = page.locator(f"#{QUESTION}"), page.locator(f"#{QUESTION}-comment")
            box.wait_for()
            page.wait_for_load_state("networkidle")
            with page.expect_response(lambda response: "/api/grade/" in response.url):
                box.focus()
                keys.type("5" if number % OTHER else "4")
                keys.press("Tab")
            with page.expect_response(lambda response: "/api/comment/" in response.url):
                comment.focus()
                page.keyboard.insert_text(COMMENT)
                keys.press("Tab")
            keys.count += 2  # to paste, and back to the box for points
            if number + 1 < STUDENTS:
                with page.expect_navigation():
                    page.locator("a.tabbable[href$='/next']").click()
                keys.count += 1


def main(folder: Path, pictures: Path | None) -> None:
    """Mark both classes and print what it took."""
    shutil.rmtree(folder, ignore_errors=True)
    texts = {
        f"s{n:02}": f"MSE blurs and L1 does not, for reason {n}: the mean of edges is a ramp."
        for n in range(STUDENTS)
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for name in ("desk", "formgrader"):
            out, home = graded(folder / name, texts), folder / name / "home"
            home.mkdir()
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            keys = Keys(page)

            def picture(title: str, page: Page = page) -> None:
                for wide, ending in ((1280, ""), (820, "_tablet")) if pictures else ():
                    page.set_viewport_size({"width": wide, "height": 1000})
                    shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
                    file = Path(pictures or "", f"{title}{ending}.png")
                    shot.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
                page.set_viewport_size({"width": 1280, "height": 1000})

            began = time.monotonic()
            if name == "desk":
                at_the_desk(page, keys, out, picture)
            else:
                in_formgrader(page, keys, out, home)
            seconds = time.monotonic() - began
            seats = Cohort(out, ASSIGNMENT).answers(QUESTION, "Tara").queue().seats
            marked = [
                seat.mark for seat in seats if seat.mark.points is not None and seat.mark.comment == COMMENT
            ]
            print(
                f"{name}: {len(marked)} of {STUDENTS} marked, {seconds / STUDENTS:.2f} s and "
                f"{keys.count / STUDENTS:.1f} key presses an answer, "
                f"{sum(mark.points or 0 for mark in marked):g} points in all"
            )
            page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
