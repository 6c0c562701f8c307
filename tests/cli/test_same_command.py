"""The command `same`: what it says, and that the pages and the grades follow at once."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from papers import paper

from autograder.cli import main
from autograder.grades import inventory
from autograder.grades.inventory import Inventory
from autograder.records import results
from autograder.records.submission import Member


def test_a_submission_is_given_to_a_student_on_the_roster_and_taken_back(tmp_path: Path) -> None:
    results.write(paper("jr", "jr"), tmp_path / "results" / "jr.json")
    inventory.write(Inventory(roster="/gb.csv", students=(Member("Harris, Martin", "h1"),)), tmp_path)
    run = CliRunner().invoke
    done = run(main, ["same", str(tmp_path), "jr", "h1"])
    assert (done.exit_code, done.output) == (0, "jr belongs to Harris, Martin\n")
    assert '"Harris, Martin",h1' in (tmp_path / "grades.csv").read_text()
    done = run(main, ["same", str(tmp_path), "jr", "back"])
    assert (done.exit_code, done.output) == (0, "jr belongs to whom the next grade finds\n")
    assert ",h1," in (tmp_path / "grades.csv").read_text().splitlines()[-1]  # listed as missing again
    done = run(main, ["same", str(tmp_path), "jr", "h2"])
    assert (done.exit_code, done.output) == (
        2,
        "autograder: no student 'h2' in /gb.csv\n",
    )
