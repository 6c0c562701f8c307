"""The ledger of choices: appended, bound to the files chosen among, and refused with what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.records import choices
from autograder.records.choices import Choice

FILES = {"a/lab.py": "1" * 64, "b/lab.py": "2" * 64}
CHOICE = Choice("2026-03-03T12:00:00+00:00", "Tara", "ada", "b/lab.py", FILES, "mail of 3 March")


def test_the_last_choice_among_exactly_these_files_stands(tmp_path: Path) -> None:
    assert choices.read(tmp_path) == ()
    choices.append([CHOICE], tmp_path / "graded")
    later = replace(CHOICE, file="a/lab.py")
    choices.append([later], tmp_path / "graded")
    listed = choices.read(tmp_path / "graded")
    assert listed == (CHOICE, later)
    assert choices.standing(listed, "ada", FILES) == later
    assert choices.standing(listed, "bob", FILES) is None
    assert choices.standing(listed, "ada", {**FILES, "b/lab.py": "3" * 64}) is None


def test_a_file_that_is_no_candidate_or_a_choice_without_a_reason_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"^ada: expected one of a/lab\.py, b/lab\.py, or `back`, got 'lab\.py'; name one"
    ):
        choices.append([replace(CHOICE, file="lab.py")], tmp_path)
    with pytest.raises(UsageError, match=r"^--reason: expected a sentence, got nothing; say why"):
        choices.append([replace(CHOICE, why=" ")], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_of_several_choices_all_are_written_or_none(tmp_path: Path) -> None:
    bob = replace(CHOICE, submission="bob", files={"a/lab.py": "3" * 64})
    message = r"^nothing was chosen, because 1 of 2 cannot be:\nbob: expected one of a/lab\.py, or `back`"
    with pytest.raises(UsageError, match=message):
        choices.append([CHOICE, bob], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_choice_is_undone_by_a_further_line(tmp_path: Path) -> None:
    choices.append([CHOICE], tmp_path)
    choices.append([replace(CHOICE, file="")], tmp_path)
    listed = choices.read(tmp_path)
    assert len(listed) == 2
    assert choices.standing(listed, "ada", FILES) is None
    assert choices.standing([*listed, CHOICE], "ada", FILES) == CHOICE


@pytest.mark.parametrize("line", ["{", "[]", '{"who": "Tara"}', '{"files": 3}'])
def test_a_malformed_line_is_named(line: str, tmp_path: Path) -> None:
    choices.append([CHOICE], tmp_path)
    with (tmp_path / choices.LEDGER).open("a") as file:
        file.write(line)
    with pytest.raises(
        UsageError, match=r"choices\.jsonl, line 2: expected a choice, got .*; delete that line$"
    ):
        choices.read(tmp_path)
