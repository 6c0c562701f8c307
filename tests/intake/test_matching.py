"""Joining a class with its roster: right, or left alone and told; a number alone identifies nobody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.intake import matching, roster
from autograder.records.submission import Member, Submission


def load(tmp_path: Path, text: str) -> roster.Roster:
    (tmp_path / "class.csv").write_text(text)
    return roster.load(tmp_path / "class.csv")


def joined(submission: Submission, students: roster.Roster) -> Submission:
    (result,) = matching.join([submission], students)[0]
    return result


def work(name: str, **known: str) -> Submission:
    return Submission(name, name, f"{name}.py", "", members=(Member(name, **known),))


def test_the_rosters_time_of_submission_is_used_if_the_download_has_none(tmp_path: Path) -> None:
    students = load(tmp_path, "name,id,submitted\nAda,s1,2026-03-01T12:00:00+01:00\nBob,s2,\n")
    assert joined(work("Ada"), students).submitted == "2026-03-01T12:00:00+01:00"
    assert joined(work("Bob"), students).submitted is None


def test_ids_take_precedence_over_names_and_a_folders_name_may_be_an_id_or_a_login(tmp_path: Path) -> None:
    students = load(tmp_path, "name,id,email,login\nAda L,s1,a@x.org,al\nAda L,s2,b@x.org,bl\nBob,s3,,\n")
    assert joined(work("nobody", id="S2"), students).members[0].email == "b@x.org"
    assert joined(work("x", email="A@x.org"), students).members[0].id == "s1"
    assert joined(work("x", id="bl"), students).members[0].id == "s2"
    assert joined(work("BOB"), students).members[0].id == "s3"
    assert joined(work("Ada L"), students).members == (Member("Ada L"),)  # the name is not unique
    assert joined(work("Bob", id="s9"), students).members == (Member("Bob", "s9"),)  # another Bob


def test_an_id_whose_name_and_email_are_another_students_joins_nobody_and_is_told(tmp_path: Path) -> None:
    students = load(tmp_path, "name,id,email\nOlga Ost,s5,o@x.org\nEd Ek,s6,e@x.org\n")
    pat = work("Pat Poe", id="s5", email="p@x.org")
    (left,), (doubt,) = matching.join([pat], students)
    assert left.members == pat.members
    assert ([row.name for row in doubt.rows], doubt.why) == (["Olga Ost"], "same id, other name and email")
    for renamed in (work("Olga New", id="s5", email="O@x.org"), work("Olga Ost", id="s5", email="new@x.org")):
        assert joined(renamed, students).members[0].name == "Olga Ost"


def all_of(submissions: list[Submission], students: roster.Roster) -> dict[str, list[str]]:
    """Return the ids of the students of each submission after the join."""
    return {s.id: [m.id for m in s.members] for s in matching.join(submissions, students)[0]}


def in_moodle(name: str, number: str = "5") -> Submission:
    return Submission(
        f"{name}-{number}", name, "", "", members=(Member(name, lms={"moodle_participant": number}),)
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [("Team 1.1", "Team 11"), ("C", "C++"), ("Lab 🐱", "Lab 🐶"), ("Lab A", "lab-a"), ("R&D", "RD")],
)
def test_groups_whose_letters_are_equal_are_compared_as_they_are_spelled(
    tmp_path: Path, left: str, right: str
) -> None:
    students = load(tmp_path, f"name,id,group\nAda,s1,{left}\nBob,s2,{right}\n")
    assert all_of([work(left)], students) == {left: ["s1"]}
    assert all_of([work(left), work(right)], students) == {left: ["s1"], right: ["s2"]}


def test_a_looser_comparison_decides_only_if_one_name_on_each_side_fits(tmp_path: Path) -> None:
    students = load(tmp_path, "name,id,group\nAda,s1,Team 1.1\nBob,s2,Team 11\nEve,s3,Red 1\n")
    both = [work("Team-11"), work("red-1")]
    assert all_of(both, students) == {"Team-11": [""], "red-1": ["s3"]}
    (doubt,) = matching.join(both, students)[1]
    assert (doubt.submission, [row.id for row in doubt.rows]) == ("Team-11", ["s1", "s2"])
    assert doubt.why == "more than one may have this name"
    rivals = [work("red-1"), work("RED.1")]
    assert all_of(rivals, students) == {"red-1": [""], "RED.1": [""]}


@pytest.mark.parametrize(
    ("group", "cleaned"),
    [
        ("R&D", "Ramp;D"),
        ("Ann's team", "Anns team"),
        ("A/B", "AB"),
        ("A <3", "A lt;3"),
        ("a_b", "a b"),
        ("Lab: 1", "Lab 1"),
    ],
)
def test_moodle_cleans_the_names_of_groups_for_its_files(tmp_path: Path, group: str, cleaned: str) -> None:
    students = load(tmp_path, f'name,id,group\nAda,s1,"{group}"\nBob,s2,Other\n')
    assert all_of([work(cleaned)], students) == {cleaned: ["s1"]}


def test_two_students_of_one_name_are_joined_by_what_else_is_known_or_not_at_all(tmp_path: Path) -> None:
    students = load(tmp_path, "name,id,email\nJo Kim,s1,jo@arts.x\n")
    arts, sci = work("Jo Kim", email="jo@arts.x"), work("Jo Kim", email="jo@sci.x")
    assert joined(arts, students).members[0].id == "s1"
    assert joined(sci, students).members[0].id == ""
    (doubt,) = matching.join([sci], students)[1]
    assert doubt.why == "same name, other number, id or email"
    assert matching.join([arts, sci], students)[1] == ()  # the row is the other's
    assert all_of(
        [work("Jo Kim"), Submission("2", "Jo Kim", "", "", members=(Member("Jo Kim"),))], students
    ) == {
        "Jo Kim": [""],
        "2": [""],
    }


def test_an_id_and_an_email_of_different_students_join_neither(tmp_path: Path) -> None:
    students = load(tmp_path, "name,id,email\nAda,s1,a@x\nBob,s2,b@x\n")
    submissions, doubts = matching.join([work("Ada", id="s1", email="b@x")], students)
    assert submissions[0].members[0].email == "b@x"
    assert [row.name for row in doubts[0].rows] == ["Ada", "Bob"]
    assert doubts[0].why == "its id and its email belong to different students"


def test_a_file_of_its_own_may_be_named_by_id_login_or_email(tmp_path: Path) -> None:
    students = load(tmp_path, "name,id,email,login\nAda,0012,ada@x,al\nBob,s2,bob@x,bl\n")
    for name, expected in (("0012", "Ada"), ("BOB@x", "Bob"), ("bl", "Bob"), ("12", "12")):
        assert joined(work(name), students).members[0].name == expected


def test_the_same_number_with_another_name_is_a_doubt_until_staff_decide(tmp_path: Path) -> None:
    students = load(tmp_path, 'Student,ID,SIS User ID,Section\n"Harris, Martin",7,h1,A\n')
    one = Submission("x-7", "harrisjr", "", "", members=(Member("harrisjr", lms={"canvas_user": "7"}),))
    (doubt,) = matching.join([one], students)[1]
    assert (doubt.rows[0].id, doubt.why) == ("h1", "same number, other name")
    (decided,), doubts = matching.join([one], students, {"x-7": [Member("", "h1")]})
    assert (decided.student, decided.members[0].id, doubts) == ("Harris, Martin", "h1", ())


def test_a_decision_also_holds_with_a_roster_that_lost_the_student(tmp_path: Path) -> None:
    students = load(tmp_path, "name,id\nBob,s2\n")
    (decided,), _ = matching.join([work("harrisjr")], students, {"harrisjr": [Member("Martin", "h1")]})
    assert decided.members == (Member("Martin", "h1"),)


def test_the_number_of_a_groups_folder_never_becomes_that_of_the_one_student_whom_staff_named(
    tmp_path: Path,
) -> None:
    students = load(tmp_path, "name,id\nMartin Harris,h1\n")
    numbers = {"moodle_participant": "71"}
    folders = {"Team 1": {}, "Martin Harris": numbers, "Participant": numbers}
    for name, kept in folders.items():
        one = Submission("x", name, "", "", members=(Member(name, lms=numbers),))
        (decided,), _ = matching.join([one], students, {"x": [Member("", "h1")]})
        assert (decided.members[0].id, decided.members[0].lms) == ("h1", kept)
    listed = load(
        tmp_path, BLIND.replace("Status", "Full name,Status") + "Participant 71,Martin Harris,-,,9.00,Yes,-\n"
    )
    one = Submission("x", "New Name", "", "", members=(Member("New Name", lms=numbers),))
    (decided,), _ = matching.join([one], listed, {"x": [Member("Martin Harris")]})
    assert decided.members[0].lms == numbers


BLIND = "Identifier,Status,Grade,Maximum grade,Grade can be changed,Last modified (grade)\n"
TEAMS = BLIND.replace("Status,", "Status,Group,")


def test_a_worksheet_without_names_joins_by_number(tmp_path: Path) -> None:
    students = load(tmp_path, f"{BLIND}Participant 5,-,,100.00,Yes,-\nParticipant 6,-,,100.00,Yes,-\n")
    assert joined(in_moodle("Participant"), students).student == "Participant 5"
    named = joined(in_moodle("Ada L"), students)  # the names are known by now
    assert (named.student, named.members[0].name) == ("Ada L", "Participant 5")


def test_a_groups_number_is_no_students_even_where_the_worksheet_has_no_names(tmp_path: Path) -> None:
    for head in (TEAMS, TEAMS.replace("Group", "Pulong")):
        students = load(
            tmp_path, f"{head}Participant 5,-,Red,,100.00,Yes,-\nParticipant 6,-,Blue,,100.00,Yes,-\n"
        )
        assert joined(in_moodle("Green"), students).members[0].name == "Green"
        assert [m.name for m in joined(in_moodle("Blue"), students).members] == ["Participant 6"]
        assert joined(in_moodle("Blue"), students).members[0].lms == {"moodle_participant": "6"}


def test_a_folder_of_an_old_moodle_names_the_group_and_the_student(tmp_path: Path) -> None:
    students = load(tmp_path, "Identifier,Full name,ID number,Group\nParticipant 5,Ada L,s1,Red\n")
    assert joined(in_moodle("Red-Ada L"), students).members[0].id == "s1"
    assert joined(in_moodle("Blue-Ada L"), students).members[0].id == ""


def test_a_student_in_several_groups_gets_the_work_of_each(tmp_path: Path) -> None:
    rows = "Ada,s1,Lab A; Project 1\nBob,s2,Lab A\nCid,s3,Project 1\nDan,s4,\n"
    students = load(tmp_path, f"name,id,group\n{rows}")
    found = all_of([work("Lab A"), work("Project 1")], students)
    assert found == {"Lab A": ["s1", "s2"], "Project 1": ["s1", "s3"]}


def test_who_hands_in_for_moodles_default_group_is_asked_and_never_guessed(tmp_path: Path) -> None:
    rows = 'Ada,s1,"Lab A, Lab B"\nBob,s2,Lab A\nCid,s3,Lab B\nDan,s4,\n'
    students = load(tmp_path, f"name,id,group\n{rows}")
    default = replace(work("Default group"), lms={"moodle_default_group": "Default group"})
    class_ = [work("Lab A"), work("Lab B"), default]
    assert all_of(class_, students) == {"Lab A": ["s2"], "Lab B": ["s3"], "Default group": [""]}
    (doubt,) = matching.join(class_, students)[1]
    assert ([row.id for row in doubt.rows], doubt.submission) == (["s1", "s4"], "Default group")
    assert doubt.why == "Moodle's group of the students in no group or in several"
    listed = load(tmp_path, "name,id,group\nAda,s1,Default group\nBob,s2,Lab A\n")
    assert all_of([default], listed) == {"Default group": ["s1"]}
