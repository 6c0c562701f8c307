"""The roster: which columns it may have, what is refused, and how names become ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.intake import roster, sheet
from autograder.intake.names import forms, id_of_group, safe_id, squeezed
from autograder.records.submission import Member


def load(tmp_path: Path, text: str, encoding: str = "utf-8") -> roster.Roster:
    (tmp_path / "class.csv").write_bytes(text.encode(encoding))
    return roster.load(tmp_path / "class.csv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name,id,email\nAda L,s1,a@x.org\n", Member("Ada L", "s1", "a@x.org")),
        ("First Name;Surname;ID number\r\nAda;L;s1\r\n", Member("L, Ada", "s1")),
        ("First Name,Last Name,SID,Email\nAda,L,s1,a@x.org\n", Member("L, Ada", "s1", "a@x.org")),
        (
            'Student,ID,SIS User ID,SIS Login ID,Section\n"    Points Possible",,,,\n'
            '"L, Ada",7,s1,a@x.org,A\n"Student, Test",9,,x,A\n',
            Member("L, Ada", "s1", "a@x.org", {"canvas_user": "7"}),
        ),
        (
            "LastName,FirstName,ID,Section\nL,Ada,7,A\n",
            Member("L, Ada", lms={"canvas_user": "7"}),
        ),
        (
            "Identifier,Full name,Email address\nParticipant 12,Ada L,a@x.org\n",
            Member("Ada L", "", "a@x.org", {"moodle_participant": "12"}),
        ),
    ],
)
def test_a_roster_may_be_hand_written_or_exported_by_an_lms(
    tmp_path: Path, text: str, expected: Member
) -> None:
    for encoding in ("utf-8", "utf-8-sig"):
        assert [entry.member for entry in load(tmp_path, text, encoding).entries] == [expected]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected a CSV with a header, got an empty file"),
        ("colour\nred\n", "expected a header with name, id or email, .* got 'colour'; add one"),
        ("name,id\nAda,s1\nBob,s1\n", "two rows have the id 's1': Ada and Bob; if they are one student"),
        ("name,email\nAda,A@x.org\nBob,a@x.org\n", "two rows have the email 'a@x.org'"),
        ("name,submitted\nAda,2026-03-01 12:00\n", "submitted: expected a time such as .*; add its offset"),
        ("name,submitted\nAda,yesterday\n", "submitted: expected a time such as .*, got 'yesterday'"),
    ],
)
def test_a_file_that_is_not_a_roster_is_refused_with_the_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(UsageError, match=rf"class\.csv: {reason}"):
        load(tmp_path, text)


def test_a_roster_that_is_missing_or_not_in_utf_8_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.csv: no such file; expected a CSV"):
        roster.load(tmp_path / "none.csv")
    with pytest.raises(UsageError, match=r"expected a CSV in UTF-8, got .*; save it as CSV UTF-8"):
        load(tmp_path, "name\nJosé\n", "latin-1")


def test_the_forms_in_which_lmss_write_a_name_compare_equal() -> None:
    assert squeezed("O'Brien, Siobhán-Ann") == squeezed("OBRIEN siobha\u0301nann") == "obriensiobhánann"
    assert squeezed("हिन्दी") == "हनद"  # vowel signs are marks, and some systems drop them
    assert forms("Doe, Jane") & forms("Jane Doe") == {"doejane", "janedoe"}
    assert forms("van der Berg, Jan") & forms("Jan van der Berg")


def test_ids_keep_letters_of_any_script_and_all_digits_of_their_numbers() -> None:
    assert safe_id("हिन्दी शर्मा", "7") == "हिन्दी_शर्मा-7"
    assert safe_id("../..", "../7") == "-7".strip("-")
    long = safe_id("学" * 80, "1234567")
    assert long.endswith("学-1234567")
    assert len(long.encode()) <= 100
    assert id_of_group(["s2", "s1"]) == "s1-s2"
    many = [f"student{n}@example.org" for n in range(9)]
    assert id_of_group(many) == id_of_group(many[::-1])
    assert len(id_of_group(many).encode()) <= 100


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\nname;id;email\nAda;s1;a@x\n",
        "name\tid\temail\nAda\ts1\ta@x\n",
        "Course ML101 - class list,,\n,,\nname,id,email\nAda,s1,a@x\n",
        "name,id,email\nAda,s1,a@x\nBob,N/A,-\nEve,n/a,-\n",
    ],
)
def test_what_spreadsheets_add_to_a_list_is_read_over(tmp_path: Path, text: str) -> None:
    ada = load(tmp_path, text).entries[0]
    assert ada.member == Member("Ada", "s1", "a@x")
    assert sheet.read(tmp_path / "class.csv").rows[ada.line][0] == "Ada"


@pytest.mark.parametrize("number", ["1.0715E+17", "1,0715E+17"])
def test_numbers_that_a_spreadsheet_rounded_are_refused(tmp_path: Path, number: str) -> None:
    text = f"Student;ID;Section\nAda;{number};A\nBob;{number};A\n"
    with pytest.raises(
        UsageError, match=r"expected whole numbers as canvas_user, got .*; export the file again"
    ):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["Lab A; Project 1", "Lab A"], [("Lab A; Project 1", "Lab A", "Project 1"), ("Lab A",)]),
        (["Ramp;D", "R&D", "D"], [("Ramp;D",), ("R&D",), ("D",)]),
        (["A;B", "A", "B"], [("A;B", "A", "B"), ("A",), ("B",)]),
        (["Lab A, Lab B", "Lab A", "Lab B"], [("Lab A, Lab B", "Lab A", "Lab B"), ("Lab A",), ("Lab B",)]),
        (
            ["Lab A, Day 1", "Lab A, Day 2", "Lab B, Day 1", "Lab B, Day 2"],
            [(f"{a}, {b}", a, b) for a in ("Lab A", "Lab B") for b in ("Day 1", "Day 2")],
        ),
        (["C, advanced", "C", "C, advanced"], [("C, advanced",), ("C",), ("C, advanced",)]),
        (["", "-", "Lab A"], [(), (), ("Lab A",)]),
    ],
)
def test_a_cell_may_list_several_groups_and_a_comma_may_be_part_of_a_name(
    tmp_path: Path, cells: list[str], expected: list[tuple[str, ...]]
) -> None:
    rows = "".join(f'Ada{n},s{n},"{cell}"\n' for n, cell in enumerate(cells))
    assert [entry.groups for entry in load(tmp_path, f"name,id,group\n{rows}").entries] == expected


def test_a_group_in_moodles_worksheet_is_one_whatever_it_is_called(tmp_path: Path) -> None:
    rows = (
        '"Participant 1",Ada,"A, B"\n"Participant 2",Bob,A\n"Participant 3",Cid,B\n"Participant 4",Dan,C; D\n'
    )
    entries = load(tmp_path, f"Identifier,Full name,Group\n{rows}").entries
    assert [entry.groups for entry in entries] == [("A, B",), ("A",), ("B",), ("C; D",)]


def test_a_student_may_have_a_row_for_each_group(tmp_path: Path) -> None:
    later = "2026-03-01T12:00:00+01:00"
    text = f"name,id,group,submitted\nAda,s1,Lab A,\nBob,s2,Lab A,\nAda,s1,Lab B,{later}\n"
    ada, bob = load(tmp_path, text).entries
    assert (ada.member, ada.groups, ada.submitted) == (Member("Ada", "s1"), ("Lab A", "Lab B"), later)
    assert bob.groups == ("Lab A",)
    with pytest.raises(UsageError, match="two rows have the id 's1': Ada and Eve; if they are one student"):
        load(tmp_path, text.replace("Ada,s1,Lab B", "Eve,s1,Lab B"))


@pytest.mark.parametrize("name", ["None", "Null", "Na", "nan", "Unknown"])
def test_a_student_may_be_called_by_a_word_for_nothing(tmp_path: Path, name: str) -> None:
    (whole,) = load(tmp_path, f"name,id,email,group\n{name},s1,{name},{name}\n").entries
    assert (whole.member, whole.groups) == (Member(name, "s1"), ())
    (alone,) = load(tmp_path, f"name\n{name}\n-\n").entries
    assert alone.member == Member(name)
    (parts,) = load(tmp_path, f"first name,last name,id\nJana,{name},N/A\n").entries
    assert parts.member == Member(f"{name}, Jana")
