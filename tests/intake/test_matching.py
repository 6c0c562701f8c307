"""Joining a class with its roster: right, or left alone and told; a number alone identifies nobody."""

from __future__ import annotations

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
