"""Imports of libraries that are not installed where work is graded are reported, nested ones too."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.doors import libraries
from autograder.intake import finding
from autograder.proof import corpus
from autograder.records import assignment
from autograder.records.places import CONTEXT
from autograder.records.submission import Cell
from autograder.sandbox.docker import DockerSandbox

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import altair as alt\n", ["f.py, line 5: `altair`"]),
        ("def f():\n    from bokeh.plotting import x\n", ["f.py, line 6: `bokeh`"]),
        ("class A:\n    def f(self):\n        if 1:\n            import cv2, os\n", ["f.py, line 8: `cv2`"]),
        ("import altair\ndef f():\n    import altair, dash.io\n", ["f.py, line 5: `altair`", "`dash`"]),
        ("import torch.nn as nn, scipy.stats\nfrom os import path\nfrom . import x\nimport work\n", []),
        ("try:\n    import altair\nexcept ImportError:\n    pass\n", []),
        ("def f(:\n", []),
    ],
)
def test_a_missing_library_is_reported_with_its_first_line(source: str, expected: list[str]) -> None:
    notes = libraries.missing([Cell("f.py", source, 5)], "work")
    assert len(notes) == len(expected)
    for note, place in zip(notes, expected, strict=True):
        assert place in note
        assert "not installed where your work is graded; remove this import" in note


def test_correct_samples_get_no_note_except_one_that_imports_altair(tmp_path: Path) -> None:
    asked = assignment.load(ROOT / "assignments/latent_space/assignment.toml")
    corpus.build([s for s in corpus.load() if s.kind == "correct"], tmp_path)
    works = finding.find([tmp_path], asked)
    assert len(works) > 40
    (note,) = (note for work in works for note in libraries.missing(work.cells, asked.name))
    assert "line 11: `altair`" in note


def test_the_listed_libraries_are_those_that_the_image_is_made_of() -> None:
    asked = (CONTEXT / "requirements.txt").read_text().splitlines()
    packages = {line for line in asked if line and not line.startswith("#")}
    assert {*libraries.PACKAGES} == packages - {"pexpect"}


@pytest.mark.parametrize(
    "handout", sorted(ROOT.glob("assignments/*/handout.md")), ids=lambda p: p.parent.name
)
def test_each_handout_lists_them_with_their_versions(handout: Path) -> None:
    text = " ".join(handout.read_text().split())
    assert f"Your work is graded with {libraries.in_grading()}. It can import nothing else" in text


@pytest.mark.docker
def test_the_image_has_exactly_the_listed_libraries(docker: DockerSandbox) -> None:
    import subprocess

    names = [*libraries.OFFERED, *libraries.BROUGHT, "altair", "bokeh", "cv2", "jax", "tensorflow"]
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


def test_other_versions_than_those_of_grading_are_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = {"torch": "2.13.0", "torchvision": "0.28.0", "numpy": "2.4.6"}
    monkeypatch.setattr(libraries.metadata, "version", lambda name: f"{pins[name]}+cpu")
    monkeypatch.setattr(libraries.sys, "version_info", (3, 13, 2))
    assert libraries.versions() == ""
    monkeypatch.setattr(libraries.sys, "version_info", (3, 12, 5))
    pins["torch"] = "2.6.0"
    assert libraries.versions() == (
        "here: Python 3.12, torch 2.6.0; in grading: Python 3.13, torch 2.13.0; results may differ a little, "
        "and grading's count"
    )
    pins.pop("numpy")

    def version(name: str) -> str:
        if name not in pins:
            raise libraries.metadata.PackageNotFoundError(name)
        return pins[name]

    monkeypatch.setattr(libraries.metadata, "version", version)
    assert "numpy missing" in libraries.versions()
