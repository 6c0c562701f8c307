"""The student bundle: its contents, that it works alone, and that two builds are the same bytes."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import autograder
from autograder.errors import AssignmentError
from autograder.intake import finding
from autograder.records.assignment import Assignment
from autograder.records.places import Paths
from autograder.release import archive, gate, gradescope, student


def test_two_builds_are_the_same_bytes(
    paths: Paths, assignment: Assignment, bundle: dict[str, bytes]
) -> None:
    assert student.files(paths, assignment, "1.2.3") == bundle


def test_the_bundle_has_what_a_student_needs_and_no_more(bundle: dict[str, bytes]) -> None:
    wheel = "latent_lab_latent_space-1.2.3-py3-none-any.whl"
    wanted = {"latent_space.ipynb", "latent_space.py", "handout.md", "data.md", "README.md", "start.py"}
    assert "| `lesson.html` | the lesson: read it first |\n| `handout.md`" in bundle["README.md"].decode()
    assert set(bundle) == {
        *wanted,
        "lesson.html",
        "mistakes.md",
        "requirements.txt",
        "constraints.txt",
        wheel,
    }
    inside = archive.unzipped(bundle[wheel])
    assert "autograder/suites/latent_space/public/test_losses.py" in inside
    assert not [name for name in inside if {"hidden", "reference", "release"} & set(name.split("/"))]


def test_every_requirement_is_pinned(bundle: dict[str, bytes]) -> None:
    lines = bundle["requirements.txt"].decode().splitlines()
    assert "torch==2.13.0" in lines
    assert all("==" in line or line.startswith(("#", "-c ", "./")) for line in lines)


def test_all_top_level_imports_of_the_wheel_are_required(bundle: dict[str, bytes]) -> None:
    inside = archive.unzipped(next(data for name, data in bundle.items() if name.endswith(".whl")))
    provided = {"autograder"}
    modules = {
        name.partition(".")[0]
        for path, data in inside.items()
        if path.endswith(".py")
        for node in ast.parse(data).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
        )
    }
    packages = {"IPython": "ipython"}
    needed = {packages.get(name, name) for name in modules - provided - sys.stdlib_module_names}
    assert needed <= set(student.REQUIRED)


@pytest.mark.parametrize("files", [student.files, gradescope.files], ids=["student", "gradescope"])
def test_a_wheel_has_every_module_of_the_kit_that_it_imports_at_top_level(
    files: Callable[..., dict[str, bytes]], paths: Paths, assignment: Assignment
) -> None:
    built = files(paths, assignment, "1.2.3")
    inside = archive.unzipped(next(data for name, data in built.items() if name.endswith(".whl")))
    here = Path(autograder.__file__).parent.parent
    for path, data in inside.items():
        for node in ast.parse(data).body if path.endswith(".py") else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograder"):
                place = (node.module or "").replace(".", "/")
                candidates = [
                    f"{place}.py",
                    f"{place}/__init__.py",
                    *(f"{place}/{n.name}.py" for n in node.names),
                ]
                assert {name for name in candidates if (here / name).is_file()} <= set(inside), path


def test_students_read_nothing_of_the_late_policy() -> None:
    text = (
        'name = "n"\n[limits]\nmemory_mb = 9\n[late]\n# Ada was ill\nextensions = { ada = 2 }\n\n'
        '[[questions]]\nid = "q"\n'
    )
    cut = student.settings(text)
    assert "ada" not in cut.lower()
    assert tomllib.loads(cut) == {"name": "n", "limits": {"memory_mb": 9}, "questions": [{"id": "q"}]}
    assert student.settings("[late]\nper_day = 1\n[late.extensions]\nada = 2\n") == ""
    with pytest.raises(AssignmentError, match="expected the late policy in tables of its own"):
        student.settings("late.per_day = 10\n")


def test_each_question_of_the_notebook_ends_with_its_checks(
    bundle: dict[str, bytes], assignment: Assignment
) -> None:
    cells = json.loads(bundle["latent_space.ipynb"])["cells"]
    calls = ["".join(c["source"]).splitlines()[-1] for c in cells if 'check("' in "".join(c["source"])]
    assert calls == [f'check("{question.id}")' for question in assignment.questions]


def test_a_source_without_a_data_page_is_refused(paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(
        AssignmentError,
        match=r"data\.md: expected a file, because every release includes it, got none; write it",
    ):
        student._read(tmp_path / "data.md")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, bundle: dict[str, bytes]) -> Path:
    """The Python of an environment that has, of the kit, only the student's wheel."""
    files = {f"student/{name}": data for name, data in bundle.items()}
    return gate.environment(files, tmp_path_factory.mktemp("alone") / "venv")


def run(python: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "autograder", *words]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def test_the_public_checks_pass_on_the_solution_with_the_bundle_alone(
    alone: Path, tmp_path: Path, solution: str
) -> None:
    (tmp_path / "latent_space.py").write_text(solution)
    before = os.times()
    done = run(alone, tmp_path, "check")
    after = os.times()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    used = after.children_user + after.children_system - before.children_user - before.children_system
    assert used < 20  # CPU-seconds on two cores: under 10 s of wall clock on a machine of its own


def test_the_bundle_alone_has_no_staff_commands(alone: Path, tmp_path: Path) -> None:
    shown = run(alone, tmp_path, "--help").stdout
    assert [line.split()[0] for line in shown.split("Commands:")[1].strip().splitlines()] == ["check", "pack"]
    assert "Commands: check, pack" in run(alone, tmp_path, "grade", "x").stderr


def test_packing_twice_gives_the_same_zip_and_intake_accepts_it(
    alone: Path, tmp_path: Path, solution: str, assignment: Assignment
) -> None:
    (tmp_path / "latent_space.py").write_text(solution)
    output = run(alone, tmp_path, "pack", "--out", "one.zip").stdout
    run(alone, tmp_path, "pack", "--out", "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    (packed,) = finding.find([tmp_path / "one.zip"], assignment)
    assert packed.rejected is None
    receipt = json.loads(zipfile.ZipFile(tmp_path / "one.zip").read("receipt.json"))
    assert receipt["sha256"] == packed.sha256
    assert receipt["sha256"] in output


def test_packing_what_cannot_be_graded_says_what_to_change(alone: Path, tmp_path: Path) -> None:
    (tmp_path / "latent_space.ipynb").write_text("{")
    done = run(alone, tmp_path, "pack")
    assert done.returncode == 1
    assert "expected a notebook, got a file that is not JSON" in done.stdout
    assert not list(tmp_path.glob("*.zip"))


def test_watch_checks_again_after_a_save(alone: Path, tmp_path: Path) -> None:
    work = tmp_path / "latent_space.py"
    work.write_text("x = 1\n")
    command = [str(alone), "-m", "autograder", "check", "--watch", "latent_space.py"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with (tmp_path / "said").open("w") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        _until(tmp_path / "said", 1)
        work.write_text("x = 2\n")
        _until(tmp_path / "said", 2)
    finally:
        process.terminate()
        assert process.wait(30) == 1  # the status of the last check
    assert "stopped" not in (tmp_path / "said").read_text()


def _until(path: Path, count: int) -> None:
    deadline = time.monotonic() + 240
    while path.read_text().count("Watching latent_space.py: save it to check again") < count:
        assert time.monotonic() < deadline, path.read_text()
        time.sleep(0.2)


def test_start_refuses_another_python(folder: Path) -> None:
    program = (
        "import sys, runpy; sys.version_info = (3, 9, 0); runpy.run_path('start.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1
    assert (
        "start.py: expected Python 3.11 to 3.14, got 3.9; install 3.12, then run: python3.12 start.py"
        in done.stderr
    )


def test_start_says_what_to_install_for_a_python_without_pip(folder: Path) -> None:
    program = (
        "import runpy, subprocess, venv\n"
        "def create(*_, **__): raise subprocess.CalledProcessError(1, 'ensurepip')\n"
        "venv.create = create\n"
        "runpy.run_path('start.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"install python3.{sys.version_info.minor}-venv, then remove the folder .venv" in done.stderr
