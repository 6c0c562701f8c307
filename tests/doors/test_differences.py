"""What grading treats otherwise than a kernel is named once, with its first place."""

from __future__ import annotations

import pytest

from autograder.doors import differences, libraries
from autograder.intake.notebook import MAX_TRANSLATION
from autograder.intake.translation import cost, python_of
from autograder.records.submission import Cell


def cells(*sources: str) -> list[Cell]:
    assert sum(map(cost, sources)) < MAX_TRANSLATION
    return [Cell(f"cell {n}", python_of(source)) for n, source in enumerate(sources, start=1)]


@pytest.mark.parametrize(
    ("source", "place", "words"),
    [
        ("x = 1\n!pip install seaborn", "cell 1, line 2", "do not run in grading"),
        ("files = !ls", "cell 1, line 1", "do not run in grading"),
        ("%pip install seaborn", "cell 1, line 1", "nothing is installed"),
        ("%%bash\nls", "cell 1, line 1", "do not run in grading"),
        ("%%capture\n!pip install seaborn", "cell 1, line 2", "do not run in grading"),
        ("def f(m):\n    return torch.compile(m)", "cell 1, line 2", "returns the model as it is"),
        ("import os\nos.kill(os.getpid(), 9)", "cell 1, line 2", "ends its cell and not the program"),
        ("exit()", "cell 1, line 1", "ends its cell"),
        ("name = input('name')", "cell 1, line 1", "raises EOFError"),
    ],
)
def test_a_construct_is_named_with_its_place(source: str, place: str, words: str) -> None:
    (note,) = differences.notes(cells(source, source))
    assert note.startswith(f"{place}: ")
    assert words in note


@pytest.mark.parametrize("source", ["%matplotlib inline", "%%time\nx = 1", "f(1)", "def f(:", "m.compile(1)"])
def test_what_is_as_in_a_kernel_is_not_named(source: str) -> None:
    assert differences.notes(cells(source)) == ()


def test_a_module_that_a_cell_writes_is_not_missing() -> None:
    assert libraries.missing(cells("%%writefile training.py\nx = 1", "import training"), "work") == ()
