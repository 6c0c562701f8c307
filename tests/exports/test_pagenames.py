"""Names of feedback pages: every LMS files each page with the student whose work it is, or it is left out."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import classroom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from papers import paper

from autograder.errors import UsageError
from autograder.exports import pagenames
from autograder.intake import canvas, matching, roster
from autograder.intake.archive import File
from autograder.intake.sheet import Sheet
from autograder.records.assignment import Assignment, Limits
from autograder.records.results import Result
from autograder.records.submission import Member, Submission, SubmissionInfo

ASSIGNMENT = Assignment("scratch", "T", ("f.py",), (), (), Limits())
HEAD = "Identifier,Full name,ID number,Email address,Group,Grade,Last modified (grade)\n"


def result(name: str, source: str, *members: Member, **lms: str) -> Result:
    info = SubmissionInfo(name, members[0].name, source, "", members=members, lms=lms)
    return replace(paper(name), submission=info)


def participant(name: str, number: str) -> Member:
    return Member(name, lms={"moodle_participant": number})


def filed_by_moodle(path: str, participants: Collection[str]) -> tuple[str, str] | None:
    """The participant and the file name that Moodle's importer reads from a path in the zip."""
    parts = path.split("/")
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) >= 4 and info[1] in participants and info[2:4] == ["assignfeedback", "file"]:
            return info[1], "/".join([*info[4:], *parts]).strip("/")
    return None


def filed_by_canvas(name: str) -> tuple[str, str]:
    """The user and the attachment that Canvas reads from a file name that it gets back."""
    parts = [part for part in name.split("_") if part != "LATE"]
    if parts[0] == "anon":
        return parts[1], parts[2]
    user, attachment = [part for part in parts if re.fullmatch("[0-9]+", part)][:2]
    return user, attachment


@pytest.fixture
def worksheet(tmp_path: Path) -> Path:
    """A worksheet in which the number of a group, 15, is a student's number."""
    path = tmp_path / "worksheet.csv"
    rows = [
        '"Participant 8","Zoë Müller",s1,zoe@example.org,Lab A,,-',
        '"Participant 15","Seán O\'Brien",s2,sean@example.org,Lab B,,-',
        '"Participant 16","A_b / c",s3,ab@example.org,Lab A,,-',
    ]
    path.write_text("\ufeff" + HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return path


ZOE, SEAN = participant("Zoë Müller", "8"), participant("Seán OBrien", "15")


def test_moodle_gets_the_folder_of_its_own_download(worksheet: Path) -> None:
    results = [
        result("zoe", "/w/class.zip/Zoë Müller_8_assignsubmission_file/f.py", ZOE),
        result("sean", "/w/class.zip/Seán OBrien_15_assignsubmission_file_/f.py", SEAN),
    ]
    assert pagenames.for_moodle(worksheet, results) == pagenames.Named(
        {
            "Zoë Müller_8_assignfeedback_file/feedback.html": "zoe",
            "Seán OBrien_15_assignfeedback_file_/feedback.html": "sean",
        }
    )


def test_every_member_of_a_group_gets_the_page_by_number_and_nobody_by_the_groups(worksheet: Path) -> None:
    members = (ZOE, participant("A_b / c", "16"))
    team = result("lab", "/w/labs.zip/Lab A_15_assignsubmission_file/f.py", *members)
    pages = pagenames.for_moodle(worksheet, [team]).pages
    assert {filed_by_moodle(path, ("8", "15", "16")) for path in pages} == {
        ("8", "feedback.html"),
        ("16", "feedback.html"),
    }
    assert set(pages.values()) == {"lab"}


def test_a_group_that_the_worksheet_lacks_is_left_out_though_a_student_has_its_number(
    worksheet: Path,
) -> None:
    team = result("lab", "/w/labs.zip/Lab C_15_assignsubmission_file/f.py", participant("Lab C", "15"))
    why = "lab: Lab C has no row in the file; perhaps row 3, Seán O'Brien: same number, other name"
    assert pagenames.for_moodle(worksheet, [team]) == pagenames.Named({}, (why,))


def test_a_group_that_no_roster_named_has_the_members_that_the_worksheet_names(worksheet: Path) -> None:
    team = result("lab", "/w/labs.zip/Lab A_15_assignsubmission_file/f.py", participant("Lab A", "15"))
    named = pagenames.for_moodle(worksheet, [team])
    assert [filed_by_moodle(page, ("8", "15", "16")) for page in named.pages] == [
        ("8", "feedback.html"),
        ("16", "feedback.html"),
    ]


def test_a_class_marked_blind_keeps_its_blind_folders(worksheet: Path) -> None:
    blind = participant("Participant", "8")
    one = result("p8", "/w/blind.zip/Participant_8_assignsubmission_file", blind)
    assert list(pagenames.for_moodle(worksheet, [one]).pages) == [
        "Participant_8_assignfeedback_file/feedback.html"
    ]


def test_a_row_without_a_number_gets_no_page(worksheet: Path) -> None:
    worksheet.write_text(worksheet.read_text("utf-8").replace("Participant 15", "Participant"), "utf-8")
    someone = result("sean", "sean.py", Member("Seán O'Brien", "s2"))
    assert pagenames.for_moodle(worksheet, [someone]).left_out == (
        "sean: Seán O'Brien has no number in the worksheet",
    )


def test_a_sheet_that_is_not_moodles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("name,id\nZoë,s1\n", "utf-8")
    message = r"expected Moodle's grading worksheet with Identifier, got name, id; name it: --template$"
    with pytest.raises(UsageError, match=message):
        pagenames.for_moodle(tmp_path / "list.csv", [])


PEOPLE = st.lists(st.text("a7_8/\\.~ é<:李", max_size=8), min_size=1, max_size=4)
PLACES = st.sampled_from(["", "{}_{}_assignsubmission_file/f.py", "7_8_{}_{}_assignsubmission_onlinetext_"])


@given(PEOPLE, PLACES)
def test_moodle_files_every_page_with_its_student_whatever_the_name(
    tmp_path_factory: pytest.TempPathFactory, people: list[str], place: str
) -> None:
    path = tmp_path_factory.mktemp("class") / "worksheet.csv"
    ids = {str(number): name for number, name in enumerate(people, start=7)}
    rows = [(f"Participant {n}", name, f"s{n}", "", "", "", "-") for n, name in ids.items()]
    path.write_text(HEAD + classroom.written(rows), "utf-8")
    results = [
        result(
            n, place.format(name.replace("/", ""), n), Member(name, f"s{n}", "", {"moodle_participant": n})
        )
        for n, name in ids.items()
    ]
    named = pagenames.for_moodle(path, results)
    assert {filed_by_moodle(page, ids): of for page, of in named.pages.items()} == {
        (n, "feedback.html"): n for n in ids
    }


def from_canvas(*names: str) -> list[Result]:
    """Results of submissions with these names, as intake reads them."""
    files = [File(name, f"/w/class.zip/{name}", 0.0, bytes) for name in names]
    return [replace(paper(h.who.id), submission=h.who) for h in canvas.read(files, ASSIGNMENT, {}).handins]


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("doejane_40_900_f.py", ("40", "900")),
        ("doejane_LATE_40_900_my_1_2.ipynb", ("40", "900")),
        ("anon_Ab3_900_f.py", ("Ab3", "900")),
        ("LATE_anon_Ab3_900_f.py", ("Ab3", "900")),
        ("李雷_40_900_f-1.py", ("40", "900")),
    ],
)
def test_canvas_finds_the_student_by_the_name_of_its_download(name: str, whose: tuple[str, str]) -> None:
    (path,) = pagenames.for_canvas(from_canvas(name)).pages
    assert (path, filed_by_canvas(path)) == (f"{name}.html", whose)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("doejane_40_text.html", "not a file uploaded in Canvas, which takes nothing else back"),
        ("eve_7_x_40_900_f.py", "Canvas would not find the student by 'eve_7_x_40_900_f.py'; attach the"),
        ("ray_17_40_1_900_f.py", "Canvas would not find the student by 'ray_17_40_1_900_f.py'; attach the"),
        ("doe41_question_12_900_f.py", "not a file uploaded in Canvas, which takes nothing else back"),
        ("doejane_40_900_link.py", "Canvas would not find the student by 'doejane_40_900_link.py'; attach"),
    ],
)
def test_what_canvas_would_misread_is_left_out_with_the_reason(name: str, why: str) -> None:
    named = pagenames.for_canvas(from_canvas(name))
    assert named.pages == {}
    assert why in named.left_out[0]


def test_work_that_is_not_from_canvas_is_left_out() -> None:
    named = pagenames.for_canvas([result("ada", "/w/doejane_40_900_f.py", Member("Ada"))])
    assert named.left_out == ("ada: not a file uploaded in Canvas, which takes nothing else back",)


def test_a_group_of_canvas_gets_its_page_by_the_member_whose_number_canvas_gave() -> None:
    (team,) = from_canvas("projectgroup1_40_900_f.py")
    names = "name,id,group\nZoë,s1,Project Group 1\nSeán,s2,Project Group 1\n"
    rows = [line.split(",") for line in names.splitlines()]
    listed = roster.of_sheet(Path("own.csv"), Sheet(rows))
    (joined,) = matching.join([Submission(**vars(team.submission))], listed)[0]
    assert [member.name for member in joined.members] == ["Zoë", "Seán"]
    named = pagenames.for_canvas([replace(team, submission=joined)])
    assert list(named.pages) == ["projectgroup1_40_900_f.py.html"]


def test_a_roster_that_gives_another_number_than_the_name_leaves_the_page_out() -> None:
    (one,) = from_canvas("doejane_40_900_f.py")
    other = replace(one.submission, members=(Member("Doe, Jane", lms={"canvas_user": "41"}),))
    assert pagenames.for_canvas([replace(one, submission=other)]).pages == {}


PARTS = st.lists(st.sampled_from(["eve", "anon", "LATE", "link", "7", "40", "900", "李", "f.py"]), max_size=7)


@given(PARTS.map("_".join))
def test_a_page_named_for_canvas_never_reaches_anybody_but_its_student(name: str) -> None:
    for one in from_canvas(name):
        for path in pagenames.for_canvas([one]).pages:
            lms = one.submission.members[0].lms
            user = lms.get("canvas_user") or lms["canvas_anonymous"].removeprefix("anon_")
            assert filed_by_canvas(path) == (user, one.submission.lms["canvas_attachment"])


GROUP = result("pair-1", "", Member("Ada", "s1", "ada@x.org"), Member("Bob", "s2"))


def test_a_folder_has_a_page_for_every_student_named_by_the_pattern() -> None:
    assert dict(pagenames.for_folder([GROUP]).pages) == {
        "Ada-pair-1.html": "pair-1",
        "Bob-pair-1.html": "pair-1",
    }
    assert list(pagenames.for_folder([GROUP], "{student_id} {student}").pages) == [
        "s1_Ada.html",
        "s2_Bob.html",
    ]
    assert list(pagenames.for_folder([paper("zoë")]).pages) == ["Zoë-zoë.html"]


@pytest.mark.parametrize("name", ["../../{student}", "/tmp/{student}", "..\\{student}", "{student}\n"])
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    for path in pagenames.for_folder([GROUP], name).pages:
        assert re.fullmatch(r"\w[\w-]*\.html", path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "{login}",
            r"--name: expected \{student\}, \{student_id\}, \{email\}, \{id\}, got \{login\}; change",
        ),
        (
            "{id}",
            r"--name: expected another name for each student, got pair-1\.html for Ada and Bob; "
            r"add \{student\}, \{student_id\} or \{email",
        ),
        (
            "{student}-{email}",
            r"--name: expected \{email\} of every student, got none of Bob \(pair-1\); lea",
        ),
    ],
)
def test_a_pattern_that_does_not_fit_is_refused(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        pagenames.for_folder([GROUP], name)


def test_names_that_differ_only_in_case_are_refused() -> None:
    with pytest.raises(UsageError, match=r"got ADA\.html for ada and ADA; add"):
        pagenames.for_folder([paper("1", "ada"), paper("2", "ADA")], "{student}")
