"""The assignment file: what is read from it, and how a bad entry is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import AssignmentError
from autograder.records import assignment
from autograder.records.places import ASSIGNMENTS

GOOD = """
name = "small"
title = "Small"
files = ["small.py"]
[limits]
check_cpu_seconds = 3
[[question]]
id = "one"
title = "One"
points = 2
defines = ["f"]
standins = { f = "good_f" }
[[question]]
id = "two"
title = "Two"
points = 3
defines = ["g"]
[[written]]
id = "essay"
title = "Essay"
points = 5
"""


def load(folder: Path, text: str) -> assignment.Assignment:
    path = folder / "assignment.toml"
    path.write_text(text)
    return assignment.load(path)


def test_the_record_has_the_values_in_the_file(tmp_path: Path) -> None:
    small = load(tmp_path, GOOD)
    assert (small.name, small.files, small.max_score) == ("small", ("small.py",), 5)
    assert [q.id for q in small.questions] == ["one", "two"]
    assert [w.points for w in small.written] == [5]
    assert small.limits.check_cpu_seconds == 3
    assert small.suite.name == "small"


def test_a_question_gets_stand_ins_for_the_others_and_none_for_itself(tmp_path: Path) -> None:
    small = load(tmp_path, GOOD)
    assert small.substitutes("two") == {"f": "good_f"}
    assert small.substitutes("one") == {}


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('name = "small"', "", "the entry 'name' is missing; compare with"),
        ("points = 2", "points = 2.5", "one: points must be whole and at least 1, got 2.5"),
        ("points = 2", "points = 0", "one: points must be whole and at least 1, got 0"),
        ('id = "two"', 'id = "one"', "question ids must differ, got one, one, essay"),
        ("check_cpu_seconds", "cpu", "unexpected keyword argument 'cpu'"),
        ("points = 3", "points = 3\nworth = 1", "unexpected keyword argument 'worth'"),
        ("title", "title =", "not readable as TOML"),
    ],
)
def test_a_bad_entry_is_reported_with_its_file(tmp_path: Path, old: str, new: str, text: str) -> None:
    with pytest.raises(AssignmentError, match=rf"assignment\.toml: .*{text}"):
        load(tmp_path, GOOD.replace(old, new, 1))


def test_a_missing_file_or_question_is_reported(tmp_path: Path) -> None:
    with pytest.raises(AssignmentError, match=r"nowhere\.toml: no such file; expected an assignment\.toml"):
        assignment.load(tmp_path / "nowhere.toml")
    with pytest.raises(AssignmentError, match="no question 'three' in small: it has one, two"):
        load(tmp_path, GOOD).question("three")


def test_the_kits_assignment_is_worth_a_hundred_points_with_its_written_answers() -> None:
    kit = assignment.load(ASSIGNMENTS / "latent_space" / "assignment.toml")
    assert kit.max_score + sum(text.points for text in kit.written) == 100
