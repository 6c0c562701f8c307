"""Marks from a spreadsheet and back: every cell checked, no mark replaced in silence, all or nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from papers import ASSIGNMENT, paper

from autograder.cli import main
from autograder.errors import UsageError
from autograder.gradebook import course, marking, marks_in
from autograder.gradebook.marking import Entry
from autograder.gradebook.tables import opened
from autograder.records import results
from autograder.records.submission import Member

HEAD = "submission,written_losses,written_losses comment,written_latent"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a graded class of three, with a gradebook."""
    out = tmp_path / "graded"
    everyone = [results.write(paper(name), out / f"results/{name}.json") for name in ("ada", "bob", "eve")]
    course.prepare(out)
    course.publish(out, ASSIGNMENT, everyone, lambda info: ("latent_space.ipynb", '{"cells": []}'))
    return out


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def give(out: Path, text: str, *words: object) -> Result:
    path = out.parent / "marks.csv"
    path.write_text(text)
    return run("marks", out, path, "--by", "Tara", *words)


def points(out: Path) -> dict[str, dict[str, float | None]]:
    return {name: {q: m.points for q, m in of.items()} for name, of in marks_in(out, ASSIGNMENT).items()}


def test_marks_and_comments_are_given_and_count_at_once(out: Path) -> None:
    done = give(out, f'{HEAD}\nada,4,Well seen.,5\nbob,"2,5",,\n')
    assert (done.exit_code, done.output) == (0, "marks given: 3, comments: 1; replaced: 0; as before: 0\n")
    assert points(out) == {"ada": {"written_losses": 4, "written_latent": 5}, "bob": {"written_losses": 2.5}}
    assert "Well seen." in (out / "feedback/ada.html").read_text()
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO((out / "grades.csv").read_text()))}
    assert (rows["ada"]["grade"], rows["bob"]["grade"]) == ("99", "")


def test_who_gave_each_mark_and_from_where_is_in_the_history(out: Path) -> None:
    give(out, f"{HEAD}\nada,4,Well seen.,\n")
    with opened(course.url_of(out)) as book:
        query = "select who, why, question, what, after from latentlab_history where who = 'Tara' order by id"
        rows = list(book.connection.exec_driver_sql(query))
    assert [tuple(row) for row in rows] == [
        ("Tara", "from marks.csv", "written_losses", "manual_score", "4"),
        ("Tara", "from marks.csv", "written_losses", "manual_comment", "Well seen."),
    ]


def test_a_spreadsheet_that_was_written_and_read_back_changes_nothing(out: Path) -> None:
    give(out, f'{HEAD}\nada,4,"=1+1, or ""2""",5\n')
    path = out.parent / "back.csv"
    assert run("marks", out, path, "--write").output == f"3 rows written to {path}\n"
    assert path.read_text().splitlines()[1].startswith("Ada,ada,4,")
    before = (out / "gradebook.db").read_bytes()
    assert run("marks", out, path).output == "marks given: 0, comments: 0; replaced: 0; as before: 3\n"
    assert (out / "gradebook.db").read_bytes() == before


def test_a_mark_that_somebody_gave_is_replaced_only_on_demand(out: Path) -> None:
    give(out, f"{HEAD}\nada,4,Fine.,\n")
    refused = give(out, f"{HEAD}\nada,3,Fine.,2\n")
    assert refused.exit_code == 2
    assert "1 of its cells would replace what somebody gave; pass --replace to do so:" in refused.output
    assert "  row 2, ada, written_losses: 4 → 3\n" in refused.output
    assert points(out) == {"ada": {"written_losses": 4}}
    done = give(out, f"{HEAD}\nada,3,Fine.,2\n", "--replace")
    assert done.output == "marks given: 2, comments: 0; replaced: 1; as before: 1\n"
    assert points(out) == {"ada": {"written_losses": 3, "written_latent": 2}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("submission,written_losses\nada,4\nadda,3\n", "  row 3: matches no single submission: adda, 3\n"),
        (
            "submission,written_losses\nada,four\n",
            "  row 2, ada, written_losses: expected a number, got 'four'\n",
        ),
        (
            "submission,written_losses\nada,nan\n",
            "  row 2, ada, written_losses: expected a number, got 'nan'\n",
        ),
        (
            "submission,written_losses\nada,6\n",
            "row 2, ada, written_losses: expected a mark from 0 to 5, got 6\n",
        ),
        (
            "submission,written_losses\nada,-1\n",
            "row 2, ada, written_losses: expected a mark from 0 to 5, got -1",
        ),
        (
            "submission,writen_losses\nada,4\n",
            "expected a column 'written_losses', got 'writen_losses'; correct",
        ),
        ("submission,losses,losses\nada,4,5\n", "expected one column 'losses', got two; remove one of them"),
        ("submission,points\nada,4\n", "expected a column with a question's id (model, losses, sweep, "),
        (
            "submission,written_losses\nada,4\nada,5\n",
            "row 3, ada, written_losses: expected '4' as in row 2, got",
        ),
        ('submission,written_losses\nada,"4\n', "line 2: expected a row of a CSV"),
    ],
)
def test_a_cell_that_is_impossible_changes_nothing(out: Path, text: str, message: str) -> None:
    done = give(out, text)
    assert done.exit_code == 2
    assert message in done.output
    assert points(out) == {}


def test_rows_may_name_students_as_a_roster_does_and_other_columns_are_named(out: Path) -> None:
    unknown = give(out, "Student ID;Mood;written_losses\ns1;good;3,5\n")
    assert "  row 2: matches no single submission: s1, good, 3,5\n" in unknown.output
    path = out / "results/ada.json"
    ada = results.read(path)
    members = (Member("Ada Lovelace", "s1"),)
    results.write(replace(ada, submission=replace(ada.submission, members=members)), path)
    done = give(out, "Student ID;Mood;written_losses\ns1;good;3,5\ns2;;\n")
    assert done.exit_code == 0, done.output
    assert points(out) == {"ada": {"written_losses": 3.5}}
    assert "columns that were not read: Student ID, Mood" in done.output


def test_a_mark_that_somebody_typed_meanwhile_stops_the_whole_write(out: Path) -> None:
    url = course.url_of(out)
    marking.put(url, ASSIGNMENT, [Entry("bob", "written_losses", 2.0, None)], "Tom", "typed")
    both = [Entry("ada", "written_losses", 4.0, None), Entry("bob", "written_losses", 5.0, None)]
    with pytest.raises(
        UsageError, match=r"^bob, written_losses: expected None in the gradebook, got 2\.0, typed by"
    ):
        marking.put(url, ASSIGNMENT, both, "Tara", "typed")
    assert points(out) == {"bob": {"written_losses": 2}}
    with pytest.raises(
        UsageError, match=r"^zoe, written_losses: expected a box for a grade in the gradebook, got"
    ):
        marking.put(url, ASSIGNMENT, [Entry("zoe", "written_losses", 4.0, None)], "Tara", "typed")


def test_a_folder_without_a_gradebook_is_refused(tmp_path: Path) -> None:
    results.write(paper("ada"), tmp_path / "graded/results/ada.json")
    done = give(tmp_path / "graded", f"{HEAD}\nada,4,,\n")
    assert "expected a folder with a gradebook, got none; run autograder regrade" in done.output
