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
    "assignment.py": {"errors"},
    "submission.py": set(),
    "results.py": {"errors", "submission"},
    "overrides.py": {"errors"},
    "sheet.py": {"errors"},
    "store.py": {"errors", "results"},
    "inventory.py": {"errors", "submission", "results"},
    "regrade.py": {"results"},
    "attention.py": {"results", "inventory", "policy"},
    "exports": {"errors", "assignment", "submission", "results", "policy", "intake", "sheet", "exports"},
    "policy.py": {"assignment", "submission", "results", "overrides"},
    "worker": {"errors", "wire", "worker"},
    "image.py": {"errors"},
    "sandbox": {"errors", "wire", "assignment", "image", "sandbox"},
    "judge": {"errors", "wire", "assignment", "submission", "results", "sandbox", "judge"},
    "suites": {"judge", "suites"},
    "notebook.py": {"errors", "submission"},
    "excerpt.py": {"submission"},
    "handout.py": {"assignment"},
    "pictures.py": {"results"},
    "page.py": set(),
    "items.py": {"results"},
    "similarity.py": {"assignment", "results"},
    "feedback.py": {"assignment", "excerpt", "handout", "page", "pictures", "policy", "results"},
    "report.py": {"assignment", "attention", "items", "page", "pictures", "policy", "results", "similarity"},
    "intake": {"errors", "submission", "assignment", "notebook", "sheet", "intake"},
    "gradebook": {"errors", "assignment", "submission", "results", "policy", "intake", "gradebook"},
    "cluster.py": {"errors", "results"},
    "integrity.py": {"submission"},
    "libraries.py": {"submission"},
    "archives.py": {"errors"},
    "grading.py": {"errors", "assignment", "submission", "results", "judge", "sandbox", "integrity"},
    "processes.py": set(),
    "batch.py": {
        *(
            "errors",
            "assignment",
            "submission",
            "results",
            "sandbox",
            "grading",
            "store",
            "cluster",
            "processes",
        )
    },
    "publish.py": {
        *("assignment", "results", "inventory", "policy", "attention", "exports"),
        *("feedback", "page", "report", "similarity"),
    },
    "packing.py": {"assignment", "errors", "grading", "intake", "submission"},
    "definitions.py": set(),
    "render.py": {"errors", "definitions"},
    "corpus.py": {"errors", "archives"},
    "release": {
        *("errors", "assignment", "submission", "results", "notebook", "definitions", "render", "corpus"),
        *("image", "sandbox", "judge", "intake", "grading", "release"),
    },
    "kernel.py": {"errors", "assignment", "grading", "results", "sandbox", "submission", "wire", "worker"},
    "gradescope.py": {
        "errors",
        "assignment",
        "exports",
        "grading",
        "intake",
        "results",
        "sandbox",
        "submission",
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
    modules = (
        "autograder.grading, autograder.judge.plugin, autograder.suites.latent_space.oracle, autograder.batch"
    )
    program = f"import sys, {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable], input=program, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_reference_imports_nothing_of_the_grader_and_only_hidden_suites_import_it() -> None:
    for path in sorted((ROOT / "reference").rglob("*.py")):
        assert not {name for name in imported(path) if name.startswith("autograder")}, path
    for path in sorted((ROOT / "autograder").rglob("*.py")):
        if "hidden" not in path.parts:
            assert not {name for name in imported(path) if name.split(".")[0] == "reference"}, path
