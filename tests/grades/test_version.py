"""A folder keeps the version of the assignment that it was graded with, and belongs to one assignment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from papers import ASSIGNMENT, paper

from autograder.errors import UsageError
from autograder.grades import version
from autograder.records.assignment import Assignment, LatePolicy, Question, Written

DUE = datetime(2026, 3, 1, 23, 59, tzinfo=ZoneInfo("Europe/Berlin"))
LATE = LatePolicy(DUE, grace=15, per_day=10, cap=50, extensions={"ada": 2})


def worth(**points: int) -> Assignment:
    """Today's assignment with other points for some of its questions."""
    questions = tuple(replace(q, points=points.get(q.id, q.points)) for q in ASSIGNMENT.questions)
    return replace(ASSIGNMENT, questions=questions)


def test_the_recorded_version_is_the_folders_until_another_is_written(tmp_path: Path) -> None:
    old = replace(worth(losses=20), late=LATE, written=(Written("essay", "Essay", 7),))
    version.write(old, tmp_path)
    stored = version.of_folder(tmp_path, ASSIGNMENT, [paper("ada")])
    assert stored == replace(old, late=replace(old.late, extensions={}))
    assert stored.late.due is not None
    assert stored.late.due.tzinfo == ZoneInfo("Europe/Berlin")
    version.write(ASSIGNMENT, tmp_path)
    assert version.of_folder(tmp_path, ASSIGNMENT, [paper("ada")]) is ASSIGNMENT


def test_an_extension_counts_at_once_whatever_version_the_folder_has(tmp_path: Path) -> None:
    version.write(replace(worth(losses=20), late=LATE), tmp_path)
    today = replace(ASSIGNMENT, late=replace(LATE, per_day=99, extensions={"bob": 3}))
    late = version.of_folder(tmp_path, today, [paper("ada")]).late
    assert (late.per_day, late.extensions) == (LATE.per_day, {"bob": 3})
    assert (
        version.differences(replace(today, late=LATE), replace(today, late=replace(LATE, extensions={})))
        == ()
    )


def test_differences_name_what_counts_for_a_grade() -> None:
    today = replace(worth(losses=20), late=LATE, written=(*ASSIGNMENT.written[:1], Written("essay", "E", 5)))
    assert version.differences(ASSIGNMENT, today) == (
        "losses 25 → 20 points",
        f"{ASSIGNMENT.written[1].id} is gone",
        "essay is new",
        "the late policy",
    )
    assert version.differences(ASSIGNMENT, replace(ASSIGNMENT, title="Another title")) == ()
    assert version.same_checks(ASSIGNMENT, replace(ASSIGNMENT, late=LATE, written=()))
    assert not version.same_checks(ASSIGNMENT, today)


def test_a_folder_without_results_takes_any_version(tmp_path: Path) -> None:
    version.write(worth(losses=20), tmp_path)
    assert version.of_folder(tmp_path, ASSIGNMENT, []) is ASSIGNMENT


def test_the_folder_of_another_assignment_is_refused(tmp_path: Path) -> None:
    version.write(replace(ASSIGNMENT, name="other"), tmp_path)
    message = (
        rf"^{tmp_path}: expected a folder of the assignment 'latent_space', got one of 'other'; "
        r"name another folder, or the assignment that this one belongs to: --assignment$"
    )
    with pytest.raises(UsageError, match=message):
        version.of_folder(tmp_path, ASSIGNMENT, [])


def test_a_folder_of_an_older_kit_keeps_the_points_that_its_results_show(tmp_path: Path) -> None:
    assert version.of_folder(tmp_path, ASSIGNMENT, [paper("ada")]) is ASSIGNMENT
    stored = version.of_folder(tmp_path, worth(losses=20), [paper("ada")])
    assert version.points_of(stored)["losses"] == 25
    assert stored.questions[0].defines == ASSIGNMENT.questions[0].defines
    other = replace(ASSIGNMENT, questions=(Question("one", "One", 5, ("f",)),))
    message = (
        rf"^{tmp_path}: expected a folder of the assignment 'latent_space', got results for other questions "
        r"\(model, losses, sweep, arithmetic\); name another folder, or the assignment .*: --assignment$"
    )
    with pytest.raises(UsageError, match=message):
        version.of_folder(tmp_path, other, [paper("ada")])


def test_a_damaged_record_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / version.FILE).write_text('{"name": "latent_space"}')
    message = (
        r"assignment\.json: expected the assignment that this folder was graded with, got KeyError: "
        r"'question'; restore the file from a backup, or delete it if the assignment has not changed since$"
    )
    with pytest.raises(UsageError, match=message):
        version.of_folder(tmp_path, ASSIGNMENT, [])


def test_a_result_fits_only_the_points_that_it_was_graded_for() -> None:
    assert version.fits(paper("ada"), ASSIGNMENT)
    assert not version.fits(paper("ada"), worth(losses=20))
