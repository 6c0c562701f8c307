"""Downloads from every LMS: only the names that the LMS gives decide which student handed in what."""

from __future__ import annotations

from pathlib import Path

import classroom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.errors import RejectedError, UsageError
from autograder.intake import finding
from autograder.intake.finding import Intake
from autograder.records.assignment import Assignment, Limits
from autograder.records.choices import Choice
from autograder.records.submission import Member, Submission

ASSIGNMENT = Assignment("latent_space", "T", ("latent_space.ipynb", "latent_space.py"), (), (), Limits())
CODE = b"x = 1\n"
WORK = ("latent_space.py", CODE)
CLASS = classroom.people(40)


def taken(path: Path, files: dict[str, bytes], *, packed: bool = True, **how: object) -> Intake:
    """Return the intake of a download of `files`, zipped or unpacked."""
    if packed:
        (path / "download.zip").write_bytes(classroom.zipped(files))
        return finding.collect([path / "download.zip"], ASSIGNMENT, **how)  # type: ignore[arg-type]
    for name, data in files.items():
        place = path / "download" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return finding.collect([path / "download"], ASSIGNMENT, **how)  # type: ignore[arg-type]


def by_id(intake: Intake) -> dict[str, Submission]:
    return {submission.id: submission for submission in intake.submissions}


def unmatched(intake: Intake) -> dict[str, str]:
    return {refused.name: refused.why for source in intake.sources for refused in source.unmatched}


SOURCES = ["canvas", "moodle", "gradescope", "moodle_blind", "brightspace", "blackboard", "ilias", "github"]


@pytest.mark.parametrize("kind", SOURCES)
def test_a_class_is_read_completely_and_alike_from_a_zip_and_a_folder(tmp_path: Path, kind: str) -> None:
    files = classroom.LMS[kind]([(person, WORK) for person in CLASS if not person.absent])
    packed = taken(tmp_path, files)
    unpacked = taken(tmp_path, files, packed=False)
    assert [(s.id, s.members, s.cells) for s in packed.submissions] == [
        (s.id, s.members, s.cells) for s in unpacked.submissions
    ]
    seen = {"moodle_blind": "moodle", "github": "classroom"}.get(kind, kind)
    assert packed.sources[0].seen == f"a download from {seen}"
    assert not [s.id for s in packed.submissions if s.rejected]
    assert sum(len(s.members) for s in packed.submissions) == 38
    assert len(unmatched(packed)) == (kind in ("canvas", "moodle", "gradescope"))


@pytest.mark.parametrize("kind", ["canvas", "moodle", "gradescope", "nbgrader"])
@pytest.mark.parametrize("roster", ["roster.csv", "canvas.csv", "moodle.csv"])
def test_a_roster_of_any_kind_joins_except_students_known_only_by_a_shared_name(
    tmp_path: Path, kind: str, roster: str
) -> None:
    path = classroom.make(kind, tmp_path, CLASS, [WORK], 100)
    intake = finding.collect([path], ASSIGNMENT, roster_at=tmp_path / roster)
    joined = [m.id for s in intake.submissions for m in s.members if m.id]
    by_name_alone = kind in ("canvas", "moodle") and roster != f"{kind}.csv"
    assert len(joined) == (34 if by_name_alone else 38)
    assert len(set(joined)) == len(joined)
    assert len(intake.students) == 40


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("doejane_123_456_latent_space.py", ("doejane-123", "doejane", False, None)),
        ("doejane_LATE_123_456_latent_space.py", ("doejane-123", "doejane", True, None)),
        ("team_red_7_123_456_latent_space.py", ("team_red-7", "team_red", False, None)),
        ("doe_jane_123_456_latent_space-2.py", ("doe_jane-123", "doe_jane", False, 3)),
        ("anon_Ab3_456_latent_space.py", ("anon_Ab3", "anon_Ab3", False, None)),
        ("LATE_anon_Ab3_456_my_1_2_work.py", ("anon_Ab3", "anon_Ab3", True, None)),
    ],
)
def test_a_canvas_file_name_gives_the_student_the_late_mark_and_the_upload(
    tmp_path: Path, name: str, expected: tuple[str, str, bool, int | None]
) -> None:
    (one,) = taken(tmp_path, {name: CODE}).submissions
    assert (one.id, one.student, one.late, one.attempt) == expected
    assert one.rejected is None


def test_the_newest_upload_is_graded_and_older_ones_are_listed(tmp_path: Path) -> None:
    files = {
        "doejane_123_455_latent_space.py": b"old = 1\n",
        "doejane_LATE_123_457_latent_space-1.py": b"new = 1\n",
        "doejane_123_456_notes.txt": b"hello",
    }
    (one,) = taken(tmp_path, files).submissions
    assert [cell.source for cell in one.cells] == ["new = 1\n"]
    assert (one.late, one.attempt, one.lms) == (True, 2, {"canvas_attachment": "457"})
    assert one.notes == ("the newest of several uploads was graded; older: doejane_123_455_latent_space.py",)


def test_the_newer_work_in_two_downloads_is_graded_in_either_order(tmp_path: Path) -> None:
    for name, attachment, code in (("a.zip", 455, b"old = 1\n"), ("b.zip", 457, b"new = 1\n")):
        member = {f"doejane_123_{attachment}_latent_space.py": code}
        (tmp_path / name).write_bytes(classroom.zipped(member))
    for order in (("a.zip", "b.zip"), ("b.zip", "a.zip")):
        (one,) = finding.collect([tmp_path / name for name in order], ASSIGNMENT).submissions
        assert [cell.source for cell in one.cells] == ["new = 1\n"]
        assert "older: " in one.notes[0]
        assert "a.zip/doejane_123_455_latent_space.py" in one.notes[0]


def test_a_text_entry_is_rejected_with_what_to_hand_in(tmp_path: Path) -> None:
    (one,) = taken(tmp_path, {"doejane_123_text.html": b"<p>here"}).submissions
    assert "expected a notebook or a script, got text.html; hand in latent_space.ipynb" in (
        one.rejected or ""
    )


def test_a_name_with_numbers_does_not_impersonate_another_student(tmp_path: Path) -> None:
    smith = {"smith_99_77_latent_space.py": b"mine = 1\n"}
    eve = {"eve_99_88_123_456_latent_space.py": b"stolen = 1\n"}
    intake = taken(tmp_path, {**eve, **smith})
    assert [(s.id, s.cells[0].source) for s in intake.submissions] == [("smith-99", "mine = 1\n")]
    assert unmatched(intake) == {
        next(iter(eve)): "its name can be read in two ways, so it is unclear which student it is from"
    }
    (tmp_path / "class.csv").write_text(
        'Student,ID,SIS User ID,SIS Login ID,Section\n"Smith, Al",99,s99,al,L1\n'
    )
    intake = taken(tmp_path, eve, roster_at=tmp_path / "class.csv")
    assert [m.id for s in intake.submissions for m in s.members] == [""]


@pytest.mark.parametrize(
    "hostile",
    [
        "eve/submission_metadata.yml",
        "eve/submitted/ada/latent_space/latent_space.py",
        "eve/ada_1_2_latent_space.py",
        "eve/Ada_1_assignsubmission_file/latent_space.py",
    ],
)
def test_a_students_own_files_do_not_make_a_folder_a_download(tmp_path: Path, hostile: str) -> None:
    files = {hostile: CODE, "eve/latent_space.py": CODE, "ada/latent_space.py": CODE}
    intake = taken(tmp_path, files, packed=False)
    assert (intake.sources[0].seen, list(by_id(intake))) == ("files and folders", ["ada", "eve"])


def test_folders_and_flat_files_of_every_moodle_version_are_read(tmp_path: Path) -> None:
    files = {
        "Ada Lovelace_11_assignsubmission_file/latent_space.py": CODE,
        "Bob_Ray_12_assignsubmission_file_/src/latent_space.py": CODE,
        "Eve_13_assignsubmission_file_latent_space.py": CODE,
        "Participant_14_assignsubmission_file/latent_space.py": CODE,
        "Zoë_15_assignsubmission_onlinetext/onlinetext.html": b"<p>",
    }
    submissions = by_id(taken(tmp_path, files))
    assert list(submissions) == ["Ada_Lovelace-11", "Bob_Ray-12", "Eve-13", "Participant-14", "Zoë-15"]
    assert [s.student for s in submissions.values()] == [
        "Ada Lovelace",
        "Bob Ray",
        "Eve",
        "Participant 14",
        "Zoë",
    ]
    assert submissions["Bob_Ray-12"].members == (Member("Bob Ray", lms={"moodle_participant": "12"}),)
    assert [name for name, s in submissions.items() if s.rejected] == ["Zoë-15"]


def test_a_moodle_group_has_its_students_from_the_roster(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text(
        "Identifier,Full name,ID number,Groups\nParticipant 11,Ada L,s1,Red\nParticipant 12,Bob R,s2,Red\n"
        "Participant 13,Eve M,s3,Blue\n"
    )
    files = {"Red_13_assignsubmission_file/latent_space.py": CODE}
    (red,) = taken(tmp_path, files, roster_at=tmp_path / "class.csv").submissions
    assert (red.student, [m.name for m in red.members]) == ("Red", ["Ada L", "Bob R"])
    files = {"Green_13_assignsubmission_file/latent_space.py": CODE}  # not Eve, though 13 is her number
    (green,) = taken(tmp_path, files, roster_at=tmp_path / "class.csv").submissions
    assert green.members == (Member("Green", lms={"moodle_participant": "13"}),)


def test_gradescope_gives_groups_and_times(tmp_path: Path) -> None:
    submissions = by_id(taken(tmp_path, classroom.gradescope([(person, WORK) for person in CLASS[:10]])))
    pair = submissions["s1008-s1009"]
    assert [m.email for m in pair.members] == ["student8@example.org", "student9@example.org"]
    assert (pair.student, pair.lms) == ("Zoë Müller, Siobhán O'Brien", {"gradescope_submission": "509"})
    assert submissions["雷_李-s1003"].submitted == "2026-03-02T21:59:00.123456+00:00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"a: [1", r"submission_metadata\.yml: not readable as YAML .*; download it again"),
        (b"- 1", r"submission_metadata\.yml: expected folders and their submitters, got none"),
        (b"submission_1: {}", "expected a download from gradescope, got no file name in its format"),
    ],
)
def test_unusable_gradescope_metadata_is_reported(tmp_path: Path, text: bytes, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        taken(tmp_path, {"submission_metadata.yml": text, "submission_1/latent_space.py": CODE})


def test_ruby_objects_in_the_metadata_are_ignored(tmp_path: Path) -> None:
    text = (
        b"submission_1:\n  :submitters:\n  - :name: Ada\n    :sid: s1\n    :email: a@x.org\n"
        b"  :created_at: !ruby/object:ActiveSupport::TimeWithZone\n    utc: 2026-03-01\n"
    )
    (one,) = taken(tmp_path, {"submission_metadata.yml": text, "submission_1/a.py": CODE}).submissions
    assert (one.id, one.submitted) == ("Ada-s1", None)


def test_an_nbgrader_course_is_read_with_its_times(tmp_path: Path) -> None:
    for name, data in classroom.nbgrader([(person, WORK) for person in CLASS[:4]]).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "submitted/s1000/latent_space/timestamp.txt").write_text("2026-03-01 12:00:00 CEST")
    (tmp_path / "submitted/s1001/latent_space/timestamp.txt").write_text("2026-03-01 12:00:00 Europe/Rome")
    (tmp_path / "submitted/s1002/latent_space/timestamp.txt").write_text("yesterday")
    (tmp_path / "submitted/s1002/other").mkdir()
    (tmp_path / "submitted/s1002/other/x.py").write_bytes(CODE)
    for path in (tmp_path, tmp_path / "submitted"):
        intake = finding.collect([path], ASSIGNMENT)
        times = {name: s.submitted for name, s in by_id(intake).items()}
        assert times["s1003"] == "2026-03-02T21:59:00+00:00"
        assert times["s1001"] == "2026-03-01T12:00:00+01:00"
        assert times["s1000"] is None
        assert by_id(intake)["s1000"].doubts == (
            "its time cannot be read in timestamp.txt: expected a zone such as UTC or Europe/Berlin, got "
            "'2026-03-01 12:00:00 CEST'",
        )
        assert by_id(intake)["s1002"].doubts == (
            "its time cannot be read in timestamp.txt: expected a time such as 2026-03-01 22:59:00 UTC, got "
            "'yesterday'",
        )
        assert list(unmatched(intake).values()) == ["it is not in <student>/latent_space/"]


def test_a_member_that_points_outside_a_download_is_refused_alone(tmp_path: Path) -> None:
    files = {"../doejane_1_2_latent_space.py": CODE, "doejoe_3_4_latent_space.py": CODE}
    intake = taken(tmp_path, files)
    assert list(by_id(intake)) == ["doejoe-3"]
    assert "a path in it points outside the zip" in unmatched(intake)["../doejane_1_2_latent_space.py"]


def test_a_zip_in_a_students_zip_is_also_refused_in_a_download(tmp_path: Path) -> None:
    inner = classroom.zipped({"a.zip": classroom.zipped({"latent_space.py": CODE})})
    (one,) = taken(tmp_path, {"doejane_1_2_work.zip": inner}).submissions
    assert "it contains another zip" in (one.rejected or "")


def test_a_damaged_member_rejects_only_its_student(tmp_path: Path) -> None:
    files = {"doejane_1_2_latent_space.py": b"unique = 12345\n" * 9, "doejoe_3_4_latent_space.py": CODE}
    data = bytearray(classroom.zipped(files))
    place = data.index(b"latent_space.py") + len(b"latent_space.py")
    data[place : place + 12] = b"\xff" * 12
    (tmp_path / "download.zip").write_bytes(data)
    jane, joe = finding.collect([tmp_path / "download.zip"], ASSIGNMENT).submissions
    assert "the file in the download is damaged" in (jane.rejected or "")
    assert joe.rejected is None


def test_a_broken_zip_and_a_download_of_another_kind_are_reported(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK no")
    with pytest.raises(UsageError, match=r"x\.zip: expected a folder or a zip, got .*; download it again"):
        finding.collect([tmp_path / "x.zip"], ASSIGNMENT)
    (tmp_path / "y.zip").write_bytes(classroom.zipped({"latent_space.py": CODE}))
    with pytest.raises(UsageError, match="expected a download from moodle, got no file name in its format"):
        finding.collect([tmp_path / "y.zip"], ASSIGNMENT, kind="moodle")


def test_names_from_a_mac_are_composed_and_unmarked_zip_names_are_read_as_utf_8(
    tmp_path: Path,
) -> None:
    name = "jose\u0301_1_2_latent_space.py"
    data = classroom.zipped({name: CODE})
    for marked in (data, data.replace(b"\x00\x08\x00\x00!x", b"\x00\x00\x00\x00!x")):
        (tmp_path / "download.zip").write_bytes(marked)
        (one,) = finding.collect([tmp_path / "download.zip"], ASSIGNMENT).submissions
        assert one.student == "josé"


def test_files_that_match_no_student_are_reported_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_bytes(CODE)
    (tmp_path / "grades.xlsx").write_bytes(b"PK")
    (tmp_path / "bob.py").symlink_to(tmp_path / "ada.py")
    intake = finding.collect([tmp_path], ASSIGNMENT)
    assert list(by_id(intake)) == ["ada"]
    assert unmatched(intake) == {
        "bob.py": "a link; links are not followed",
        "grades.xlsx": "expected one of .ipynb, .py, .zip, .rar, .7z, .tar, .gz, .tgz, .bz2, .xz, .pdf, "
        ".docx, .html",
    }


def test_a_file_beside_a_broken_zip_is_graded_and_no_other_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.intake.archive.MAX_FILE", 100)
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada/data.zip").write_bytes(b"PK broken")
    (tmp_path / "ada/scratch.py").write_bytes(CODE * 100)
    (tmp_path / "ada/latent_space.py").write_bytes(CODE)
    (one,) = finding.find([tmp_path], ASSIGNMENT)
    assert one.rejected is None
    (tmp_path / "ada/latent_space.py").write_bytes(CODE * 100)
    (one,) = finding.find([tmp_path], ASSIGNMENT)
    assert "latent_space.py: the file is over 0 MB; hand in only the code" in (one.rejected or "")


@pytest.mark.parametrize("kind", ["canvas", "moodle", "gradescope", "nbgrader"])
def test_exactly_the_file_that_was_graded_can_be_read_again(tmp_path: Path, kind: str) -> None:
    works = [("latent_space.py", f"x = {n}\n".encode()) for n in range(40)]
    path = classroom.make(kind, tmp_path, CLASS, works, 100)
    for one in finding.collect([path], ASSIGNMENT).submissions:
        name, text = finding.reopen(one, ASSIGNMENT)
        assert name.endswith(".py")
        assert text == one.cells[0].source, one.source


def test_a_changed_or_missing_file_is_not_reopened_as_the_graded_one(tmp_path: Path) -> None:
    path = tmp_path / "latent_space.py"
    path.write_bytes(CODE)
    (one,) = finding.find([path], ASSIGNMENT)
    path.write_bytes(b"x = 2\n")
    with pytest.raises(
        UsageError, match="expected the file that was graded, got a changed one; grade it again"
    ):
        finding.reopen(one, ASSIGNMENT)
    path.unlink()
    with pytest.raises(OSError, match="No such file"):
        finding.reopen(one, ASSIGNMENT)
    with pytest.raises(RejectedError, match="expected a notebook or a script, got neither"):
        finding.reopen(Submission("a", "a", str(tmp_path), ""), ASSIGNMENT)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(min_size=1, max_size=40), st.binary(max_size=30), min_size=1, max_size=5))
def test_a_download_with_any_names_is_read_or_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    try:
        (tmp_path / "x.zip").write_bytes(classroom.zipped(files))
    except (ValueError, UnicodeError):  # names that cannot be in a zip
        return
    for kind in ("auto", "canvas", "moodle", "gradescope", "nbgrader"):
        try:
            intake = finding.collect([tmp_path / "x.zip"], ASSIGNMENT, kind=kind)  # type: ignore[arg-type]
        except UsageError:
            continue
        for one in intake.submissions:
            assert one.id == finding.safe_id(one.id)
            assert len(one.id.encode()) <= 100


@pytest.mark.parametrize("name", ["doejane_LATE_123_458_latent_space.py", "doejane_LATE_123_458_work.zip"])
def test_one_file_of_a_download_belongs_to_the_same_student_when_read_alone(
    tmp_path: Path, name: str
) -> None:
    data = classroom.zipped({"latent_space.py": CODE}) if name.endswith(".zip") else CODE
    (tmp_path / name).write_bytes(data)
    (one,) = finding.collect([tmp_path / name], ASSIGNMENT).submissions
    assert (one.id, one.late, one.rejected) == ("doejane-123", True, None)


def test_a_damaged_zip_of_one_student_is_rejected_for_that_student(tmp_path: Path) -> None:
    (tmp_path / "doejane_123_458_work.zip").write_bytes(b"PK no")
    (one,) = finding.collect([tmp_path / "doejane_123_458_work.zip"], ASSIGNMENT).submissions
    assert (one.id, "the zip cannot be read" in (one.rejected or "")) == ("doejane-123", True)


def test_a_zip_that_may_be_a_download_or_one_students_work_needs_a_kind(tmp_path: Path) -> None:
    path = tmp_path / "cs_101_2026_lab submissions.zip"
    path.write_bytes(classroom.zipped({"doejane_123_456_latent_space.py": CODE}))
    with pytest.raises(UsageError, match="got names that fit both; if it is a download, add --from canvas"):
        finding.collect([path], ASSIGNMENT)
    assert [s.id for s in finding.collect([path], ASSIGNMENT, kind="canvas").submissions] == ["doejane-123"]


def gradebook(path: Path, **people: str) -> Path:
    """Write a Canvas gradebook: number → name."""
    rows = [f'"{name}",{number[1:]},,x{number},A\n' for number, name in people.items()]
    (path / "gb.csv").write_text("Student,ID,SIS User ID,SIS Login ID,Section\n" + "".join(rows))
    return path / "gb.csv"


def test_the_gradebooks_numbers_decide_where_a_canvas_name_ends_in_digits(tmp_path: Path) -> None:
    files = {f"student_7_40{n}_90{n}_latent_space.py": CODE for n in (17, 18)}
    book = gradebook(tmp_path, n4017="student_7", n4018="student_7")
    assert list(by_id(taken(tmp_path, files, roster_at=book))) == ["student_7-4017", "student_7-4018"]
    with pytest.raises(
        UsageError, match=r"can be read in two ways.*; give Canvas's gradebook, whose numbers"
    ):
        taken(tmp_path, files)  # without the gradebook both may be from a student with the number 7
    beside = taken(tmp_path, {**files, "doejane_1_2_latent_space.py": CODE})
    assert (list(by_id(beside)), len(unmatched(beside))) == (["doejane-1"], 2)


def test_a_name_made_to_look_like_another_students_file_is_not_taken_for_it(tmp_path: Path) -> None:
    files = {"smithal_99_88_123_456_latent_space.py": b"stolen = 1\n", "smithal_99_77_latent_space.py": CODE}
    book = gradebook(tmp_path, n99="Smith, Al", n123="smithal_99_88")
    found = by_id(taken(tmp_path, files, roster_at=book))
    assert [cell.source for cell in found["smithal-99"].cells] == [CODE.decode()]


def test_a_quizs_uploads_are_read_by_their_students_numbers(tmp_path: Path) -> None:
    files = {
        "doe_jane4001_question_12_901_latent_space.py": CODE,
        "roe_740021_question_13_902_latent_space.py": CODE,
    }
    book = gradebook(tmp_path, n4001="Doe, Jane", n40021="Roe 7")
    assert list(by_id(taken(tmp_path, files, roster_at=book))) == ["doe_jane-4001", "roe_7-40021"]
    twice = {**files, "doe_jane4001_question_14_903_latent_space.py": CODE}
    left = taken(tmp_path, twice, roster_at=book)
    assert list(by_id(left)) == ["roe_7-40021"]
    assert set(unmatched(left).values()) == {
        "its student answered several questions of the quiz with files; grade the file meant by itself"
    }


def test_a_quizs_number_is_no_students_until_a_gradebook_tells_where_it_begins(tmp_path: Path) -> None:
    files = {"roe_740021_question_13_902_latent_space.py": CODE}
    (one,) = taken(tmp_path, files).submissions
    assert (one.members, one.lms) == ((Member("roe_740021"),), {})
    book = gradebook(tmp_path, n40021="Roe 7")
    (one,) = taken(tmp_path, files, roster_at=book).submissions
    assert one.members[0].lms == {"canvas_user": "40021"}
    assert one.lms == {}  # Canvas takes no file of a quiz back


RAY = {"ray_17_40_LATE_1_10050_latent_space.py": CODE}


def test_a_canvas_name_that_nothing_decides_joins_nobody_and_is_told(tmp_path: Path) -> None:
    (alone,) = taken(tmp_path, RAY).submissions
    assert alone.doubts == (
        "its file's name can be read as from ray (17) or ray_17_40 (1): give Canvas's gradebook, whose "
        "numbers decide",
    )
    (tmp_path / "own.csv").write_text("name,id\nRay,s1\nRay_17_40,s2\n")
    both = taken(tmp_path, RAY, roster_at=tmp_path / "own.csv")
    assert [member.id for member in both.submissions[0].members] == [""]
    (doubt,) = both.doubts
    assert (doubt.why, [row.id for row in doubt.rows]) == (
        "its file's name can be read in two ways",
        ["s1", "s2"],
    )
    (tmp_path / "own.csv").write_text("name,id\nRay,s1\nBo,s2\n")
    (one,) = taken(tmp_path, RAY, roster_at=tmp_path / "own.csv").submissions
    assert one.members[0].id == "s1"


def test_a_gradebook_with_both_numbers_decides_by_the_name_that_fits_one(tmp_path: Path) -> None:
    (one,) = taken(tmp_path, RAY, roster_at=gradebook(tmp_path, n1="Ray_17_40", n17="Bo")).submissions
    assert (one.members[0].lms, one.late, one.doubts) == ({"canvas_user": "1"}, True, ())
    both = taken(tmp_path, RAY, roster_at=gradebook(tmp_path, n1="Ray_17_40", n17="Ray"))
    assert [doubt.why for doubt in both.doubts] == ["its file's name can be read in two ways"]


def test_work_in_a_zip_beside_another_versions_script_is_a_candidate(tmp_path: Path) -> None:
    head = "Jo_7_assignsubmission_file"
    packed = classroom.zipped({"latent_space.py": b"x = 2\n"})
    versions = {f"{head}/Version 1/latent_space.py": CODE, f"{head}/Version 2/work.zip": packed}
    (one,) = taken(tmp_path, versions).submissions
    assert list(one.candidates) == ["Version 1/latent_space.py", "Version 2/work.zip/latent_space.py"]
    assert one.waiting
    data = {f"{head}/code/latent_space.py": CODE, f"{head}/data/digits.zip": b"PK\x03\x04 broken"}
    (one,) = taken(tmp_path, data).submissions
    assert (one.rejected, one.waiting, [cell.source for cell in one.cells]) == (None, None, ["x = 1\n"])


def test_moodles_default_group_has_no_number_and_joins_by_the_group_column(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text(
        "name,id,group\nAda,s1,Default group\nBob,s2,Red\nEve,s3,Default group\n"
    )
    files = {
        "Default group_assignsubmission_file/latent_space.py": CODE,
        "Red_3_assignsubmission_file/latent_space.py": CODE,
    }
    found = by_id(taken(tmp_path, files, roster_at=tmp_path / "class.csv"))
    assert {name: [m.id for m in s.members] for name, s in found.items()} == {
        "Default_group": ["s1", "s3"],
        "Red-3": ["s2"],
    }


OTHER = b'{"cells": [{"cell_type": "code", "source": "x = 2"}]}'


@pytest.mark.parametrize(("first", "second"), [(455, 456), (456, 455)])
@pytest.mark.parametrize("names", [("latent_space.py", "latent_space.ipynb"), ("latent_space.ipynb", "a.py")])
def test_the_order_of_canvas_attachments_decides_nothing_within_an_attempt(
    tmp_path: Path, first: int, second: int, names: tuple[str, str]
) -> None:
    data = {name: OTHER if name.endswith("ipynb") else CODE for name in names}
    files = {f"doejane_123_{n}_{name}": data[name] for n, name in zip((first, second), names, strict=True)}
    intake = taken(tmp_path, files)
    (one,) = intake.submissions
    if "a.py" in names:
        assert one.waiting is None
    else:
        assert (list(one.candidates), one.cells) == (["latent_space.ipynb", "latent_space.py"], ())


def test_two_canvas_uploads_of_one_name_without_numbers_are_candidates(tmp_path: Path) -> None:
    files = {"doejane_123_455_latent_space.py": CODE, "doejane_123_456_latent_space.py": b"x = 2\n"}
    (one,) = taken(tmp_path, files).submissions
    assert list(one.candidates) == ["455/latent_space.py", "456/latent_space.py"]
    choice = Choice("", "", one.id, "455/latent_space.py", one.candidates, "")
    (one,) = taken(tmp_path, files, chosen=(choice,)).submissions
    assert (one.cells[0].source.encode(), one.lms) == (CODE, {"canvas_attachment": "455"})
    assert one.source.endswith("doejane_123_455_latent_space.py")
    assert finding.reopen(one, ASSIGNMENT) == ("doejane_123_455_latent_space.py", CODE.decode())


def test_a_notebook_that_a_browser_renamed_is_graded(tmp_path: Path) -> None:
    files = {"voe_1_2_latent_space.ipynb.json": OTHER, "poe_3_4_latent_space.ipynb.txt": OTHER}
    submissions = taken(tmp_path, files).submissions
    assert [s.cells[0].source for s in submissions] == ["x = 2", "x = 2"]
    assert "got latent_space.ipynb.txt; it was graded" in submissions[0].notes[0]
