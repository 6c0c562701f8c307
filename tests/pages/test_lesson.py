"""The lesson's page: text, formulas, figures and sentences of a notebook; whole, offline, on any screen."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.errors import AssignmentError
from autograder.pages import charts, lesson
from autograder.records.places import CHECKOUT as ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NOTEBOOK, PAGE = ROOT / "reference/lesson.ipynb", ROOT / "assignments/latent_space/lesson.html"
PNG = charts.png(bytes(4), 2).partition(",")[2]
FIGURE = {"caption": "What $x$ is.", "alt": 'Four "black" pixels'}
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


def notebook(metadata: dict[str, str] | None = None, run: int | None = 1) -> str:
    code: dict[str, Any] = {"cell_type": "code", "source": "secret = 1", "execution_count": run}
    code["metadata"] = FIGURE if metadata is None else metadata
    code["outputs"] = [
        {"output_type": "display_data", "data": {"image/png": PNG}},
        {
            "output_type": "execute_result",
            "data": {"text/markdown": "> **Measured.** 3 %", "text/plain": "no"},
        },
        {"output_type": "stream", "text": "printed"},
    ]
    text = {
        "cell_type": "markdown",
        "metadata": {},
        "source": "# Title\n\n## 1. A & B\n\n$$x^2$$\n\n<b>raw</b>",
    }
    return json.dumps({"cells": [text, code]})


def test_a_page_has_text_formulas_figures_and_sentences_but_no_code() -> None:
    page = lesson.page_of(notebook())
    assert "<title>Title</title>" in page
    assert '<h2 id="1-a-amp-b">1. A &amp; B</h2>' in page
    assert '<span class="display"><svg class="formula' in page
    assert f'src="data:image/png;base64,{PNG}" alt="Four &#34;black&#34; pixels"' in page
    assert "<strong>Measured.</strong> 3 %" in page
    assert "&lt;b&gt;raw&lt;/b&gt;" in page
    assert not any(text in page for text in ("secret", "printed", "<script", "<b>raw"))


@pytest.mark.parametrize("what", ["caption", "alt"])
def test_a_figure_without_words_is_refused(what: str) -> None:
    metadata = {name: text for name, text in FIGURE.items() if name != what}
    with pytest.raises(
        AssignmentError, match=f"a figure of the lesson has no '{what}' in its cell's metadata"
    ):
        lesson.page_of(notebook(metadata))


def test_a_notebook_that_was_not_run_is_refused() -> None:
    with pytest.raises(AssignmentError, match="has a cell that was not run; run it: 'secret = 1'"):
        lesson.page_of(notebook(run=None))


def test_the_page_that_students_get_is_that_of_the_notebook() -> None:
    made = lesson.page_of(NOTEBOOK.read_text(encoding="utf-8"))
    assert made == PAGE.read_text(encoding="utf-8"), "run make lesson"


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    (tmp_path / "in.ipynb").write_text(notebook())
    lesson.main(tmp_path / "in.ipynb", tmp_path / "out.html")
    assert (tmp_path / "out.html").read_text() == lesson.page_of(notebook())


def test_every_figure_has_a_long_alternative_text_and_a_picture_that_can_be_read() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    figures = [cell for cell in cells if "alt" in cell["metadata"]]
    assert len(figures) == 10
    assert all(len(cell["metadata"]["alt"]) > 100 for cell in figures)
    for cell in figures:
        (data,) = [o["data"]["image/png"] for o in cell["outputs"] if "image/png" in o.get("data", {})]
        assert base64.b64decode(data).startswith(b"\x89PNG")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test on any console message, error or network request."""
    context = browser.new_context(viewport=DESK, offline=True)  # type: ignore[arg-type]
    opened, wrong = context.new_page(), []
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else wrong.append(r.url))
    opened.goto(PAGE.as_uri())
    yield opened
    context.close()
    assert wrong == []


def test_the_lesson_fits_a_phone_and_its_links_lead_to_its_sections(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    widths = page.locator("figure img").evaluate_all("all => all.map(i => [i.naturalWidth, i.clientWidth])")
    assert all(shown >= 0.95 * natural for natural, shown in widths)  # as large as drawn; the reader scrolls
    page.get_by_role("link", name="4. The information bottleneck").click()
    assert page.evaluate("document.querySelector(':target').textContent") == "4. The information bottleneck"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violations(page: Page, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_on_paper_nothing_is_cut_off(page: Page) -> None:
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 between the usual margins
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
    assert len(page.pdf(format="A4")) > 100_000
