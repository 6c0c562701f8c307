"""`check --watch`: it says once which file it takes, and answers a save sooner than a new `check`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.cli.student import Chosen
from autograder.records import assignment

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "assignments/undercomplete_overcomplete"
SAVES = 3
RATIO = 0.35  # of a save's time to that of the first check


def said(log: Path, count: int) -> list[float]:
    """Wait until `count` checks are shown, and return their seconds."""
    deadline = time.monotonic() + 240
    while log.read_text().count("Watching") < count:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return [float(s) for s in re.findall(r"graded\. ([\d.]+) s", log.read_text())]


def test_watch_says_once_which_file_it_takes_and_answers_a_save_soon(tmp_path: Path) -> None:
    for name in (f"{SMALL.name}.py", f"{SMALL.name}.ipynb"):
        shutil.copy(SMALL / name, tmp_path)
    os.utime(tmp_path / f"{SMALL.name}.ipynb", (1e9, 1e9))
    work, log = tmp_path / f"{SMALL.name}.py", tmp_path / "log"
    command = [sys.executable, "-u", "-m", "autograder", "check", "--watch", str(tmp_path)]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
    try:
        (cold,) = said(log, 1)
        for n in range(SAVES):
            time.sleep(0.3)
            work.write_text(work.read_text() + f"\n# {n}\n")
            _, *warm = said(log, 2 + n)
    finally:
        process.terminate()
        assert process.wait(30) == 1
    assert min(warm) <= RATIO * cold
    assert log.read_text().count("was changed last") == 1
    assert "begun" not in log.read_text()  # no progress line without a terminal


def test_the_file_is_named_again_when_the_other_one_is_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script, notebook = (tmp_path / f"{SMALL.name}{end}" for end in (".py", ".ipynb"))
    for file in (script, notebook):
        file.touch()
    os.utime(notebook, (1e9, 1e9))
    chosen = Chosen(tmp_path, assignment.load(SMALL / "assignment.toml"))
    assert [chosen.work(), chosen.work()] == [script, script]
    os.utime(notebook)
    os.utime(script, (1e9, 1e9))
    assert chosen.work() == notebook
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[0] for line in lines] == [script.name, notebook.name]


def test_a_terminal_shows_how_many_checks_have_begun(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    work = tmp_path / f"{SMALL.name}.py"
    shutil.copy(SMALL / work.name, work)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "autograder", "check", str(work)]
    done = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    text = b""
    while done.poll() is None or not text.endswith(b"\r"):
        try:
            text += os.read(ours, 1000)
        except OSError:  # the other end has closed
            break
    done.wait(60)
    assert b"starting" in text
    assert b"checking, 1 begun" in text
