"""Flags from a submission's text: which names are listed, and that honest work has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.grading import integrity
from autograder.intake import finding
from autograder.proof import corpus
from autograder.records import assignment as assignments
from autograder.records.places import ASSIGNMENTS, SOLUTIONS
from autograder.records.submission import PARSED, Cell


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("import ctypes, numpy", "ctypes"),
        ("from urllib.request import urlopen", "urllib"),
        ("import os\nos.fork()", "os.fork"),
        ("f = sys._getframe()", "sys._getframe"),
        ("exec('x = 1')", "exec"),
        ("class Yes:\n    def __eq__(self, other): return True", "__eq__"),
        ("class Not:\n    __class__ = property(lambda self: list)", "__class__"),
        ("open('/proc/self/environ')", "/proc"),
        ("import os, ctypes\nos.kill(1, 9)", "ctypes, os.kill"),
    ],
)
def test_a_suspicious_name_is_listed(source: str, named: str) -> None:
    expected = f"the code uses names that the assignment does not need: {named}"
    assert integrity.flags([Cell("f.py", source)]) == (expected,)


def test_code_that_cannot_be_parsed_has_no_flag() -> None:
    assert integrity.flags([Cell("f.py", "def f(:"), Cell("g", "x = '\0'")]) == ()


def test_code_too_large_to_search_is_flagged_as_such() -> None:
    half = "a;" * (PARSED // 4 + 1)
    assert integrity.flags([Cell("f.py", half)]) == ()
    wanted = f"the code has {PARSED + 4} characters, over {PARSED}; it was not searched for suspicious names"
    assert integrity.flags([Cell("f.py", half), Cell("g.py", half)]) == (wanted,)


def test_no_honest_sample_is_flagged(tmp_path: Path) -> None:
    loaded = assignments.load(ASSIGNMENTS / "latent_space" / "assignment.toml")
    corpus.build([s for s in corpus.load() if s.kind not in ("hostile", "cheating")], tmp_path)
    work = finding.find([tmp_path, SOLUTIONS / "latent_space" / "latent_space.ipynb"], loaded)
    assert {w.id: integrity.flags(w.cells) for w in work if integrity.flags(w.cells)} == {}
