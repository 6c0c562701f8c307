"""Whose work, whose mark: in classes of confusable people every written mark is right, or blank and told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joins import compare
from joins.__main__ import drawn
from joins.compare import Count
from joins.downloads import SOURCES
from joins.exports import EXPORTS


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1 << 32))
def test_no_mark_is_on_a_wrong_row_or_lost_in_silence(tmp_path: Path, seed: int) -> None:
    count = Count()
    compare.run(seed, tmp_path, count)
    assert (count.wrong, count.lost) == ([], [])


@pytest.mark.parametrize("source", SOURCES)
def test_most_marks_of_each_source_are_written_by_some_export(source: str) -> None:
    count = drawn(12, only=source)
    assert (count.wrong, count.lost) == ([], [])
    assert sum(count.right.values()) > 100
    assert count.of[source] == 12


def test_every_export_writes_marks() -> None:
    count = drawn(60)
    assert {to for (_, to), times in count.right.items() if times} == set(EXPORTS)
