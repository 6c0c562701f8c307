"""The command line as users run it, in a separate process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.cli.base import harmless

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "assignments" / "undercomplete_overcomplete"


def autograder(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograder", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300, check=False)


def test_help_of_every_command_shows_an_example() -> None:
    for command in ("check", "grade", "show", "override", "regrade", "report", "export", "doctor"):
        shown = autograder(command, "--help").stdout
        assert f"Example: autograder {command}" in shown


def test_output_survives_a_terminal_that_cannot_show_every_character(tmp_path: Path) -> None:
    work = tmp_path / "ein Ordner ü"
    work.mkdir()
    (work / "undercomplete_overcomplete.py").write_text(
        "def active_units(z, threshold=0.1): return '✓ ñ 数'\n"
    )
    narrow = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "autograder", "check"]
    done = subprocess.run(command, capture_output=True, cwd=work, env=narrow, timeout=300, check=False)
    said = done.stdout.decode("cp1252")
    assert (done.returncode, done.stderr) == (1, b"")
    assert "  x `active_units` counts the units that vary" in said


def test_a_misspelt_command_is_answered_with_the_nearest() -> None:
    done = autograder("grad")
    assert done.returncode == 2
    assert "Did you mean grade?" in done.stderr


def test_the_command_line_starts_without_torch_or_pytest() -> None:
    program = (
        "import sys, autograder.cli; print(sorted({'torch', 'pytest', 'numpy', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_check_of_a_missing_file_exits_with_2(tmp_path: Path) -> None:
    done = autograder("check", "nothing.py", cwd=tmp_path)
    assert done.returncode == 2
    assert "nothing.py: no such file or folder" in done.stderr


def test_check_passes_on_the_solution_and_fails_on_the_template() -> None:
    right = autograder("check", str(ROOT / "solutions/latent_space/latent_space.py"))
    assert right.returncode == 0, right.stdout + right.stderr
    assert "✗" not in right.stdout
    empty = autograder("check", str(ROOT / "assignments/latent_space/latent_space.py"))
    assert empty.returncode == 1
    assert re.search(r"^0 of \d+ points in the public checks", empty.stdout, re.MULTILINE)


def test_check_reports_a_library_that_official_grading_lacks(tmp_path: Path) -> None:
    work = tmp_path / f"{SMALL.name}.py"
    text = (SMALL / work.name).read_text()
    work.write_text(text + "\n\ndef picture():\n    import altair\n")
    shown = autograder("check", str(work)).stdout
    assert f"{work.name}, line {len(work.read_text().splitlines())}: `altair` is not installed" in shown


def test_check_shows_printed_output_and_repeats_no_message(tmp_path: Path) -> None:
    work = tmp_path / f"{SMALL.name}.py"
    work.write_text("def sparse_loss(*_, **__):\n    print('so far')\n    raise ValueError('no')\n")
    shown = autograder("check", str(work)).stdout
    assert "your code raised ValueError at undercomplete_overcomplete.py, line 3" in shown
    assert "printed: so far" in shown
    work.write_text(
        "def sparse_loss(*_, **__):\n    raise ValueError('no')\n\n\nactive_units = sparse_loss\n"
    )
    shown = autograder("check", str(work)).stdout
    assert shown.count("your code raised ValueError") == 1
    assert shown.count("      as above\n") >= 1
    assert shown.count("      not tried, for a reason above\n") >= 1
    assert "printed" not in shown


def test_a_closed_pipe_ends_check_quietly() -> None:
    work = SMALL / f"{SMALL.name}.py"
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-u", "-m", "autograder", "check", str(work)]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_pack_refuses_a_syntax_error_and_lists_what_is_not_written_yet(tmp_path: Path) -> None:
    work = tmp_path / f"{SMALL.name}.py"
    work.write_text("x = 1\ndef f(:\n")
    done = autograder("pack", str(work))
    assert done.returncode == 1
    assert f"{work.name}, line 2: Python cannot read this (invalid syntax)\nSo nothing" in done.stdout
    assert not list(tmp_path.glob("*.zip"))
    work.write_text((SMALL / work.name).read_text())
    done = autograder("pack", str(work))
    assert done.returncode == 0
    assert "not written yet: pca_reconstruction, sparse_loss, active_units, train_denoising" in done.stdout
    assert "no answer yet to: What keeps an autoencoder from copying; a person marks these" in done.stdout
    assert f"{work.name}: {len(work.read_bytes()):,} bytes, SHA-256 " in done.stdout
    assert '"sha256"' not in done.stdout
    work.write_text("sparse_loss = active_units = max\n\n\ndef hook():\n    raise NotImplementedError\n")
    assert "not written" not in autograder("pack", str(work)).stdout


def test_grade_continues_where_it_stopped_and_writes_every_output(tmp_path: Path) -> None:
    (tmp_path / "in/ada").mkdir(parents=True)
    (tmp_path / f"in/ada/{SMALL.name}.py").write_text("sparse_loss = 3\n")
    (tmp_path / "in/bob.py").write_text("def f(:\n")
    words = ("grade", "in", "--out", "out", "--sandbox", "process", "--assignment", str(SMALL))
    first = autograder(*words, "--jobs", "2", cwd=tmp_path)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "rejected: 1 → the students must hand in again, or appeal\n  bob: " in first.stdout
    before = (tmp_path / "out/results/ada.json").read_text()
    again = autograder(*words, "--jobs", "1", cwd=tmp_path)
    assert "2 already graded and still valid" in again.stdout
    assert (tmp_path / "out/results/ada.json").read_text() == before
    assert "no wall" in before
    pages = ("feedback/ada.html", "report/index.html", f"autograded/ada/{SMALL.name}/{SMALL.name}.ipynb")
    for name in ("results/bob.json", "grades.csv", "gradebook.db", "nbgrader_config.py", *pages):
        assert (tmp_path / "out" / name).is_file()


def test_grade_only_names_the_nearest_submission(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_text("x = 1\n")
    done = autograder("grade", ".", "--out", "out", "--sandbox", "process", "--only", "adda", cwd=tmp_path)
    assert done.returncode == 2
    assert "no student 'adda' in the downloads; did you mean 'ada'?" in done.stderr


def test_grade_checks_the_gradebook_before_grading(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_text("x = 1\n")
    words = ("grade", "ada.py", "--out", "out", "--sandbox", "process", "--gradebook", "gradebook")
    done = autograder(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert "--gradebook: expected a database's URL such as postgresql://user@host/course" in done.stderr
    assert not (tmp_path / "out" / "results").exists()


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("check", "expected one submission, found 2; name the file to check"),
        ("pack", "expected a file to pack, got a folder without latent_space"),
    ],
)
def test_check_and_pack_need_one_submission(tmp_path: Path, command: str, text: str) -> None:
    for name in ("ada.py", "bob.py"):
        (tmp_path / name).write_text("x = 1\n")
    done = autograder(command, cwd=tmp_path)
    assert done.returncode == 2
    assert text in done.stderr


def test_grade_does_not_overwrite_a_file(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_text("x = 1\n")
    done = autograder("grade", "ada.py", "--out", "ada.py", cwd=tmp_path)
    assert done.returncode == 2
    assert "--out ada.py: expected a folder, got a file; name another" in done.stderr


def test_doctor_lists_what_is_installed() -> None:
    shown = autograder("doctor").stdout
    assert "torch 2.13.0" in shown
    assert "Docker engine" in shown


def test_terminal_control_characters_are_replaced() -> None:
    assert harmless("a\x1b]0;owned\x07b\tc\nd\x9be é") == "a\ufffd]0;owned\ufffdb\tc\nd\ufffde é"
