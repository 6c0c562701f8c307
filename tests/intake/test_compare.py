"""Files compared by their code: formatting, comments and outputs make no difference, a statement does."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.intake import compare
from autograder.records.assignment import Assignment, Limits

CODE = b"import os\ndef f(x):\n    return 2*x\nprint(f(1))\n"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (b"def f(x):  # twice\n\n    return 2 * x\n", True),
        (b"'''notes'''\nimport sys\ndef f(x):\n    return (2*x)\nget_ipython().system('ls')\nf\n", True),
        (b"def f(x):\n    return 3*x\n", False),
        (b"def f(x):\n    return 2*x\nf.scale = 1\n", False),
        (b"def f(x):\n    return 2*x\nsetattr(f, 'scale', 1)\n", False),
        (b"def f(x:\n", False),
    ],
)
def test_work_is_compared_by_syntax(other: bytes, same: bool) -> None:
    assert (compare.work("a.py", other) == compare.work("a.py", CODE)) is same


def test_everything_includes_imports_and_exploration() -> None:
    marked = b'# %%\nx = 1\n# %% tags=["exploration"]\nimport os\ny = 2\n'
    assert len(compare.work("a.py", marked) or ()) == 1
    assert len(compare.work("a.py", marked, everything=True) or ()) == 3


def test_a_file_that_cannot_be_read_has_no_work_and_defines_nothing() -> None:
    assert compare.work("a.ipynb", b"{") is None
    assert compare.defined("a.ipynb", b"{", ["f"]) == 0


def test_deeply_nested_code_equals_only_itself() -> None:
    deep = b"x = " + b"(" * 5000 + b"1" + b")" * 5000
    assert compare.work("a.py", deep) == (deep.decode(),)


def test_top_level_definitions_are_counted() -> None:
    code = b"class A(B): pass\ndef f(x): pass\ng = 1\nif g == 2: pass\n    def h(): pass\n# def i(): pass\n"
    assert compare.defined("a.py", code, ["A", "B", "f", "g", "h", "i"]) == 3


def test_a_template_that_is_not_here_is_empty(tmp_path: Path) -> None:
    assignment = Assignment("lab", "T", ("lab.ipynb", "lab.py"), (), (), Limits(), folder=tmp_path)
    assert compare.template(assignment) == frozenset()
    (tmp_path / "lab.py").write_bytes(CODE)
    assert compare.template(assignment) == frozenset(compare.work("a.py", CODE) or ())
