"""Feedback on its way back: the current page of everybody who was graded, and nothing that is for staff."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import classroom
import pytest
from papers import ASSIGNMENT, paper

from autograder.cohort import Cohort, How, handback
from autograder.cohort.records import Back
from autograder.errors import UsageError
from autograder.gradebook import stamps
from autograder.records import results
from autograder.records.assignment import Assignment
from autograder.records.submission import Member, SubmissionInfo

SECRETS = ("SECRET", "PRINTED", "FLAGGED", "Prof. X", "/home/tara", "WARNED")
HEAD = ("Identifier", "Full name", "Grade", "Maximum grade", "Last modified (grade)")


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def pages(place: Path) -> list[str]:
    """The text of every page in a zip, a folder, or the folders of nbgrader."""
    if place.is_dir():
        pattern = "*/*/*.html" if place.name == "feedback" else "*.html"
        return [path.read_text("utf-8") for path in sorted(place.glob(pattern))]
    with zipfile.ZipFile(place) as archive:
        return [archive.read(name).decode() for name in archive.namelist()]


def known(name: str, number: str) -> SubmissionInfo:
    """A submission that every LMS knows; its file is on the disk of a teaching assistant."""
    lms = {"canvas_user": number, "moodle_participant": number}
    source = f"/home/tara/class.zip/{name}_{number}_9{number}_f.py"
    member = Member(name, name, f"{name}@x.org", lms)
    return SubmissionInfo(name, name, source, "", members=(member,), lms={"canvas_attachment": f"9{number}"})


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    """A class of three, full of facts for staff; the grader failed on eve's work."""
    for name, number in (("ada", "40"), ("bob", "41"), ("eve", "42")):
        made = paper(name, lost=["losses.bce"], status="ungraded" if name == "eve" else "graded")
        checks = tuple(replace(check, printed="PRINTED") for check in made.checks)
        about = {**made.provenance, "warning": "WARNED"}
        made = replace(made, checks=checks, flags=("FLAGGED",), provenance=about)
        results.write(replace(made, submission=known(name, number)), tmp_path / "results" / f"{name}.json")
        for stamp in stamps.STAMPS:
            path = stamps.folder_of(name, ASSIGNMENT, tmp_path) / stamp
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{stamp} of {name}")
    made = Cohort(tmp_path, ASSIGNMENT)
    made.override("ada", "losses", "20", "a hint was unclear", "Prof. X")
    return made


@pytest.fixture
def worksheet(tmp_path: Path) -> Path:
    """Moodle's worksheet of the class."""
    path = tmp_path / "worksheet.csv"
    rows = [
        (f"Participant {n}", who, "", "90.00", "-")
        for who, n in (("ada", "40"), ("bob", "41"), ("eve", "42"))
    ]
    path.write_text(classroom.written([HEAD, *rows]), "utf-8")
    return path


@pytest.mark.parametrize("to", get_args(Back))
def test_every_page_is_the_students_current_one_and_has_nothing_for_staff(
    cohort: Cohort, worksheet: Path, to: Back
) -> None:
    Cohort(cohort.out, ASSIGNMENT).override("ada", "losses", "21", "as agreed", "Prof. X")
    sent, place = Cohort(cohort.out, ASSIGNMENT).feedback(to, worksheet)
    written = pages(place)
    assert sent.written == len(written) == 2
    for name, page in zip(("ada", "bob"), written, strict=True):
        assert page == (cohort.out / "feedback" / f"{name}.html").read_text("utf-8")
        others = [f">{other}<" for other in ("ada", "bob", "eve") if other != name]
        assert [word for word in (*SECRETS, *others) if word in page] == []
        assert f">{name}<" in page
    assert "<strong>21</strong> of 25 points" in written[0]
    assert "set by staff: as agreed" in written[0]
    assert sent.left_out == ("eve: not graded yet: the reason",)
    assert [text.partition(":")[0] for text in sent.early] == ["ada", "bob"]


def test_zips_have_the_names_that_the_lms_reads_and_are_the_same_each_time(
    cohort: Cohort, worksheet: Path
) -> None:
    _, moodle = cohort.feedback("feedback-moodle", worksheet)
    assert moodle == cohort.out / "exports/feedback-moodle.zip"
    assert names(moodle) == [
        "ada_40_assignfeedback_file/feedback.html",
        "bob_41_assignfeedback_file/feedback.html",
    ]
    _, canvas = cohort.feedback("feedback-canvas", target=cohort.out / "up.zip")
    assert names(canvas) == ["ada_40_940_f.py.html", "bob_41_941_f.py.html"]
    before = canvas.read_bytes()
    cohort.feedback("feedback-canvas", target=canvas)
    assert canvas.read_bytes() == before


def test_the_classs_roster_serves_as_moodles_worksheet(cohort: Cohort, worksheet: Path) -> None:
    facts = cohort._facts
    with pytest.raises(
        UsageError,
        match=r"^export feedback-moodle: expected --template with Moodle's worksheet, got none; add it$",
    ):
        cohort.feedback("feedback-moodle")
    facts.set_inventory(replace(facts.inventory, roster=str(worksheet)))
    assert cohort.feedback("feedback-moodle")[0].written == 2


def test_a_folder_takes_the_pattern_of_names(cohort: Cohort) -> None:
    _, place = cohort.feedback("feedback-folder", name="{student_id}_{email}")
    assert sorted(path.name for path in place.iterdir()) == ["ada_ada_x.org.html", "bob_bob_x.org.html"]


def test_nbgrader_gets_its_stamps_and_a_student_without_one_does_not_stop_its_release(
    cohort: Cohort,
) -> None:
    (stamps.folder_of("bob", ASSIGNMENT, cohort.out) / "submission_secret.txt").unlink()
    sent, place = cohort.feedback("feedback-nbgrader")
    below = place / "ada/latent_space"
    assert sorted(path.name for path in below.iterdir()) == ["latent_space.html", *sorted(stamps.STAMPS)]
    assert (below / "submission_secret.txt").read_text() == "submission_secret.txt of ada"
    assert not (place / "bob").exists()
    assert sent.left_out[0] == "bob: nbgrader releases nothing without submission_secret.txt in submitted/"


def test_nbgraders_own_command_releases_each_page_to_the_student_with_that_secret(cohort: Cohort) -> None:
    from nbgrader.utils import notebook_hash

    _, place = cohort.feedback("feedback-nbgrader")
    exchange = cohort.out / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    words = ("release_feedback", "latent_space", "--course=c", f"--Exchange.root={exchange}")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=cohort.out,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    released = {path.stem: path.read_text("utf-8") for path in (exchange / "c/feedback").iterdir()}
    assert released == {
        notebook_hash(secret=f"submission_secret.txt of {name}", notebook_id="latent_space"): page
        for name, page in zip(("ada", "bob"), pages(place), strict=True)
    }


def test_where_no_page_can_be_written_nothing_is(cohort: Cohort) -> None:
    for path in (cohort.out / "autograded").rglob("*.txt"):
        path.unlink()
    message = r"^export feedback-nbgrader: expected at least one page to write, got none; ada: nbgrader rel"
    with pytest.raises(UsageError, match=message):
        cohort.feedback("feedback-nbgrader")
    assert not (cohort.out / "feedback/ada").exists()


def test_a_pattern_that_does_not_fit_writes_nothing(cohort: Cohort) -> None:
    with pytest.raises(UsageError, match=r"^--name: expected \{student\}"):
        cohort.feedback("feedback-folder", name="{grade}")
    assert not handback.place_of("feedback-folder", cohort.out).exists()


SUITE = {
    "public/test_one.py": '@check(points=2)\ndef test_doubles(student):\n    """It doubles."""\n'
    '    expect.close("f(3)", student.call("f", 3.0), 6.0)\n'
}
CLASS = classroom.people(6)


@pytest.mark.parametrize("kind", ["moodle", "canvas"])
def test_a_page_goes_back_to_the_student_whose_work_it_shows(
    scratch: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    small: Assignment = scratch(SUITE, {"one": 2})
    monkeypatch.setattr("autograder.records.assignment.SOLUTIONS", tmp_path)
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch/scratch.py").write_text("def f(x): return 2 * x\n")
    works = [("f.py", f"def f(x):\n    return x  # written by {p.sid}\n".encode()) for p in CLASS]
    first = classroom.make(kind, tmp_path / "tara's", CLASS, works, 2)
    second = classroom.make(kind, tmp_path / "tara's/again", CLASS, works, 2)
    cohort = Cohort(tmp_path / "out", small)
    cohort.grade([first, second], How("process"), roster=tmp_path / "tara's/moodle.csv")
    sent, place = cohort.feedback("feedback-moodle" if kind == "moodle" else "feedback-canvas")
    assert (sent.written, sent.left_out) == (len(CLASS), ())
    numbers = {getattr(p, "participant" if kind == "moodle" else "canvas"): p for p in CLASS}
    with zipfile.ZipFile(place) as archive:
        for name in archive.namelist():
            (person,) = (p for number, p in numbers.items() if f"_{number}_" in name)
            page = archive.read(name).decode()
            assert [p.sid for p in CLASS if f"written by {p.sid}<" in page] == [person.sid]
            assert f"older: {kind}.zip/" in page
            assert "tara" not in page


def test_marks_and_pages_go_to_the_same_rows_of_a_worksheet(cohort: Cohort, worksheet: Path) -> None:
    from autograder.cohort.records import Template

    _, marked = cohort.export("moodle", Template(worksheet), checks_only=True)
    _, place = cohort.feedback("feedback-moodle", worksheet)
    rows = csv.DictReader(io.StringIO(marked.read_text("utf-8")))
    with_mark = {row["Identifier"].split()[-1] for row in rows if row["Grade"]}
    assert with_mark == {name.split("_")[1] for name in names(place)}
