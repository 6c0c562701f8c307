"""Cleaning a student's cell leaves only text and pictures, whatever it contains."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from autograder.gradebook.clean import LEFT_OUT, MOST_TEXT, clean, from_markdown

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 20).decode()


def outputs(*raw: Any) -> list[dict[str, Any]]:
    return clean({"cell_type": "code", "source": "f()", "outputs": list(raw)})["outputs"]


def test_words_lists_tables_code_and_quotes_are_kept() -> None:
    shown = from_markdown(
        "# A\n\n*b* `c < d`\n\n- e\n\n> f\n\n| g | h |\n|---|---|\n| i | j |\n\n```\nk\n\nl\n```"
    )
    for part in (
        "<h1>A</h1>",
        "<em>b</em>",
        "<code>c &lt; d</code>",
        "<li>e</li>",
        "<blockquote>",
        "<td>i</td>",
    ):
        assert part in shown
    assert "k&#10;&#10;l" in shown
    assert "\n" not in shown


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "text <img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](javascript:alert(1))",
        '![x](https://elsewhere.example/a.png "t")',
        '![x](data:image/png;base64,"onerror="alert(1))',
        "<javascript:alert(1)>",
        "$</div><script>alert(1)</script>$",
        "$$\n<script>alert(1)</script>\n$$",
        "```\n</code></pre><script>alert(1)</script>\n```",
    ],
)
def test_markdown_that_would_run_scripts_or_fetch_urls_becomes_text(hostile: str) -> None:
    shown = from_markdown(hostile).lower()
    for part in ("<script", "<img", "<svg", 'href="javascript', 'href="data'):
        assert part not in shown


@pytest.mark.parametrize("text", ["#\n$$ab\n" * 5000, "*" * 5_000_000, "$$" * 300 + "<script>"])
def test_markdown_that_would_take_hours_is_shown_as_typed(text: str) -> None:
    began = time.monotonic()
    shown = from_markdown(text)
    assert time.monotonic() - began < 5
    assert shown.startswith(f"<div><pre>{text[:3]}".replace("\n", "&#10;"))
    assert "<script" not in shown
    assert len(shown) < 1_000_000


def test_math_keeps_its_dollars() -> None:
    assert "$a &lt; b$" in from_markdown("where $a < b$ holds")
    assert "$$a &amp; b$$" in from_markdown("$$a & b$$").replace("&#10;", "")


def test_a_picture_pasted_into_an_answer_is_shown() -> None:
    cell = {
        "cell_type": "markdown",
        "source": ["![mine](attachment:a.png)"],
        "attachments": {"a.png": {"image/png": PNG}},
    }
    assert f'<img alt="mine" src="data:image/png;base64,{PNG}">' in clean(cell)["source"]
    cell["attachments"] = {"a.png": {"image/png": PNG + '"onerror="alert(1)'}}
    assert "[picture: mine]" in clean(cell)["source"]


def test_outputs_become_pictures_or_text() -> None:
    picture = {
        "output_type": "display_data",
        "data": {"image/png": [PNG], "text/html": "<b>"},
        "metadata": {"x": 1},
    }
    assert outputs(picture) == [{"output_type": "display_data", "metadata": {}, "data": {"image/png": PNG}}]
    active = {"data": {"application/javascript": "alert(1)", "text/html": "<b>", "text/plain": "plain"}}
    assert outputs(active) == [{"output_type": "stream", "name": "stdout", "text": "plain"}]
    assert outputs({"data": {"image/png": '"><script>', "text/html": "<b>"}}) == []
    error = {"output_type": "error", "traceback": ["one", "two"]}
    assert outputs(error)[0]["text"] == "one\ntwo\n"


def test_long_output_is_cut() -> None:
    (shown,) = outputs({"output_type": "stream", "text": "x" * (MOST_TEXT + 1)})
    assert shown["text"] == "x" * MOST_TEXT + f"\n{LEFT_OUT}"
    many = outputs(*[{"output_type": "stream", "text": "x"}] * 30)
    assert (len(many), many[-1]["text"]) == (21, LEFT_OUT)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"cell_type": 3, "source": {"a": 1}},
        {"cell_type": "raw", "source": ["<b>", 3, None]},
        {"cell_type": "code", "source": "\ud800", "outputs": {"a": 1}},
        {"cell_type": "code", "outputs": [None, 3, {"data": 3, "text": {"a": 1}}, {"traceback": "no list"}]},
        {"cell_type": "markdown", "source": "![a](attachment:b)", "attachments": {"b": [1]}},
    ],
)
def test_a_malformed_cell_becomes_a_valid_one(odd: dict[str, Any]) -> None:
    made = clean(odd)
    assert made["cell_type"] in ("code", "markdown")
    assert made["metadata"] == {}
    made["source"].encode()
