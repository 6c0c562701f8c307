"""`alike` on the command line: pairs within a class and with another year's, and the pages about them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from likeness.pupils import class_of, results_of

from autograder.cli import main
from autograder.records import results


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A class of five and one of the year before; one of today's handed in what `root0` wrote last year."""
    pupils = class_of(61, 4, [1], ["renamed"])
    today, before = tmp_path / "graded", tmp_path / "2025"
    for result in results_of(pupils):
        name = result.submission.id
        folder = before if name in ("root0", "own000") else today
        results.write(result, folder / "results" / f"{name}.json")
    return today, before


def test_a_copy_of_last_years_work_is_found_and_stays_found(folders: tuple[Path, Path]) -> None:
    today, before = folders
    assert "0 of 6 pairs stand out" in run("alike", today).output
    done = run("alike", today, "--against", before)
    assert done.exit_code == 0, done.output
    assert f"{before}/root0  root0-0-renamed" in done.output
    assert "1 of 14 pairs stand out" in done.output
    page = (today / "report/alike/index.html").read_text()
    assert f"{before}/root0" in page
    assert run("report", today).exit_code == 0
    assert "root0-0-renamed" in (today / "report/index.html").read_text().partition('id="alike"')[2]


def test_pages_of_pairs_show_both_codes_and_mark_what_is_shared(folders: tuple[Path, Path]) -> None:
    today, before = folders
    run("alike", today, "--against", before)
    texts = [path.read_text() for path in (today / "report/alike").glob("?*.html") if path.stem != "index"]
    (both,) = [text for text in texts if f"{before}/root0" in text and "root0-0-renamed" in text]
    assert both.count('class="line shared"') > 40
    assert "<script" not in both


def test_a_folder_that_is_gone_is_named_once(folders: tuple[Path, Path]) -> None:
    today, before = folders
    run("alike", today, "--against", before)
    before.rename(before.with_name("elsewhere"))
    assert run("report", today).exit_code == 0
    page = (today / "report/index.html").read_text()
    assert "no longer compared with, the folder is gone: 1" in page
    assert str(before) in page


@pytest.mark.parametrize(
    ("name", "message"), [("empty", "got no results in it"), ("graded", "got this one; omit it")]
)
def test_a_folder_without_results_or_the_class_itself_is_refused(
    folders: tuple[Path, Path], name: str, message: str
) -> None:
    today, _ = folders
    done = run("alike", today, "--against", today.parent / name)
    assert done.exit_code == 2
    assert message in done.output
