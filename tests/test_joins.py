"""Whose work, whose mark: in classes of confusable people every written mark is right, or blank and told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joins import compare, large
from joins.__main__ import drawn
from joins.compare import Count
from joins.downloads import SOURCES


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1 << 32))
def test_no_mark_is_on_a_wrong_row_or_lost_in_silence(tmp_path: Path, seed: int) -> None:
    count = Count()
    compare.run(seed, tmp_path, count)
    assert (count.wrong, count.lost) == ([], [])


@pytest.mark.parametrize("source", SOURCES)
def test_most_marks_of_each_source_are_written(source: str) -> None:
    count = drawn(10, only=source)
    assert (count.wrong, count.lost, count.of[source]) == ([], [], 10)
    assert sum(count.right.values()) > 30


@pytest.mark.parametrize(
    ("source", "exports"),
    [
        ("Canvas", ["canvas", "csv", "json", "gradescope", "feedback-canvas"]),
        ("Moodle", ["moodle", "moodle, blind", "feedback-moodle", "feedback-folder"]),
        ("nbgrader", ["feedback-nbgrader"]),
    ],
)
def test_every_export_writes_marks(source: str, exports: list[str]) -> None:
    count = drawn(20, only=source)
    assert [count.right[source, to] > 0 for to in exports] == [True] * len(exports)


@pytest.mark.parametrize("kind", ["moodle_groups", "plain"])
def test_a_class_of_300_has_every_mark_once_staff_have_settled_what_is_asked(
    kind: str, tmp_path: Path
) -> None:
    done = large.run(kind, tmp_path / "class")
    assert (done.wrong, done.lost) == ((), ())
    assert done.students - done.told == done.right < done.finally_right == done.students
