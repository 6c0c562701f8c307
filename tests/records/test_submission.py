"""Submissions in memory: small, and whole again when they are read."""

from __future__ import annotations

import pickle
from dataclasses import asdict, replace

import pytest

from autograder.records.submission import Cell

TEXT = "def losses(x̂, x):\n    return '\ud800'  # a lone surrogate, as a damaged file may hold\n" * 500


def test_a_cells_text_comes_back_as_it_was_and_takes_little_room() -> None:
    cell = Cell("cell 2", TEXT, 7)
    assert cell.source == TEXT
    assert len(pickle.dumps(cell)) < len(TEXT) / 10


def test_cells_are_equal_by_what_is_in_them_in_every_process() -> None:
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
