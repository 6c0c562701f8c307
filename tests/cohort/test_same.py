"""Settling a doubtful join: told once, decided once, kept for results, later downloads and exports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from papers import ASSIGNMENT, paper

from autograder.cohort import same
from autograder.cohort.facts import Facts
from autograder.cohort.run import known_of
from autograder.errors import UsageError
from autograder.exports import canvas
from autograder.grades import attention, inventory
from autograder.grades.attention import Need
from autograder.intake import matching, roster
from autograder.records import results
from autograder.records.submission import Member, Submission, SubmissionInfo

BOOK = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Latent Space and Reconstruction Loss (7)\n"
    '    "Points Possible",,,,,100\n'
    '"Harris, Martin",71,h1,mh,A,\n"Roe, Rick",72,r1,rr,A,\n"Poe, Pam",73,p1,pp,A,\n'
)
FOUND = Submission("jr-71", "jr", "", "", members=(Member("jr", lms={"canvas_user": "71"}),))
RICK = Submission("roe-72", "roerick", "", "", members=(Member("roerick", lms={"canvas_user": "72"}),))


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    """A class of two from Canvas; one of them has another name in the gradebook."""
    (tmp_path / "gb.csv").write_text(BOOK)
    listed = roster.load(tmp_path / "gb.csv")
    joined, doubts = matching.join([FOUND, RICK], listed)
    for one in joined:
        info = SubmissionInfo(**{name: getattr(one, name) for name in SubmissionInfo.__dataclass_fields__})
        results.write(replace(paper(one.id), submission=info), tmp_path / "results" / f"{one.id}.json")
    made = Facts(tmp_path, ASSIGNMENT)
    members = [entry.member for entry in listed.entries]
    made.set_inventory(
        inventory.add(made.inventory, [], str(tmp_path / "gb.csv"), members, {}, doubts, ["jr-71", "roe-72"])
    )
    return made


def told(facts: Facts) -> dict[str, Need]:
    needs = attention.needs(facts.results(), facts.grades(), facts.inventory, {})
    return {need.what: need for need in needs if "roster" in need.what}


def test_a_doubt_is_told_once_with_both_sides_and_the_command(facts: Facts) -> None:
    assert {what: need.names for what, need in told(facts).items()} == {
        "perhaps on the roster": ("jr-71 = Harris, Martin (h1)? same number, other name",),
        "on the roster, handed in nothing": ("Poe, Pam",),
    }
    assert told(facts)["perhaps on the roster"].next == "autograder same OUT SUBMISSION STUDENT"


def test_a_decision_counts_at_once_and_for_later_downloads_and_exports(facts: Facts) -> None:
    settled = same.settle(facts, "jr-71", ["Martin Harris"])
    assert [m.id for m in settled.students] == ["h1"]
    assert "perhaps on the roster" not in told(facts)
    fresh = Facts(facts.out, ASSIGNMENT)
    filled = canvas.fill(
        facts.out / "gb.csv", fresh.results(), fresh.grades(written=False), ASSIGNMENT.title, scaled=True
    )
    assert (filled.written, filled.unmatched) == (2, [])
    later, doubts = matching.join([FOUND, RICK], roster.load(facts.out / "gb.csv"), known_of(fresh).same)
    assert ([m.id for s in later for m in s.members], doubts) == (["h1", "r1"], ())


def test_a_group_may_have_several_students(facts: Facts) -> None:
    settled = same.settle(facts, "jr-71", ["h1", "p1"])
    assert [m.name for m in settled.students] == ["Harris, Martin", "Poe, Pam"]
    assert facts.one("p1").submission.id == "jr-71"
    assert facts.one("jr-71").submission.student == "jr"


def test_a_decision_can_be_taken_back_and_made_anew(facts: Facts) -> None:
    before = facts.one("jr-71")
    same.settle(facts, "jr-71", ["p1"])
    same.settle(facts, "jr-71", ["h1"])
    assert same.settle(facts, "jr-71", ["back"]).students == ()
    assert facts.one("jr-71") == before
    assert known_of(Facts(facts.out, ASSIGNMENT)).same == {}


def test_a_decision_that_cannot_be_right_is_refused(facts: Facts, tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"^Roe, Rick \(r1\): expected a student without work, got the one who h"
    ):
        same.settle(facts, "jr-71", ["r1"])
    with pytest.raises(UsageError, match=r"^no student 'Zed' in .*gb\.csv$"):
        same.settle(facts, "jr-71", ["Zed"])
    facts.set_inventory(inventory.Inventory())
    with pytest.raises(
        UsageError, match="expected a class with a roster, got none; grade it with --roster FILE"
    ):
        same.settle(facts, "jr-71", ["h1"])
