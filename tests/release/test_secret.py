"""A release's secret: drawn once for each version, kept by staff, and never in what students get."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.authoring import drawing
from autograder.records import assignment as assignments
from autograder.records.assignment import Assignment
from autograder.records.places import CHECKOUT, Paths
from autograder.release import gate, gradescope, leaks, secret, staff, student

NAME = "undercomplete_overcomplete"
PATHS = Paths(CHECKOUT, NAME)
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    loaded = assignments.load(PATHS.assignment / "assignment.toml")
    folder = tmp_path_factory.mktemp("drawn")
    (folder / f"{NAME}-1.0.0.secret").write_text(f"{SECRET}\n")
    found = secret.drawn(loaded, "1.0.0", folder / "dist", folder)
    assert found.secret == SECRET
    return found.assignment


def test_a_version_has_one_secret_also_when_it_is_built_again(tmp_path: Path) -> None:
    out, kept = tmp_path / "dist", tmp_path / "kept"
    first = secret.secret_of("line-1.0.0", out, kept)
    assert len(first) == 32
    assert secret.secret_of("line-1.0.0", out, kept) == first
    assert secret.secret_of("line-1.0.1", out, kept) != first
    assert (kept / "line-1.0.0.secret").stat().st_mode & 0o077 == 0
    (out / "staff").mkdir(parents=True)
    (out / "staff" / drawing.SECRET).write_text(f"{SECRET}\n")
    assert secret.secret_of("line-1.0.0", out, kept) == SECRET


def test_a_dry_run_keeps_no_secret(tmp_path: Path) -> None:
    secret.secret_of("line-1.0.0", tmp_path / "dist", tmp_path / "kept", keep=False)
    assert not (tmp_path / "kept").exists()


def test_an_assignment_that_draws_nothing_stays_as_it_is(drawn: Assignment, tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    plain = replace(drawn, suites=tmp_path)
    assert secret.drawn(plain, "1.0.0", tmp_path / "dist", tmp_path) == (plain, "")
    assert not list(tmp_path.glob("*.secret"))


def test_only_staff_get_secret_and_drawing(drawn: Assignment) -> None:
    numbers = (drawn.suite / "drawn.json").read_bytes()
    for_staff = staff.files(PATHS, drawn, SECRET)
    assert for_staff["secret.txt"] == f"{SECRET}\n".encode()
    assert for_staff[f"suites/{NAME}/drawn.json"] == numbers
    bundle = {f"student/{n}": data for n, data in student.files(PATHS, drawn, "1.0.0").items()}
    assert leaks.search(bundle, leaks.secrets(PATHS, drawn, SECRET)) == []
    grader = leaks.texts({"autograder.zip": gradescope.zipped(gradescope.files(PATHS, drawn, "1.0.0"))})
    assert not any(SECRET in text for _, text in grader)


def test_a_leak_of_secret_key_or_numbers_is_found(drawn: Assignment) -> None:
    table = json.loads((drawn.suite / "drawn.json").read_text(encoding="utf-8"))
    row = json.dumps(table["capacity"]["strengths"])
    files = {f"staff/{drawing.SECRET}": f"{SECRET}\n".encode()}
    for leak in (SECRET, table["key"], row):
        bundle = {"student/notes.md": f"see {leak}".encode()}
        (reason,) = gate.leaked(files, bundle, PATHS, drawn)
        assert "hidden checks" in reason
    for name in ("drawn.json", "secret.txt", "draw.py"):
        assert f"student/{name} is not a file for students" in gate.leaked(
            files, {f"student/{name}": b""}, PATHS, drawn
        )
