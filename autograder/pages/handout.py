"""Splits a handout into sections, as HTML, which feedback pages contain for offline reading."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt

from autograder.records.assignment import Assignment

HEADING = re.compile(r"^## +(.+?)\s*$", re.MULTILINE)
WHERE = re.compile(r"section (.+)$")


def section_of(read: str) -> str:
    """Return the section that a question's `read` names, such as "Model" of "handout, section Model"."""
    match = WHERE.search(read)
    return match.group(1).strip() if match else ""


def sections(assignment: Assignment) -> dict[str, str]:
    """Return the sections of the assignment's handout, title → HTML; empty if it has no handout."""
    path = assignment.folder / "handout.md" if assignment.folder else None
    return sections_of(path.read_text(encoding="utf-8")) if path is not None and path.is_file() else {}


@cache
def sections_of(text: str) -> dict[str, str]:
    """Return the sections of a handout in Markdown, title → HTML."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    parts = HEADING.split(text)[1:]
    return {title: markdown.render(body) for title, body in zip(parts[::2], parts[1::2], strict=True)}
