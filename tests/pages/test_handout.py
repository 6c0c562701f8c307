"""Sections of the handout, as HTML, by the titles that questions name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from papers import ASSIGNMENT

from autograder.pages import handout


def test_every_question_names_a_section_of_the_handout() -> None:
    sections = handout.sections(ASSIGNMENT)
    assert all(handout.section_of(question.read) in sections for question in ASSIGNMENT.questions)


def test_a_handout_is_split_at_its_headings_and_its_html_escaped(tmp_path: Path) -> None:
    text = "# Title\n\nintro\n\n## One\n\n*a* <b>\n\n### Sub\n\n## Two\n\n| x |\n|---|\n| 1 |\n"
    (tmp_path / "handout.md").write_text(text)
    sections = handout.sections(replace(ASSIGNMENT, folder=tmp_path))
    assert list(sections) == ["One", "Two"]
    assert "<em>a</em> &lt;b&gt;" in sections["One"]
    assert "<h3>Sub</h3>" in sections["One"]
    assert "<td>1</td>" in sections["Two"]


def test_an_assignment_without_a_handout_has_no_sections(tmp_path: Path) -> None:
    assert handout.sections(replace(ASSIGNMENT, folder=None)) == {}
    assert handout.sections(replace(ASSIGNMENT, folder=tmp_path)) == {}
    assert handout.section_of("chapter 14") == ""
