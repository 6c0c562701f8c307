"""Both pages in a real browser: no errors, accessible, readable on a phone, sorted, filtered, escaped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from papers import ASSIGNMENT, CHECKS, CURVE, HOSTILE, IMAGES, STRIP, a_class, paper, with_exhibits

from autograder.grades import attention, policy
from autograder.grades.inventory import Inventory
from autograder.grades.policy import HandMark
from autograder.pages import report
from autograder.pages.publish import publish
from autograder.records.files import write_whole
from autograder.records.origin import Refused, Source
from autograder.records.submission import Cell, Member

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
BIG = 1000  # students
ADA = with_exhibits(paper("ada", lost=["losses.mse", "sweep.errors"]), IMAGES, STRIP, replace(CURVE, mark=2))
LONG = "def mine(q):\n" + "".join(
    f"    q = (q + {{0}} - {n}) * {n} / helper(q - {{0}}) - {n}  # {HOSTILE}\n" for n in range(9)
)
INVENTORY = Inventory(
    (Source("/class.zip", "canvas", (Refused(HOSTILE, "no student is named in it"),)),),
    "/class.csv",
    tuple(Member(f"Nobody {n}", f"n{n}") for n in range(7)),
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a class of 41, published as `grade` does it."""
    out = tmp_path_factory.mktemp("class")
    own = [Cell("cell 4", f"def helper(q):\n    return q.sum()\n\n\n{LONG.format(n)}") for n in (1, 1, 2)]
    everyone = [*a_class(), ADA]
    everyone[5:8] = [replace(r, cells=(*r.cells, cell)) for r, cell in zip(everyone[5:8], own, strict=True)]
    by_hand = {"ada": {"written_losses": HandMark(3.0, again=True)}}
    grades = policy.grades_of(everyone, ASSIGNMENT, by_hand=by_hand)
    needs = attention.needs(everyone, grades, INVENTORY, {})
    publish(everyone, grades, INVENTORY, ASSIGNMENT, out, needs=needs)
    return out


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test on any console message, error or network request."""
    context = browser.new_context(viewport=DESK, offline=True)
    opened, wrong = context.new_page(), []
    opened.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda request: None if local(request.url) else wrong.append(request.url))
    yield opened
    context.close()
    assert wrong == []


def local(url: str) -> bool:
    return url.startswith(("file://", "data:image/png;base64,"))


def report_of(out: Path) -> str:
    return (out / "report/index.html").as_uri()


def feedback_of(out: Path, name: str = "ada") -> str:
    return (out / f"feedback/{name}.html").as_uri()


def checks_of(out: Path) -> str:
    return (out / "report/checks.html").as_uri()


def ranking_of(out: Path) -> str:
    return (out / "report/alike/index.html").as_uri()


def pair_of(out: Path) -> str:
    return next(path for path in (out / "report/alike").iterdir() if path.name != "index.html").as_uri()


EVERY = [report_of, feedback_of, checks_of, ranking_of, pair_of]


def column(page: Page, n: int) -> list[str]:
    """The texts of column `n` in the visible rows of students, in order."""
    cells = f"#students-table tbody tr:not([hidden]) > :nth-child({n})"
    return page.locator(cells).evaluate_all("cells => cells.map(cell => cell.firstChild?.textContent ?? '')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", EVERY)
def test_axe_finds_no_violations(page: Page, published: Path, which: object, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(which(published))  # type: ignore[operator]
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("which", EVERY)
def test_a_page_fits_the_width_of_a_phone(page: Page, published: Path, which: object) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(which(published))  # type: ignore[operator]
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    sizes = page.locator("p, li, td, dd").evaluate_all(
        "all => all.map(element => parseFloat(getComputedStyle(element).fontSize))"
    )
    assert min(sizes) >= 13


def test_a_click_sorts_students_with_blanks_last_and_a_second_click_reverses(
    page: Page, published: Path
) -> None:
    page.goto(report_of(published))
    score = page.get_by_role("button", name="Score", exact=True)
    score.click()
    falling = [int(text) for text in column(page, 3) if text]
    assert falling == sorted(falling, reverse=True)
    assert column(page, 3)[-1] == ""
    assert page.locator("th[aria-sort=descending]").inner_text() == "Score"
    score.click()
    rising = [int(text) for text in column(page, 3) if text]
    assert rising == sorted(rising)
    assert column(page, 3)[-1] == ""
    page.get_by_role("button", name="Student", exact=True).click()
    names = [name for name in column(page, 1) if name.startswith("Student")]
    assert names == sorted(names)
    assert page.locator("#students-table th[aria-sort]").count() == 1


def test_the_keyboard_sorts_tables_too(page: Page, published: Path) -> None:
    page.goto(report_of(published))
    page.get_by_role("button", name="Passed", exact=True).focus()
    page.keyboard.press("Enter")
    rates = [
        float(c) for c in page.locator("td[data-value]").evaluate_all("c => c.map(x => x.dataset.value)")
    ]
    assert rates == sorted(rates)
    assert len(rates) == len(CHECKS)


def test_students_are_filtered_by_words_and_by_state(page: Page, published: Path) -> None:
    page.goto(report_of(published))
    status = page.get_by_role("status")
    assert status.inner_text() == "41 of 41 shown"
    page.get_by_label("Search").fill("łukasz 学")
    assert column(page, 1) == ["Łukasz 学"]
    page.get_by_label("Search").fill("STUDENT s03")
    assert status.inner_text() == "10 of 41 shown"
    page.get_by_label("Search").fill("")
    page.get_by_label("State").select_option("ungraded")
    assert column(page, 1) == ["Zoë Ünsal"]
    page.get_by_label("State").select_option("flagged")
    assert sorted(column(page, 1)) == sorted(["Student 001", HOSTILE])
    page.get_by_label("Search").fill("no such name")
    assert status.inner_text() == "0 of 41 shown"


def test_the_report_lists_what_needs_a_human_as_grade_does(page: Page, published: Path) -> None:
    page.goto(report_of(published))
    section = page.locator("section[aria-labelledby=look]")
    told = {text.partition(":")[0]: text for text in section.locator("summary").all_inner_texts()}
    assert "rejected" not in told  # listed with the student's name
    again = section.locator("details", has_text="marked by hand before the work or its score changed")
    assert again.locator("li").all_inner_texts() == ["ada: written_losses"]
    lost = section.locator("details", has_text="files that match no student").locator("li")
    assert lost.all_inner_texts() == [f"{HOSTILE} (no student is named in it)"]
    assert told["on the roster, handed in nothing"] == "on the roster, handed in nothing: 7"
    absent = section.locator("details", has_text="on the roster, handed in nothing")
    assert not absent.locator("li").first.is_visible()  # a long list is collapsed
    absent.locator("summary").click()
    assert absent.locator("li").last.inner_text() == "Nobody 6"
    assert absent.locator("li").last.is_visible()


def test_a_students_page_opens_from_the_table_and_links_to_the_handout(page: Page, published: Path) -> None:
    page.goto(report_of(published))
    page.get_by_label("Search").fill("ada")
    page.locator("#students-table").get_by_role("link", name="Ada").click()
    page.wait_for_url("**/feedback/ada.html")
    assert page.get_by_role("heading", level=1).inner_text() == ASSIGNMENT.title
    link = page.get_by_role("link", name="Read handout, section Losses").first
    link.click()
    assert page.evaluate("document.querySelector(':target').id") == "handout-losses"
    assert page.locator("article:target").is_visible()
    assert page.locator(".images img").first.evaluate("image => image.naturalWidth") == 2


def test_pictures_are_large_enough_on_a_phone_and_stand_in_one_row_on_a_desk(
    page: Page, tmp_path: Path
) -> None:
    ten = replace(IMAGES, pictures=tuple(replace(IMAGES.pictures[0], pixels="00ff00ff") for _ in range(10)))
    shown = with_exhibits(paper("ten"), ten)
    publish([shown], policy.grades_of([shown], ASSIGNMENT), Inventory((), "", ()), ASSIGNMENT, tmp_path)
    page.goto(feedback_of(tmp_path, "ten"))
    places = "all => all.map(i => [Math.round(i.getBoundingClientRect().top), i.clientWidth])"
    wide = page.locator(".images img").evaluate_all(places)
    assert len({top for top, _ in wide}) == 1
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    narrow = page.locator(".images img").evaluate_all(places)
    assert len({top for top, _ in narrow}) == 2
    assert min(width for _, width in [*wide, *narrow]) >= 55


def test_the_code_stays_in_view_beside_what_is_said_of_it(page: Page, published: Path) -> None:
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto(feedback_of(published))
    row = page.locator(".row").first
    code, said = row.locator(".code"), row.locator(".said-of-it")
    heights = [part.bounding_box()["height"] for part in (code, said)]  # type: ignore[index]
    assert heights[0] < heights[1]
    row.evaluate("element => window.scrollTo(0, element.getBoundingClientRect().top + 60)")
    tops = [part.bounding_box()["y"] for part in (code, said)]  # type: ignore[index]
    assert tops[1] < 0 <= tops[0] < 60


def test_both_pages_escape_hostile_names_and_output(page: Page, published: Path) -> None:
    for address in (report_of(published), feedback_of(published, "s002")):
        page.goto(address)
        assert "owned" not in page.title()[: len(ASSIGNMENT.title)]
        assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
        assert page.get_by_text("onerror=").count() > 0


def test_a_script_injected_into_a_page_does_not_run(page: Page, published: Path, tmp_path: Path) -> None:
    text = (published / "feedback/ada.html").read_text()
    injected = text.replace("</main>", "<script>document.title = 'owned'</script></main>")
    (tmp_path / "ada.html").write_text(injected)
    said: list[str] = []
    other = page.context.new_page()
    other.on("console", lambda message: said.append(message.text))
    other.goto((tmp_path / "ada.html").as_uri())
    assert other.title().endswith("Ada")
    assert "Content Security Policy" in said[0]


def test_print_shows_checks_that_are_collapsed_on_screen(page: Page, published: Path) -> None:
    page.goto(feedback_of(published))
    folded = page.locator("details:not([open]) li").first
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.bounding_box()["height"] > 5  # type: ignore[index]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.pdf(format="A4")) > 10_000


def test_the_report_of_a_thousand_students_opens_in_under_two_seconds(page: Page, tmp_path: Path) -> None:
    everyone = a_class(BIG)
    grades = policy.grades_of(everyone, ASSIGNMENT)
    write_whole(tmp_path / "report/index.html", report.page_of(everyone, ASSIGNMENT, grades=grades))
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # CPU time does not depend on load
    page.goto(report_of(tmp_path))
    page.get_by_text(f"{BIG} of {BIG} shown").wait_for()
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    assert 0 < metrics["TaskDuration"] < 2
