"""What students read agrees with assignment.toml: the handout's points, the boxes for written answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.authoring import printed
from autograder.records.assignment import Assignment, Limits, Question, Written

QUESTIONS = (
    Question("one", "The first", 3, ("f", "g"), "handout, section First"),
    Question("two", "The second", 4, ("h",)),
)
WRITTEN = (Written("written_why", "Why", 2), Written("essay", "An essay", 5))
HEAD = "Some text | 99 |\n\n| question | points | defines |\n|---|---|---|\n"
ONE, TWO, REST = "| First | 3 | `f`, `g` |\n", "| Two | 4 | `h` |\n", "| Written answers | 7 | two texts |\n"


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    ids = [item.id for item in (*QUESTIONS, *WRITTEN)]
    (tmp_path / "assignment.toml").write_text("".join(f'id = "{name}"\n' for name in ids))
    return Assignment("small", "Small", ("f.py",), QUESTIONS, WRITTEN, Limits(), folder=tmp_path)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ((ONE, TWO, REST), ""),
        ((ONE, TWO, "| Why | 2 | a text |\n", "| An essay | 5 | a text |\n"), ""),
        ((ONE.replace("`f`, `g`", "two"), TWO.replace("`h`", "one"), REST), ""),  # by section and by id
        ((ONE, TWO, REST, "| **Total** | **14** | |\n"), ""),
        (
            (ONE, TWO.replace("4", "5"), REST),
            ":6: expected 4 points for two, as in assignment.toml, got 5; make",
        ),
        (
            (ONE, TWO, REST.replace("7", "5")),
            ":7: expected 7 points for written_why, essay, .* got 5 for 'Writ",
        ),
        ((ONE, TWO, REST, "| Total | 13 | |\n"), ":8: expected 14 points for all questions, .* got 13"),
        (
            (ONE, TWO),
            ":6: expected a row with the 7 points of written_why, essay in this table, .* none; add it",
        ),
        (
            (ONE, TWO, "| Why | 2 | |\n", "| An essay | 5 | |\n", "| Third | 6 | `k` |\n"),
            ":9: expected a question of assignment.toml, got 'Third' with 6 points; remove that row, or add",
        ),
    ],
)
def test_points_that_differ_are_found_with_their_line(
    assignment: Assignment, tmp_path: Path, rows: tuple[str, ...], found: str
) -> None:
    handout = tmp_path / "handout.md"
    handout.write_text(HEAD + "".join(rows))
    faults = printed.other_points(assignment, handout)
    assert len(faults) == bool(found), faults
    if found:
        with pytest.raises(AssertionError, match=rf"handout\.md{found}"):
            raise AssertionError(faults[0])


def test_a_handout_without_a_table_of_points_says_nothing_about_them(
    assignment: Assignment, tmp_path: Path
) -> None:
    (tmp_path / "handout.md").write_text("| file | what |\n|---|---|\n| a | 3 |\n")
    assert printed.other_points(assignment, tmp_path / "handout.md") == []


@pytest.mark.parametrize(
    ("boxes", "found"),
    [
        (("why", "essay"), []),
        (("one", "two"), []),  # they belong to the questions in their order
        (
            ("essay",),
            ["assignment.toml:3: expected a box for the written question written_why, got none in "],
        ),
        (
            ("why", "essay", "more"),
            ["notebook.py:6: expected one box for each [[written]] question of assignm"],
        ),
        ((), ["assignment.toml:3: ", "assignment.toml:4: "]),
    ],
)
def test_a_box_for_each_written_question_is_expected(
    assignment: Assignment, tmp_path: Path, boxes: tuple[str, ...], found: list[str]
) -> None:
    source = tmp_path / "notebook.py"
    source.write_text("".join(f"# %% [markdown]\n#: answer {name}\n" for name in boxes))
    faults = printed.unboxed(assignment, source)
    assert len(faults) == len(found)
    assert [words for words, fault in zip(found, faults, strict=True) if words not in fault] == [], faults
