"""The import rules: imports point down, the judge never loads torch, the worker imports only the wire."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.records import sources
from autograder.records.places import CHECKOUT, PACKAGE

ROOT = CHECKOUT
MAY = {  # from the bottom up: what each file or folder of the kit may import besides itself
    "__init__": set(),
    "errors": set(),
    "wire": {"errors"},
    "records": {"errors"},
    "authoring": {"errors", "records"},
    "worker": {"errors", "wire"},
    "intake": {"errors", "records"},
    "grades": {"errors", "records"},
    "sandbox": {"errors", "wire", "records", "__init__"},
    "judge": {"errors", "wire", "records", "sandbox"},
    "suites": {"judge"},
    "likeness": {"errors", "records"},
    "exports": {"errors", "records", "intake", "grades"},
    "gradebook": {"errors", "records", "intake", "grades", "__init__"},
    "grading": {"errors", "records", "grades", "sandbox", "judge", "__init__"},
    "pages": {"errors", "records", "grades", "exports", "likeness"},
    "doors": {"errors", "wire", "records", "intake", "worker", "sandbox", "exports", "grading", "__init__"},
    "cohort": {
        *("errors", "records", "intake", "grades", "exports", "gradebook", "grading", "likeness", "pages"),
    },
    "proof": {
        *("errors", "records", "authoring", "intake", "sandbox", "grades", "judge", "grading", "pages"),
    },
    "desk": {"errors", "records", "grades", "exports", "pages", "cohort"},
    "release": {
        *("errors", "records", "authoring", "intake", "sandbox", "judge", "grading", "doors", "pages"),
        *("proof", "__init__"),
    },
    "cli": {
        *("errors", "records", "authoring", "intake", "grades", "sandbox", "grading"),
        *("doors", "cohort", "desk", "proof", "release", "__init__"),
    },
    "__main__": {"cli"},
}
SEAM = {"autograder.sandbox", "autograder.sandbox.seam"}  # the part of the sandboxes that a judge may import


def part_of(module: str) -> str:
    """The row of a module: a package, a file beside the packages, or the kit's `__init__`."""
    return module.split(".")[1] if "." in module else "__init__"


def files(part: str) -> list[Path]:
    place = PACKAGE / part
    return sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def violations(path: Path, part: str, suite: str = "") -> list[str]:
    """Descriptions of the forbidden imports in a file of a part, or of one assignment's `suite`."""
    names = sorted(sources.imports(path, typing=True))
    messages = [f"{part} imports {name}" for name in names if part_of(name) not in MAY[part] | {part}]
    if part == "judge":
        past = [name for name in names if part_of(name) == "sandbox" and name not in SEAM]
        messages += [f"judge imports {name}, past the seam" for name in past]
    if suite:
        suites = [name for name in names if part_of(name) == "suites" and name != "autograder.suites"]
        messages += [f"the suite of {suite} imports {n}" for n in suites if n.split(".")[2] != suite]
    if "reference" in {name.split(".")[0] for name in imported(path)}:
        messages.append(f"{part} imports the reference")
    return messages


def suite_of(path: Path) -> str:
    """The assignment whose suite a file belongs to; empty for any other file."""
    parts = path.relative_to(PACKAGE).parts
    return parts[1] if parts[0] == "suites" and len(parts) > 2 else ""


def imported(path: Path) -> set[str]:
    """All modules that a file imports, by dotted name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def test_every_part_of_the_kit_has_a_row() -> None:
    parts = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert parts == MAY.keys()


def test_the_rows_are_ordered_from_the_bottom_up() -> None:
    order = list(MAY)
    for part, below in MAY.items():
        assert not [other for other in below if order.index(other) >= order.index(part)], part


@pytest.mark.parametrize("part", MAY)
def test_a_part_imports_only_parts_below_it(part: str) -> None:
    assert [text for path in files(part) for text in violations(path, part, suite_of(path))] == []


@pytest.mark.parametrize("part", MAY)
def test_no_row_allows_an_unused_import(part: str) -> None:
    used = {part_of(name) for path in files(part) for name in sources.imports(path, typing=True)}
    assert MAY[part] <= used


FORBIDDEN = [(part, other) for part in MAY for other in MAY if other not in MAY[part] | {part, "__init__"}]


@pytest.mark.parametrize(("part", "other"), FORBIDDEN)
def test_an_import_that_a_row_does_not_allow_is_reported(part: str, other: str, tmp_path: Path) -> None:
    path = tmp_path / "changed.py"
    text = files(part)[0].read_text(encoding="utf-8")
    path.write_text(f"{text}\n\ndef late():\n    import autograder.{other}\n")
    assert f"{part} imports autograder.{other}" in violations(path, part)


@pytest.mark.parametrize(
    ("part", "line", "message"),
    [
        ("suites", "import reference.model", "suites imports the reference"),
        (
            "suites",
            "from autograder.suites.second import oracle",
            "the suite of first imports autograder.suites",
        ),
        ("judge", "from autograder.sandbox.docker import X", "judge imports autograder.sandbox.docker, past"),
        ("judge", "import autograder.sandbox.process", "judge imports autograder.sandbox.process, past"),
        ("proof", "import autograder.cli.staff", "proof imports autograder.cli.staff"),
        ("worker", "from autograder.records.results import X", "worker imports autograder.records.results"),
        ("grading", "import reference.model", "grading imports the reference"),
        ("cli", "from reference import losses", "cli imports the reference"),
    ],
)
def test_other_forbidden_imports_are_reported(part: str, line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "changed.py"
    path.write_text(line)
    messages = violations(path, part, "first" if part == "suites" else "")
    assert any(text.startswith(message) for text in messages)


def test_the_judge_and_the_suites_load_no_torch() -> None:
    modules = "autograder.grading.batch, autograder.judge.plugin, autograder.suites.latent_space.oracle"
    program = f"import sys, {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable], input=program, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_reference_does_not_import_the_grader() -> None:
    for path in sorted((ROOT / "reference").rglob("*.py")):
        assert not {name for name in imported(path) if name.split(".")[0] == "autograder"}, path
