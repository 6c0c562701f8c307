"""Whose work, whose mark: in classes of confusable people every written mark is right, or blank and told."""

from __future__ import annotations

from pathlib import Path

import joins
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1 << 32))
def test_no_mark_is_on_a_wrong_row_or_lost_in_silence(tmp_path: Path, seed: int) -> None:
    count = joins.Count()
    joins.run(seed, tmp_path, count)
    assert (count.wrong, count.lost) == ([], [])


def test_few_classes_are_refused_and_most_marks_are_written(tmp_path: Path) -> None:
    count = joins.main(40)
    assert count.refused <= 4
    assert count.right > count.told > 0
