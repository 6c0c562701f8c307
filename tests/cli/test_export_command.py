"""The command export: what it names on the screen, and what stays in the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from papers import paper

from autograder.cli import main
from autograder.grades import inventory
from autograder.records import results
from autograder.records.submission import Member

HEAD = "Identifier,Status,Grade,Maximum grade,Last modified (grade),Feedback comments,Full name\n"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a class of two, whose written answers have no marks."""
    for name, number, lost in (("ada", "7", []), ("bob", "8", ["losses.mse"])):
        result = paper(name, lost=lost)
        who = replace(result.submission, members=(Member(name, lms={"moodle_participant": number}),))
        results.write(replace(result, submission=who), tmp_path / "out/results" / f"{name}.json")
    return tmp_path / "out"


def export(out: Path, *rows: str, options: tuple[str, ...] = ()) -> Result:
    """Export to a worksheet with `rows`; the file is beside `out`."""
    template = out.parent / "worksheet.csv"
    template.write_text(HEAD + "".join(f"{row}\n" for row in rows))
    words = ["export", "moodle", out, "--template", template, "--file", out.parent / "up.csv", *options]
    return CliRunner().invoke(main, list(map(str, words)))


def test_emptied_cells_are_named_with_what_they_held_and_kept_if_asked(out: Path) -> None:
    rows = ("Participant 7,Submitted,71.50,100,-,,ada", "Participant 8,Submitted,,100,-,,bob")
    emptied = export(out, *rows)
    heading = (
        "emptied, no grade yet → Moodle ignores an empty cell and keeps its mark: 1\n  ada: 71.50: not marked"
    )
    assert heading in emptied.output
    assert "left blank, no grade yet: 1\n  bob: not marked" in emptied.output
    assert "Participant 7,,-\n" in (out.parent / "up.csv").read_text()
    kept = export(out, *rows, options=("--keep",))
    assert "left unchanged: 1\n  ada: 71.50, no grade yet: not marked" in kept.output
    assert "Participant 7,71.50,-\n" in (out.parent / "up.csv").read_text()


def test_drafts_and_comments_are_named_without_control_characters(out: Path) -> None:
    rows = ("Participant 7,Draft,,90,-,=see me\x1b[2J,ada", "Participant 8,Submitted,,90,-,,bob")
    done = export(out, *rows, options=("--checks-only", "--column", "feedback comments"))
    assert "not submitted → ask whether the draft counts: 1\n  ada: a draft in Moodle" in done.output
    assert "comment by a person, left unchanged: 1\n  ada: =see me\N{REPLACEMENT CHARACTER}[2J" in done.output
    assert "2 grades written to" in done.output
    text = (out.parent / "up.csv").read_text()
    assert "Participant 7,90.00,-,=see me\x1b[2J\n" in text
    again = export(out, rows[0], rows[1].replace(",-,,", f",-,{text.splitlines()[2].partition('-,')[2]},"))
    assert "feedback fits an earlier grade" not in again.output


@pytest.mark.parametrize("to", ["csv", "json", "gradescope", "moodle", "canvas", "feedback-folder"])
def test_marks_for_other_work_are_named_whatever_is_written(out: Path, to: str) -> None:
    words = ["override", out, "ada", "losses", "20", "--reason", "read", "--by", "Tara"]
    assert CliRunner().invoke(main, list(map(str, words))).exit_code == 0
    result = results.read(out / "results/ada.json")
    newer = replace(result.submission, sha256="f" * 64)
    results.write(replace(result, submission=newer), out / "results/ada.json")
    template = out.parent / "own.csv"
    template.write_text(f"{HEAD}Participant 7,Submitted,,100,-,,ada\n")
    if to == "canvas":
        template.write_text("Student,ID,SIS User ID,SIS Login ID,Section,Latent space (1)\nada,7,,,x,\n")
    more = ("--template", template, "--column", "Latent space") if to == "canvas" else ()
    more = ("--template", template) if to == "moodle" else more
    done = CliRunner().invoke(main, list(map(str, ["export", to, out, *more])))
    assert (
        "marked before the work or its points changed → look again, then override … +0 to confirm, or back: 1"
        "\n  ada: losses, set to 20 by Tara for other work\n"
    ) in done.output, done.output


@pytest.mark.parametrize(
    ("to", "option", "kinds"),
    [
        ("csv", "--keep", "canvas, moodle"),
        ("json", "--keep", "canvas, moodle"),
        ("gradescope", "--keep", "canvas, moodle"),
        ("csv", "--scale", "canvas, moodle"),
        ("json", "--column=x", "canvas, moodle"),
        ("csv", "--template=x.csv", "canvas, moodle, feedback-moodle"),
        ("feedback-canvas", "--name={id}", "feedback-folder"),
        ("feedback-folder", "--checks-only", "canvas, moodle, gradescope, csv, json"),
    ],
)
def test_an_option_without_a_meaning_is_refused(out: Path, to: str, option: str, kinds: str) -> None:
    done = CliRunner().invoke(main, ["export", to, str(out), option])
    name = option.partition("=")[0]
    assert done.exit_code == 2
    assert f"{name}: expected only with {kinds}, got it with {to}; omit it" in done.output
    assert not (out / "exports").exists()


@pytest.mark.parametrize("to", ["csv", "json"])
def test_a_file_of_our_own_has_everyone_and_names_who_is_not_on_the_roster(out: Path, to: str) -> None:
    listed = (Member("ada", lms={"moodle_participant": "7"}), Member("Max Ray", "s9"))
    inventory.write(inventory.Inventory(roster="/class.csv", students=listed), out)
    done = CliRunner().invoke(main, ["export", to, str(out), "--checks-only"])
    assert "2 grades written to" in done.output
    assert "written, but not on the roster: 1\n  bob\n" in done.output
    text = next((out / "exports").iterdir()).read_text()
    assert all(name in text for name in ("ada", "bob", "Max Ray"))
