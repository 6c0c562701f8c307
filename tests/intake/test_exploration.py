"""Names that only cells tagged as exploration define are named where other cells use them."""

from __future__ import annotations

import pytest

from autograder.intake import exploration
from autograder.records.submission import PARSED, Cell

HELPER = Cell("cell 2", "import seaborn as sns\ndef helper(): pass\nfor k in range(3):\n    last = k")


@pytest.mark.parametrize(
    ("kept", "named"),
    [
        ("def f():\n    return helper()", ["helper"]),
        ("def f():\n    sns.set()\n    return helper(last)", ["helper", "last", "sns"]),
        ("def helper(): pass\nhelper()", []),
        ("def f(helper):\n    return helper", []),
        ("from mine import helper\nhelper()", []),
        ("x = print", []),
        ("def f(:", []),
    ],
)
def test_a_name_that_no_graded_cell_defines_is_named(kept: str, named: list[str]) -> None:
    first, *notes = exploration.notes([Cell("cell 4", kept)], [HELPER])
    assert first == "1 cell tagged 'exploration' was not run"
    assert sorted(note.split("`")[1] for note in notes) == named
    for note in notes:
        assert note.startswith("cell 4: `")
        assert note.endswith(
            "is defined only in cell 2, which is tagged 'exploration' and does not run in grading; define it "
            "in a cell without that tag"
        )


def test_without_tagged_cells_there_is_nothing_to_say_and_long_code_is_not_searched() -> None:
    assert exploration.notes([Cell("cell 4", "helper()")], []) == ()
    assert len(exploration.notes([Cell("cell 4", "helper()" + " " * PARSED)], [HELPER])) == 1
