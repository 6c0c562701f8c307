"""`autograder report`, in a separate process, on results made by hand."""

from __future__ import annotations

from pathlib import Path

from papers import paper
from test_cli import autograder

from autograder.records import results


def test_report_writes_all_pages_again_with_an_override(tmp_path: Path) -> None:
    results.write(paper("ada", lost=["losses.mse"]), tmp_path / "out/results/ada.json")
    words = ("losses", "25", "--reason", "a complaint", "--by", "TA")
    assert autograder("override", "out", "ada", *words, cwd=tmp_path).returncode == 0
    done = autograder("report", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"report    {Path('out/report/index.html')} (1 submission)\n"
    assert "<strong>25</strong> of 25 points" in (tmp_path / "out/feedback/ada.html").read_text()
    assert "changed (1)" in (tmp_path / "out/report/index.html").read_text()


def test_report_of_an_empty_folder_says_what_to_do_first(tmp_path: Path) -> None:
    done = autograder("report", str(tmp_path))
    assert done.returncode == 2
    assert "expected a folder with results, got none; grade first" in done.stderr
