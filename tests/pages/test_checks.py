"""The page on who lost each check: groups by cause, the largest first, with links, everything escaped."""

from __future__ import annotations

import re
from dataclasses import replace

from papers import ASSIGNMENT, HOSTILE, a_class, check, paper

from autograder.grades import rulings
from autograder.grades.policy import grades_of
from autograder.grades.rulings import Ruling
from autograder.pages import checks, report
from autograder.records.results import Fault, Result

SWAPPED = Fault("not what was expected", "the arguments are swapped", None, "expected 1, got 2")


def lost_by(name: str, fault: Fault, because: str = "") -> Result:
    """A result that lost `losses.bce` for this fault."""
    changed = replace(check("losses.bce", True, fault), because=because)
    return replace(
        paper(name), checks=tuple(changed if c.id == changed.id else c for c in paper(name).checks)
    )


def test_those_who_lost_a_check_are_grouped_by_cause_the_largest_group_first() -> None:
    other = replace(SWAPPED, cause=None, what="the result is no number", detail="")
    results = [lost_by("ada", other), lost_by("bob", SWAPPED), paper("eve"), lost_by("tom", SWAPPED)]
    (lost,) = checks.lost(results)
    assert (lost.item.check.id, lost.item.passed, lost.item.seen) == ("losses.bce", 1, 4)
    assert [(g.why, [s.id for s in g.students], g.details) for g in lost.groups] == [
        ("the arguments are swapped", ["bob", "tom"], (("expected 1, got 2", 2),)),
        ("the result is no number", ["ada"], ()),
    ]


def test_a_check_that_was_not_tried_names_what_stopped_it() -> None:
    (lost,) = checks.lost([lost_by("ada", SWAPPED, because="losses.mse")])
    assert lost.groups[0].why == "not tried, because `losses.mse` failed"


def test_every_link_of_the_report_to_a_check_has_a_section() -> None:
    results = a_class()
    links = re.findall(r'href="checks\.html#([^"]+)"', report.page_of(results, ASSIGNMENT))
    assert len(links) == 4
    assert set(links) == set(re.findall(r'<h2 id="([^"]+)">', checks.page_of(results, ASSIGNMENT)))


def test_names_and_details_are_escaped() -> None:
    hostile = lost_by("ada", replace(SWAPPED, detail=HOSTILE, cause=HOSTILE))
    page = checks.page_of(
        [replace(hostile, submission=replace(hostile.submission, student=HOSTILE))], ASSIGNMENT
    )
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 3


def test_a_ruling_stands_with_its_check_and_a_class_without_losses_says_so() -> None:
    ruling = Ruling("2026-03-05T10:00:00+00:00", "Tara", "losses.bce", "drop", "it was wrong")
    results = [lost_by("ada", SWAPPED)]
    grades = grades_of(results, ASSIGNMENT, ruled=rulings.standing([ruling]))
    assert "losses.bce dropped for everyone by Tara" in checks.page_of(results, ASSIGNMENT, grades)
    assert "Nobody lost a check." in checks.page_of([paper("ada")], ASSIGNMENT)
