"""Classes from Brightspace, Blackboard, GitHub Classroom, ILIAS and by hand: nobody is graded for another."""

from __future__ import annotations

import re
from pathlib import Path

import classroom
import pytest

from autograder.errors import UsageError
from autograder.intake import finding
from autograder.intake.finding import Intake
from autograder.records.assignment import Assignment, Limits
from autograder.records.origin import Kind
from autograder.records.submission import Submission

ASSIGNMENT = Assignment("lab", "T", ("lab.ipynb", "lab.py"), (), (), Limits())
ADA, BO, CY = b"who = 'ada'\n", b"who = 'bo'\n", b"who = 'cy'\n"
BRIGHTSPACE = {
    "7-11 - Mary-Ann Ito - Sep 24, 2026 920 PM/lab.py": ADA,
    "7-12 - Bo Li - Sep 24, 2026 921 PM/src/lab.py": BO,
    "7-13 - Cy - 2nd - 24 September, 2026 1021 AM/my.ipynb.zip": classroom.zipped({"lab.py": CY}),
    "index.html": b"<html>",
}
BLACKBOARD = {
    "Lab 1_ada_ito_attempt_2026-09-24-21-20-33_lab.py": ADA,
    "Lab 1_ada_ito_attempt_2026-09-24-21-20-33.txt": b"Name: Ada Ito (ada_ito)\nName: Bo Li (ito)\n",
    "Lab 1_bli_attempt_2026-09-24-21-21-33_lab.py": BO,
    "Lab 1_cy7_attempt_2026-09-24-21-22-33_lab.py": CY,
    "Lab 1_cy7_attempt_2026-09-24-21-22-33.txt": b"Name: Ada Ito (ada_ito)\n",
}
CLASSROOM = {
    "lab-09-24-2026/ada/lab.py": ADA,
    "lab-09-24-2026/ada/README.md": b"#",
    "lab-09-24-2026/bo/lab.py": BO,
    "lab-09-24-2026/bo/.git/x.py": b"y = 1\n",
    "lab-09-24-2026/cy-dahl/lab.py": CY,
}
ILIAS = {
    "Lab1_999/Abgaben/Ito_Ada_ada.i_0/lab.py": ADA,
    "Lab1_999/Abgaben/Li_Bo_b_li_1/lab.py": BO,
    "Lab1_999/Abgaben/Dahl_Cy_cy d_2/lab.py": CY,
}
FOLDERS = {
    "class/Ada Ito/lab.py": ADA,
    "class/Bo, Li/x/lab.py": BO,
    "class/Cy/lab.py": CY,
    "class/list.txt": b"",
}
FILES = {"ada.py": ADA, "bo.ipynb.txt": b'{"cells": []}', "cy.zip": classroom.zipped({"lab.py": CY})}


def zipped(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "class.zip"
    path.write_bytes(classroom.zipped(files))
    return path


def unzipped(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / "class"


def by_id(intake: Intake) -> dict[str, Submission]:
    return {submission.id: submission for submission in intake.submissions}


@pytest.mark.parametrize(
    ("kind", "files", "expected"),
    [
        (
            "brightspace",
            BRIGHTSPACE,
            {"Mary-Ann_Ito-7-11": "Mary-Ann Ito", "Bo_Li-7-12": "Bo Li", "Cy_-_2nd-7-13": "Cy - 2nd"},
        ),
        ("blackboard", BLACKBOARD, {"ada_ito": "Ada Ito", "bli": "bli", "cy7": "cy7"}),
        ("classroom", CLASSROOM, {"ada": "ada", "bo": "bo", "cy-dahl": "cy-dahl"}),
        (
            "ilias",
            ILIAS,
            {"Ada_Ito-ada.i": "Ada Ito", "Li_Bo_b_li_1": "Li_Bo_b_li_1", "Cy_Dahl-cy_d": "Cy Dahl"},
        ),
    ],
)
@pytest.mark.parametrize("make", [zipped, unzipped])
def test_a_class_of_an_lms_is_recognised_and_each_student_has_their_own_work(
    kind: str, files: dict[str, bytes], expected: dict[str, str], make: object, tmp_path: Path
) -> None:
    intake = finding.collect([make(tmp_path, files)], ASSIGNMENT)  # type: ignore[operator]
    assert intake.sources[0].seen == f"a download from {kind}"
    submissions = by_id(intake)
    assert {name: s.student for name, s in submissions.items()} == expected
    codes = [submissions[name].cells[0].source.encode() for name in expected]
    assert codes == [ADA, BO, CY]
    assert all(finding.reopen(s, ASSIGNMENT)[1] == s.cells[0].source for s in submissions.values())


@pytest.mark.parametrize("files", [FOLDERS, FILES, CLASSROOM, ILIAS])
@pytest.mark.parametrize("make", [zipped, unzipped])
def test_any_class_is_read_by_its_folders_and_files_if_staff_say_so(
    files: dict[str, bytes], make: object, tmp_path: Path
) -> None:
    intake = finding.collect([make(tmp_path, files)], ASSIGNMENT, kind="folders")  # type: ignore[operator]
    assert intake.sources[0].seen == "a class in folders"
    codes = [s.cells[0].source.encode() for s in intake.submissions if s.cells]
    assert sorted(codes) == sorted([ADA, CY] if files is FILES else [ADA, BO, CY])
    assert len(intake.submissions) == 3
    assert [r.name for s in intake.sources for r in s.unmatched] == ["class/list.txt"] * (files is FOLDERS)
    if files is FOLDERS:
        assert [s.student for s in intake.submissions] == ["Ada Ito", "Bo, Li", "Cy"]


@pytest.mark.parametrize("files", [FOLDERS, FILES, {"x/draft/lab.py": ADA, "x/final/lab.py": BO}])
def test_a_zip_that_may_be_a_class_or_one_students_work_is_asked_about(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    path = zipped(tmp_path, files)
    message = (
        r"class\.zip: expected one student's work or a download, got work in [23] places \(.*\); if each is "
        r"a student's, add --from folders; if all are one student's, add --from plain$"
    )
    with pytest.raises(UsageError, match=message):
        finding.collect([path], ASSIGNMENT)
    (one,) = finding.collect([path], ASSIGNMENT, kind="plain").submissions
    assert one.cells == ()


def test_a_folder_that_holds_only_the_folder_of_a_class_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = unzipped(tmp_path / "in", {name.removeprefix("class/"): data for name, data in FOLDERS.items()})
    with pytest.raises(
        UsageError, match=r"in: expected one student's work .* 3 places \(Ada Ito, Bo, Li, Cy\)"
    ):
        finding.collect([path.parent], ASSIGNMENT)
    assert len(finding.collect([path], ASSIGNMENT).submissions) == 3


@pytest.mark.parametrize(
    "files",
    [
        {"work/lab.py": ADA},
        {"lab.py": ADA, "data/load.py": BO, "kit.zip": b"PK"},
        {"work/lab-Copy1.ipynb": b"{}", "work/x.py": BO},
        {"notes.txt": b""},
    ],
)
def test_one_students_zip_is_one_piece_of_work(files: dict[str, bytes], tmp_path: Path) -> None:
    intake = finding.collect([zipped(tmp_path, files)], ASSIGNMENT)
    assert (intake.sources[0].seen, len(intake.submissions)) == ("one piece of work", 1)


@pytest.mark.parametrize(
    ("kind", "files", "reason"),
    [
        ("brightspace", {"lost.py": ADA}, "its name is not one that Brightspace gives"),
        ("blackboard", {"lost.py": ADA}, "its name is not one that Blackboard gives"),
        (
            "blackboard",
            {"Lab_zoe_attempt_2026-09-24-21-20-33.txt": b"Name: Zoe (zoe)\n"},
            "this attempt has no file",
        ),
        ("classroom", {"lost.py": ADA}, "it is in no student's folder"),
        ("ilias", {"lost.py": ADA}, "it is in no student's folder"),
    ],
)
def test_a_file_that_matches_no_student_is_reported(
    kind: Kind, files: dict[str, bytes], reason: str, tmp_path: Path
) -> None:
    every = {"brightspace": BRIGHTSPACE, "blackboard": BLACKBOARD, "classroom": CLASSROOM, "ilias": ILIAS}[
        kind
    ]
    intake = finding.collect([zipped(tmp_path, {**every, **files})], ASSIGNMENT, kind=kind)
    assert [r.why.startswith(reason) for s in intake.sources for r in s.unmatched] == [True]


def test_the_newest_hand_in_counts_and_the_students_page_names_the_older(tmp_path: Path) -> None:
    again = {"7-11 - Mary-Ann Ito - Sep 25, 2026 110 AM/lab.py": BO}
    submissions = by_id(finding.collect([zipped(tmp_path, {**again, **BRIGHTSPACE})], ASSIGNMENT))
    assert submissions["Mary-Ann_Ito-7-11"].cells[0].source.encode() == BO
    assert submissions["Mary-Ann_Ito-7-11"].notes == (
        "the newest of several hand-ins was graded; older: Sep 24, 2026 920 PM",
    )
    again = {"Lab 1_bli_attempt_2026-09-25-01-10-00_lab.py": CY}
    submissions = by_id(finding.collect([zipped(tmp_path, {**again, **BLACKBOARD})], ASSIGNMENT))
    assert submissions["bli"].cells[0].source.encode() == CY
    assert submissions["bli"].notes == (
        "the newest of several attempts was graded; older: Lab 1_bli_attempt_2026-09-24-21-21-33_lab.py",
    )


def test_hand_ins_whose_times_cannot_be_read_are_candidates(tmp_path: Path) -> None:
    again = {"7-11 - Mary-Ann Ito - le 25 sept. 2026 01h10/lab.py": BO}
    submissions = by_id(finding.collect([zipped(tmp_path, {**again, **BRIGHTSPACE})], ASSIGNMENT))
    assert sorted(submissions["Mary-Ann_Ito-7-11"].candidates) == sorted([*again, next(iter(BRIGHTSPACE))])


def test_several_files_of_one_blackboard_attempt_are_candidates(tmp_path: Path) -> None:
    notebook = b'{"cells": [{"cell_type": "code", "source": "x = 3"}]}'
    more = {"Lab 1_bli_attempt_2026-09-24-21-21-33_lab.ipynb": notebook}
    path = zipped(tmp_path, {**more, **BLACKBOARD})
    assert list(by_id(finding.collect([path], ASSIGNMENT))["bli"].candidates) == ["lab.ipynb", "lab.py"]
    one = by_id(finding.collect([path], ASSIGNMENT))["bli"]
    assert one.waiting


def test_blackboard_students_are_told_apart_though_titles_and_usernames_contain_underscores(
    tmp_path: Path,
) -> None:
    when = "attempt_2026-09-24-21-20-33"
    files = {
        f"Lab_1_a_ito_{when}_lab.py": ADA,
        f"Lab_1_ito_{when}_lab.py": BO,
        f"Lab_1_b_ito_{when}_lab.py": CY,
    }
    alone = by_id(finding.collect([zipped(tmp_path, files)], ASSIGNMENT))
    assert sorted(alone) == ["Lab_1_a_ito", "Lab_1_b_ito", "Lab_1_ito"]
    assert [member.id for s in alone.values() for member in s.members] == ["", "", ""]
    told = {f"Lab_1_ito_{when}.txt": b"Name: Al Ito (ito)\r\nAssignment: Lab 1\r\n"}
    ids = by_id(finding.collect([zipped(tmp_path, {**files, **told})], ASSIGNMENT))
    assert {name: s.student for name, s in ids.items()} == {
        "a_ito": "a_ito",
        "b_ito": "b_ito",
        "ito": "Al Ito",
    }
    told = {f"Lab_1_a_ito_{when}.txt": b"Name: x (x)\nAssignment: Lab_1\n\nName: Al Ito (ito)\n"}
    ids = by_id(finding.collect([zipped(tmp_path, {**files, **told})], ASSIGNMENT))
    assert list(ids) == ["a_ito", "b_ito", "ito"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("ilias", "Lab1_999/Abgaben/Ito_Ada_ada_7/lab.py"),
        ("ilias", "Lab1_999/Abgaben/______ada_7/lab.py"),
        ("classroom", "lab-09-24-2026/ada/lab.py"),
    ],
)
@pytest.mark.parametrize("make", [zipped, unzipped])
def test_a_download_with_the_work_of_one_student_is_asked_about(
    make: object, kind: Kind, name: str, tmp_path: Path
) -> None:
    path = make(tmp_path, {name: ADA})  # type: ignore[operator]
    folder = re.escape(name.removesuffix("lab.py"))
    message = rf"got names that fit both \({folder}…\); if it is a download, add --from {kind}; if a student"
    with pytest.raises(UsageError, match=message):
        finding.collect([path], ASSIGNMENT)
    (one,) = finding.collect([path], ASSIGNMENT, kind=kind).submissions
    assert "ada" in one.id
    (one,) = finding.collect([path], ASSIGNMENT, kind="plain").submissions
    assert "ada" not in one.id


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"class/Ada/lab.py": ADA}, "class/Ada"),
        ({"class/Ada/lab.py": ADA, "class/Ada/lab (1).py": BO}, "class/Ada"),
        ({"Work/Ada/Lab/Version 1/lab.py": ADA, "Work/Ada/Lab/Version 2/x.py": BO}, "Work/Ada/Lab"),
        ({"ada.py": ADA}, "ada.py"),
    ],
)
def test_a_class_of_one_is_refused_because_no_name_tells_the_student(
    files: dict[str, bytes], where: str, tmp_path: Path
) -> None:
    message = (
        rf"folders or files of at least two students, got all work in {where}, .* own folder or file: --from"
    )
    with pytest.raises(UsageError, match=message):
        finding.collect([zipped(tmp_path, files)], ASSIGNMENT, kind="folders")


def test_an_empty_zip_is_no_class(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected a download from folders, got no file name in its format"):
        finding.collect([zipped(tmp_path, {})], ASSIGNMENT, kind="folders")


def test_a_student_without_work_shows_where_the_students_folders_are(tmp_path: Path) -> None:
    files = {"class/Ada/lab.py": ADA, "class/Bo/report.pdf": b"%PDF"}
    found = by_id(finding.collect([zipped(tmp_path, files)], ASSIGNMENT, kind="folders"))
    assert sorted(found) == ["Ada", "Bo"]
    assert found["Bo"].rejected


LOGINS = "name,id,login\nLi Lei,s1,lei\nÖdegård Bjørn,s2,b_o\nGarcía José,s3,o\nMo Ann,s4,ann\n"


def test_an_ilias_folder_in_ascii_joins_by_a_login_on_the_roster_that_its_name_fits(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text(LOGINS.replace("Li Lei", "李 雷"), encoding="utf-8")
    files = {
        "Lab1_999/Abgaben/_______lei_1/lab.py": ADA,
        "Lab1_999/Abgaben/Odegard_Bjorn_b_o_2/lab.py": BO,
        "Lab1_999/Abgaben/Mo_Ann_ann_3/lab.py": CY,
        "Lab1_999/Abgaben/Other_One_x_ann_4/lab.py": b"who = 'nobody'\n",
    }
    intake = finding.collect([zipped(tmp_path, files)], ASSIGNMENT, roster_at=tmp_path / "class.csv")
    assert intake.sources[0].seen == "a download from ilias"
    joined = {s.cells[0].source.encode(): s.members[0].id for s in intake.submissions}
    assert joined == {ADA: "s1", BO: "s2", CY: "s4", b"who = 'nobody'\n": ""}
