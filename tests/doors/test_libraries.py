"""Imports of what is not installed where work is graded are told, wherever in the text they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.doors import libraries
from autograder.intake import finding
from autograder.proof import corpus
from autograder.records import assignment
from autograder.records.submission import Cell
from autograder.sandbox.docker import DockerSandbox

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import pandas as pd\n", ["f.py, line 5: `pandas`"]),
        ("def f():\n    from seaborn.utils import x\n", ["f.py, line 6: `seaborn`"]),
        ("class A:\n    def f(self):\n        if 1:\n            import cv2, os\n", ["f.py, line 8: `cv2`"]),
        ("import pandas\ndef f():\n    import pandas, plotly.io\n", ["f.py, line 5: `pandas`", "`plotly`"]),
        ("import torch.nn as nn, scipy.stats\nfrom os import path\nfrom . import x\nimport work\n", []),
        ("try:\n    import seaborn\nexcept ImportError:\n    pass\n", []),
        ("def f(:\n", []),
    ],
)
def test_a_library_that_is_not_there_is_told_with_its_first_line(source: str, told: list[str]) -> None:
    found = libraries.missing([Cell("f.py", source, 5)], "work")
    assert len(found) == len(told)
    for sentence, words in zip(found, told, strict=True):
        assert words in sentence
        assert "not installed where your work is graded" in sentence


def test_right_work_is_told_nothing_but_of_seaborn_where_it_imports_that(tmp_path: Path) -> None:
    asked = assignment.load(ROOT / "assignments/latent_space/assignment.toml")
    corpus.build([s for s in corpus.load() if s.kind == "correct"], tmp_path)
    works = finding.find([tmp_path], asked)
    assert len(works) > 40
    (note,) = (note for work in works for note in libraries.missing(work.cells, asked.name))
    assert "line 11: `seaborn`" in note


@pytest.mark.docker
def test_the_image_has_what_is_said_to_be_there_and_none_of_what_is_not(docker: DockerSandbox) -> None:
    import subprocess

    names = [*libraries.OFFERED, *libraries.BROUGHT, "pandas", "seaborn", "cv2", "tensorflow", "plotly"]
    program = f"from importlib.util import find_spec; print(*[n for n in {names} if find_spec(n)])"
    command = [
        "docker",
        "run",
        "--rm",
        "--network",
        "none",
        "--entrypoint",
        "/opt/venv/bin/python",
        docker.image,
        "-c",
        program,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [*libraries.OFFERED, *libraries.BROUGHT]
