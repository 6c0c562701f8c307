"""What pages share: a policy that allows only the kit's style and script, and keys of current pages."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from papers import ASSIGNMENT, paper

from autograder.grades.policy import number
from autograder.pages import feedback, page, report, standing
from autograder.records.files import write_whole


def policy_of(text: str) -> str:
    return re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)[0].replace(
        "&#39;", "'"
    )


def digest(text: str, tag: str) -> str:
    (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    return "'sha256-" + base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode() + "'"


def test_the_policy_allows_only_the_kits_style_and_script() -> None:
    text = report.page_of([paper()], ASSIGNMENT)
    allowed = f"style-src {digest(text, 'style')}; script-src {digest(text, 'script')}"
    assert policy_of(text) == f"default-src 'none'; img-src data:; {allowed}"


def test_the_feedback_page_has_no_script_and_allows_none() -> None:
    text = feedback.page_of(paper(), ASSIGNMENT)
    assert "<script" not in text
    assert "script-src" not in policy_of(text)


def test_pages_contain_no_address() -> None:
    for text in (feedback.page_of(paper(), ASSIGNMENT), report.page_of([paper()], ASSIGNMENT)):
        assert not re.findall(r"(?:https?:)?//[\w.]+", re.sub(r"data:[^\"]+|// Sorts tables", "", text))


def test_a_page_is_current_only_with_its_own_key(tmp_path: Path) -> None:
    path, key = tmp_path / "page.html", page.key_of("a", "b")
    assert key != page.key_of("ab")
    assert not page.is_current(path, key)
    write_whole(path, page.render("feedback", key, **nothing()))
    assert page.is_current(path, key)
    assert not page.is_current(path, page.key_of("a", "c"))
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
    path.write_bytes(b"\xff\xfe")
    assert not page.is_current(path, key)


def nothing() -> dict[str, object]:
    result = paper(status="ungraded")
    page = {"result": result, "assignment": ASSIGNMENT, "parts": [], "head": standing.standing(result)}
    return {**page, "exits": {"ungraded": "Wait."}, "number": number, "rulings": []}
