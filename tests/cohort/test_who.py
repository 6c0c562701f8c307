"""Who is meant: a whole name beats a part, and a part must be the only one in the class and the roster."""

from __future__ import annotations

import pytest

from autograder.cohort import who
from autograder.errors import UsageError
from autograder.records.submission import Member, SubmissionInfo

HANNAH = Member("Berg, Hannah", "h1", "hb@x.org", {"canvas_user": "401"})
ANNA = Member("Anna Falk", "a1")
ROSTER = (HANNAH, ANNA, Member("Olu Ade", "o1"))


def work(name: str, *members: Member) -> SubmissionInfo:
    return SubmissionInfo(name, members[0].name, "", "", members=members)


CLASS = [
    work("hannah-401", HANNAH),
    work("ann", Member("Ann Ray", "r9")),
    work("o1x", Member("Olu Ade", "o1")),
]


@pytest.mark.parametrize(
    "text", ["hannah-401", "401", "h1", "HB@x.org", "Hannah Berg", "berg, hannah", "annah"]
)
def test_a_whole_id_number_email_or_name_or_the_only_part_finds_a_student(text: str) -> None:
    assert who.one(text, CLASS, ROSTER, "graded").id == "hannah-401"


def test_a_whole_name_beats_a_part_of_another() -> None:
    assert who.one("ann", CLASS, ROSTER, "graded").id == "ann"
    assert who.one("o1", CLASS, ROSTER, "graded").id == "o1x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "anna",
            r"^'anna' matches several students; name one of hannah-401, Anna Falk \(a1\) \(handed in noth",
        ),
        ("Anna Falk", r"^Anna Falk \(a1\) is on the roster, but handed in nothing in graded$"),
        ("olla", r"^no student 'olla' in graded$"),
        ("hanah", r"^no student 'hanah' in graded; did you mean "),
    ],
)
def test_nobody_is_guessed(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        who.one(text, CLASS, ROSTER, "graded")


def test_a_row_of_the_roster_is_found_by_the_same_rules() -> None:
    assert who.row("Hannah Berg", ROSTER, "class.csv") == HANNAH
    assert who.row("falk", ROSTER, "class.csv") == ANNA
    with pytest.raises(
        UsageError, match=r"^'a' matches several students in class.csv: .*; name one by id or email$"
    ):
        who.row("a", ROSTER, "class.csv")
    with pytest.raises(UsageError, match=r"^no student 'Ana Falk' in class.csv; did you mean 'Anna Falk'\?$"):
        who.row("Ana Falk", ROSTER, "class.csv")
