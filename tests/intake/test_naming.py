"""Names of files: what browsers, Jupyter and file managers make of a name is still recognised."""

from __future__ import annotations

import pytest

from autograder.intake import naming
from autograder.records.assignment import Assignment, Limits

ASSIGNMENT = Assignment("lab", "T", ("lab.ipynb", "lab.py"), (), (), Limits())


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("lab.ipynb", "lab.ipynb"),
        ("work/LAB.PY", "lab.py"),
        ("lab-Copy1.ipynb", "lab.ipynb"),
        ("lab (1).py", "lab.py"),
        ("lab(2).py", "lab.py"),
        ("lab - Copy.ipynb", "lab.ipynb"),
        ("lab copy 2.ipynb", "lab.ipynb"),
        ("lab-2.py", "lab.py"),
        ("lab.ipynb.json", "lab.ipynb"),
        ("lab.ipynb.txt", "lab.ipynb"),
        ("lab.py.txt", "lab.py"),
        ("lab.ipynb-1.json", "lab.ipynb"),
        ("lab (1).ipynb.txt", "lab.ipynb"),
        ("lab_final.py", None),
        ("label.py", None),
        ("lab.json", None),
        ("lab.ipynb.pdf", None),
    ],
)
def test_a_name_is_recognised_as_the_one_asked_for_or_a_copy_of_it(name: str, asked: str | None) -> None:
    assert naming.asked(name, ASSIGNMENT) == asked


def test_a_source_is_told_by_its_name_and_keeps_its_stem() -> None:
    names = ["a.py", "a.IPYNB", "a.ipynb.json", "a.py.txt", "a.json", "a.txt", "a.zip", "py"]
    assert [name for name in names if naming.is_source(name)] == names[:4]
    assert naming.stem("x/Bo, Li.ipynb.json") == "Bo, Li"
    assert naming.plain("x/a.ipynb.txt") == "x/a.ipynb"
