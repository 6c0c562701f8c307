"""Files compared by their code: formatting, comments and outputs make no difference, a statement does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.intake import compare
from autograder.records.assignment import Assignment, Limits
from autograder.records.submission import PARSED

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
    assert (compare.content("a.py", other).work == compare.content("a.py", CODE).work) is same


def test_a_file_is_identified_with_imports_and_with_or_without_exploration() -> None:
    marked = b'# %%\nx = 1\n# %% tags=["exploration"]\nimport os\ny = 2\n'
    exported, graded, bare = b"x = 1\nimport os\ny = 2\n", b"x = 1\n", b"x = 1\ny = 2\n"
    codes = compare.content("a.py", marked).codes
    shared = [bool(codes & compare.content("b.py", other).codes) for other in (exported, graded, bare)]
    assert shared == [True, True, False]


def test_the_text_of_notebook_and_script_is_compared_as_words() -> None:
    cells = [{"cell_type": "markdown", "source": ["## Answer\n", "*Blue*  is `better`"]}]
    notebook = json.dumps({"cells": cells}).encode()
    script = b"# %% [markdown]\n# ## Answer\n# Blue is better\n# %%\nx = 1  # more\n"
    assert compare.content("a.ipynb", notebook).text == {"Answer Blue is better"}
    assert compare.content("a.py", script).text == {"Answer Blue is better"}


def test_a_file_that_cannot_be_read_has_an_identity_only_and_defines_nothing() -> None:
    content = compare.content("a.ipynb", b"{")
    assert (content.readable, content.work, content.text) == (False, frozenset(), frozenset())
    assert content.codes != compare.content("a.ipynb", b"[").codes
    assert compare.defined("a.ipynb", b"{", ["f"]) == 0


def test_deeply_nested_code_equals_only_itself() -> None:
    deep = b"x = " + b"(" * 5000 + b"1" + b")" * 5000
    assert compare.content("a.py", deep).work == {deep.decode()}


def test_half_a_million_statements_are_not_parsed_here() -> None:
    huge = b"a;" * (PARSED // 2 + 1)
    assert compare.content("a.py", huge).work == {huge.decode()}


def test_top_level_definitions_are_counted() -> None:
    code = b"class A(B): pass\ndef f(x): pass\ng = 1\nif g == 2: pass\n    def h(): pass\n# def i(): pass\n"
    assert compare.defined("a.py", code, ["A", "B", "f", "g", "h", "i"]) == 3


def test_a_template_that_is_not_here_is_empty(tmp_path: Path) -> None:
    assignment = Assignment("lab", "T", ("lab.ipynb", "lab.py"), (), (), Limits(), folder=tmp_path)
    assert compare.template(assignment) == compare.Content()
    (tmp_path / "lab.py").write_bytes(CODE)
    assert compare.template(assignment).work == compare.content("a.py", CODE).work
