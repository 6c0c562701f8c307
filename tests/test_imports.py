"""Who may import whom: imports point down, the judge never loads torch, the worker knows only the wire."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY = {  # the parts of ours that a file, or the files of a folder, may import
    "errors.py": set(),
    "wire.py": {"errors"},
    "records": {"errors", "records"},
    "worker": {"errors", "wire", "worker"},
    "intake": {"errors", "records", "intake"},
    "grades": {"errors", "records", "grades"},
    "sandbox": {"errors", "wire", "records", "sandbox"},
    "judge": {"errors", "wire", "records", "sandbox", "judge"},
    "suites": {"judge", "suites"},
    "exports": {"errors", "records", "grades", "intake", "exports"},
    "gradebook": {"errors", "records", "grades", "intake", "gradebook"},
    "grading": {"errors", "records", "grades", "sandbox", "judge", "grading"},
    "pages": {"records", "grades", "exports", "pages"},
    "authoring": {"errors", "records", "authoring"},
    "doors": {"errors", "wire", "records", "intake", "sandbox", "worker", "exports", "grading", "doors"},
    "cohort": {
        *("errors", "records", "intake", "grades", "gradebook", "grading", "exports", "pages", "cohort"),
    },
    "proof": {"errors", "records", "intake", "grades", "sandbox", "judge", "grading", "pages", "proof"},
    "release": {
        *("errors", "records", "intake", "sandbox", "judge", "grading", "authoring", "proof", "release"),
    },
}


def imported(path: Path) -> set[str]:
    """The modules that a file imports, by their dotted names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files(part: str) -> list[Path]:
    place = ROOT / "autograder" / part
    return [place] if place.suffix else sorted(place.rglob("*.py"))


@pytest.mark.parametrize("part", MAY)
def test_a_part_imports_only_what_lies_below_it(part: str) -> None:
    for path in files(part):
        ours = {name.split(".")[1] for name in imported(path) if name.startswith("autograder.")}
        assert ours <= MAY[part], path


def test_the_judge_sees_only_the_seam_of_the_sandbox() -> None:
    for path in files("judge"):
        below = {name for name in imported(path) if name.startswith("autograder.sandbox.")}
        assert not {n for n in below if n.split(".")[2] in ("docker", "process", "pipes", "fake")}, path


def test_the_judge_and_the_suites_load_no_torch() -> None:
    modules = "autograder.grading.batch, autograder.judge.plugin, autograder.suites.latent_space.oracle"
    program = f"import sys, {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable], input=program, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_reference_imports_nothing_of_the_grader_and_only_hidden_suites_import_it() -> None:
    for path in sorted((ROOT / "reference").rglob("*.py")):
        assert not {name for name in imported(path) if name.startswith("autograder")}, path
    for path in sorted((ROOT / "autograder").rglob("*.py")):
        if "hidden" not in path.parts:
            assert not {name for name in imported(path) if name.split(".")[0] == "reference"}, path
