"""The report: all students, what needs a human first, states to filter by, everything escaped."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from papers import ASSIGNMENT, HOSTILE, a_class, paper

from autograder.grades import overrides, policy
from autograder.grades.policy import HandMark
from autograder.likeness.rank import Pair, Ranking
from autograder.pages import report


def rows(page: str) -> list[str]:
    return re.findall(r'<tr data-states="[^"]*">.*?</tr>', page)


def states(page: str, name: str) -> set[str]:
    (row,) = [row for row in rows(page) if f"feedback/{name}.html" in row]
    return set(re.findall(r'data-states="([^"]*)"', row)[0].split())


def test_urgent_students_come_first_and_all_are_in_the_table() -> None:
    page = report.page_of(a_class(), ASSIGNMENT)
    urgent = page[page.index('<ul class="look">') : page.index('<h2 id="scores">')]
    assert re.findall(r"feedback/(s\d+)", urgent) == ["s004", "s003", "s002", "s001"]
    assert "the reason" in urgent
    assert len(rows(page)) == 40
    assert "<strong>38</strong> graded" in page


def test_names_links_and_flags_are_escaped() -> None:
    page = report.page_of(a_class(), ASSIGNMENT, HOSTILE)
    assert page.count("<script>") == 1
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_a_submission_can_be_filtered_by_each_of_its_states() -> None:
    pair = Pair("s005", "s006", 0.9, False, "losses", {"losses": 0.93})
    results = a_class()
    change = overrides.Change("2026-03-01T10:00:00+00:00", "x", "s007", "losses", 20.0, None, "y")
    results[8] = replace(results[8], submission=replace(results[8].submission, late=True))
    late = replace(ASSIGNMENT, late=replace(ASSIGNMENT.late, per_day=10))
    grades = policy.grades_of(results, late, [change])
    page = report.page_of(results, late, grades=grades, likeness=Ranking((pair,), 0.6, (0, 1)))
    assert states(page, "s003") >= {"rejected", "waiting"}
    assert states(page, "s004") >= {"ungraded"}
    assert states(page, "s001") >= {"graded", "flagged"}
    assert states(page, "s005") & states(page, "s006") >= {"graded", "similar"}
    assert "changed" in states(page, "s007")
    assert "late" in states(page, "s008")
    assert "late, but the download does not say by how much" in page
    assert '<td class="number">0.90</td><td>losses</td>' in page


def test_grades_stand_beside_scores_and_are_blank_until_known() -> None:
    results = [paper("ada"), paper("bob", status="ungraded")]
    marks = {"ada": {"written_losses": HandMark(3.5), "written_latent": HandMark(5.0)}}
    grades = policy.grades_of(results, ASSIGNMENT, by_hand=marks)
    ada, bob = rows(report.page_of(results, ASSIGNMENT, grades=grades))
    assert '<td class="number" data-name="Score">90</td><td class="number" data-name="Grade">98.5</td>' in ada
    assert 'data-name="Score"></td><td class="number" data-name="Grade"></td>' in bob


@pytest.mark.parametrize(
    ("alike", "text"),
    [
        ([], "No two submissions share much unusual code"),
        ([Pair("ada", "bob", 0.9, True, "", {})], "the same file"),
        ([Pair("ada", "bob", 0.59, False, "", {})], "No two submissions share much unusual code"),
        ([Pair("ada", "bob", 0.9, False, "", {})] * (report.MOST_PAIRS + 2), "And 2 more pairs."),
    ],
)
def test_similarity_lists_the_pairs_that_stand_out(alike: list[Pair], text: str) -> None:
    likeness = Ranking(tuple(alike), 0.6, (0, 1))
    assert text in report.page_of([paper("ada"), paper("bob")], ASSIGNMENT, likeness=likeness)


def test_time_and_memory_name_the_student_with_the_maximum() -> None:
    page = report.page_of([paper("ada", seconds=2), paper("bob", seconds=9)], ASSIGNMENT)
    assert '<td class="number">9.0 s</td><td><bdi>Bob</bdi>' in page
    assert '<td class="number">109.0 MB</td><td><bdi>Bob</bdi>' in page


def test_the_page_shows_a_warning_of_a_result() -> None:
    result = replace(paper(), provenance={"warning": "no wall stood around it"})
    assert "no wall stood around it" in report.page_of([result], ASSIGNMENT)


def test_a_class_without_graded_submissions_has_a_report() -> None:
    page = report.page_of([paper("ada", status="ungraded")], ASSIGNMENT)
    assert "<strong>0</strong> graded" in page
