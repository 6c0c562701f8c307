"""Submissions in memory: compressed, and unchanged when they are read."""

from __future__ import annotations

import pickle
from dataclasses import asdict, replace

import pytest

from autograder.records.submission import Cell

TEXT = "def losses(x̂, x):\n    return '\ud800'  # a lone surrogate, as a damaged file may contain\n" * 500


def test_a_cells_text_is_unchanged_and_takes_little_memory() -> None:
    cell = Cell("cell 2", TEXT, 7)
    assert cell.source == TEXT
    assert len(pickle.dumps(cell)) < len(TEXT) / 10


def test_cells_with_equal_contents_are_equal_in_every_process() -> None:
    cell = Cell("cell 2", TEXT, 7)
    assert cell == pickle.loads(pickle.dumps(cell)) == replace(cell) != replace(cell, source="other")
    assert hash(cell) == hash(Cell("cell 2", TEXT, 7))
    assert asdict(cell) == {"name": "cell 2", "source": TEXT, "first_line": 7}


def test_a_cell_without_text_is_refused() -> None:
    with pytest.raises(TypeError, match="source"):
        Cell("cell 2")  # type: ignore[call-arg]


def test_a_cell_whose_text_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="str"):
        Cell("cell 2", None)  # type: ignore[arg-type]
