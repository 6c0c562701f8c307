"""The kit as a package: its wheel's contents, and its use by students and staff in an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.records.assignment import load
from autograder.records.places import CHECKOUT, Paths
from autograder.release import archive, gate, leaks, staff
from autograder.sandbox.docker import DockerSandbox

PATHS = Paths(CHECKOUT, "latent_space")
ASSIGNMENT = load(PATHS.assignment / "assignment.toml")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The wheel, built from this checkout."""
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (path,) = out.glob("*.whl")
    return path.read_bytes()


@pytest.fixture(scope="module")
def python(wheel: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the libraries of this one and, of the kit, only the wheel."""
    folder = tmp_path_factory.mktemp("environment")
    return gate.environment({"student/latent_lab.whl": wheel}, folder / "venv")


def autograder(python: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a folder that has nothing else."""
    kept = ("PATH", "HOME", "DOCKER_HOST", "TMPDIR")
    variables = {name: os.environ[name] for name in kept if name in os.environ}
    command = [str(python), "-m", "autograder", *words]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


NAMES = ("latent_space", "undercomplete_overcomplete")


def test_the_wheel_has_one_name_and_no_hidden_check_solution_or_reference(wheel: bytes) -> None:
    files = archive.unzipped(wheel)
    assert {name.split("/")[0] for name in files} == {
        *("autograder", "latent_lab.pth", "latent_lab-0.1.0.dist-info"),
    }
    assert not [name for name in files if "/hidden/" in name or name.endswith((".npz", ".pyc"))]
    assert "autograder/py.typed" in files
    assert "autograder/suites/latent_space/public/test_losses.py" in files
    for name in NAMES:
        paths = Paths(CHECKOUT, name)
        secrets = leaks.secrets(paths, load(paths.assignment / "assignment.toml"))
        secrets = {line: origin for line, origin in secrets.items() if origin != "a staff path"}
        others = [f"autograder/suites/{other}/" for other in NAMES if other != name]
        own = {path: data for path, data in files.items() if not path.startswith(tuple(others))}
        assert leaks.search(own, secrets) == []


def test_a_student_checks_and_packs_and_checks_in_a_cell(python: Path, tmp_path: Path) -> None:
    work = tmp_path / "latent_space.py"
    work.write_bytes((PATHS.solution / "latent_space.py").read_bytes())
    done = autograder(python, tmp_path, "check", "latent_space.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert "25 of 25 points in the public checks" in done.stdout
    assert autograder(python, tmp_path, "pack", "latent_space.py").returncode == 0
    cell = "from latent_space import *\nfrom autograder.doors.kernel import check\nprint(check('losses'))"
    in_cell = subprocess.run(
        [str(python), "-c", cell], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "7 of 7 points in the public checks" in in_cell.stdout


def test_a_template_scores_nothing_in_the_public_checks(python: Path, tmp_path: Path) -> None:
    (tmp_path / "latent_space.py").write_bytes((PATHS.assignment / "latent_space.py").read_bytes())
    done = autograder(python, tmp_path, "check", "latent_space.py")
    assert done.returncode == 1
    assert "0 of 25 points in the public checks" in done.stdout


def test_staff_grade_report_and_export_with_their_bundle(python: Path, tmp_path: Path) -> None:
    archive.write(staff.files(PATHS, ASSIGNMENT), tmp_path / "staff")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "ada.py").write_bytes((PATHS.solution / "latent_space.py").read_bytes())
    words = ("grade", "work", "--out", "graded", "--sandbox", "process", "--assignment", "staff")
    done = autograder(python, tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert " 90/90  graded" in done.stdout
    for words in (("report", "graded"), ("export", "csv", "graded"), ("show", "graded", "ada")):
        done = autograder(python, tmp_path, *words, "--assignment", "staff")
        assert done.returncode == 0, done.stderr
    assert "ada" in (tmp_path / "graded/exports/csv.csv").read_text()


def test_grading_with_the_package_alone_says_that_hidden_checks_are_missing(
    python: Path, tmp_path: Path
) -> None:
    (tmp_path / "ada.py").write_text("x = 1\n")
    done = autograder(python, tmp_path, "grade", "ada.py", "--out", "graded", "--sandbox", "process")
    assert done.returncode == 2
    assert "expected public and hidden checks of latent_space, got public ones only" in done.stderr
    assert "--assignment staff" in done.stderr


def test_an_installed_kit_knows_the_image_of_its_checkout(
    python: Path, tmp_path: Path, docker: DockerSandbox
) -> None:
    done = autograder(python, tmp_path, "image")
    assert done.returncode == 0, done.stderr
    assert f"{docker.image} is up to date" in done.stdout
    done = autograder(python, tmp_path, "doctor")
    assert f"worker image {docker.identity()[7:19]}" in done.stdout


def test_commands_that_need_a_checkout_say_so(python: Path, tmp_path: Path) -> None:
    for words in (("new", "another_one"), ("release", "0.1.0", "--dry-run")):
        done = autograder(python, tmp_path, *words)
        assert done.returncode == 2
        assert "works on a checkout of Latent Lab" in done.stderr
        assert "run it from a checkout, after make setup" in done.stderr
