"""What is found in a suite's code by its syntax tree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autograder.authoring import suitecode
from autograder.authoring.suitecode import Code


def code(text: str) -> Code:
    return Code(Path("test_one.py"), ast.parse(text))


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("close('f', got, 1.0)", ""),
        ("close('f', got, 1.0, 1e-4)", ""),
        ("close('f', got, 1.0, 0)", "expect.close: expected rtol above 0, got 0; write the error"),
        ("close('f', got, 1.0, rtol=0.0, atol=1e-6)", ""),
        ("close('f', got, 1.0, rtol=0, atol=size(got))", ""),
        ("close('f', got, 1.0, 1e-4, 0)", ""),  # relative alone, as both are written
        ("close('f', got, 1.0, atol=0)", "expected atol above 0, got 0"),
        ("close('f', got, 1.0, rtol=-1, atol=1)", "expected rtol above 0, got -1"),
        ("close('f', got, 1.0, NONE)", "expected rtol above 0, got 0"),
        ("close('f', got, 1.0, TWICE)", ""),  # which value it has here is not known
        ("below('f', got, 0)", "expect.below: expected bound above 0, got 0; write the largest"),
        ("below('f', got, bound=2)", ""),
        ("cause_of(got, likely, 0)", "expect.cause_of: expected rtol above 0"),
        ("true(got, 0)", ""),
    ],
)
def test_tolerances_of_0_are_found(call: str, found: str) -> None:
    text = f"NONE = 0\nTWICE = 0\nTWICE = 1\nexpect.{call}\n"
    faults = list(suitecode.zero_tolerances(code(text)))
    assert len(faults) == bool(found)
    assert all(fault.startswith("test_one.py:4: ") and found in fault for fault in faults), faults


def test_both_tolerances_of_0_are_two_faults() -> None:
    assert len(list(suitecode.zero_tolerances(code("expect.close('f', got, 1.0, 0, 0)")))) == 2


def test_names_are_those_that_an_import_binds() -> None:
    text = """
import os.path, numpy as np
from math import pi
a, (b, c) = 1, (2, 3)
d: int = 4
if a:
    e = 5
else:
    def f(): inner = 6
try:
    with open(os.devnull) as g: h = 7
except OSError:
    pass
class K:
    k = 8
if __name__ == "__main__":
    explored = 9
"""
    assert suitecode.names(ast.parse(text)) == {*"abcdefgh", "K", "np", "os", "pi"}
    assert suitecode.names(ast.parse("from math import *")) is None


def test_unknown_names_are_found_only_where_names_are_known() -> None:
    asked = code(
        "student.call('f')\nstudent.new('K')\nstudent.make('loader')\nstudent.call(name)\nother.call('x')"
    )
    assert list(suitecode.unknown_names(asked, {"f", "K"}, {"loader"})) == []
    assert list(suitecode.unknown_names(asked, set(), set())) == []
    assert list(suitecode.unknown_names(asked, {"f", "Ka"}, {"load"})) == [
        "test_one.py:2: student.new: expected a name in the solution, got 'K', did you mean 'Ka'?; "
        "correct it, or write it there",
        "test_one.py:3: student.make: expected a name in standins.py, got 'loader', did you mean 'load'?; "
        "correct it, or write it there",
    ]


def test_a_file_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_bytes(b"x = '\xff'\n")
    (bad,) = suitecode.of(tmp_path)
    assert bad.fault.startswith(f"{tmp_path / 'bad.py'}: expected Python, got what cannot be read (")
    assert bad.tree.body == []
