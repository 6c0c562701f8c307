"""The course directory around a gradebook: what nbgrader reads in it, and which pages are rendered again."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import UsageError
from autograder.gradebook import course, fill, tables
from autograder.gradebook.marks import manual_marks
from autograder.gradebook.tables import opened
from autograder.records.assignment import Assignment
from autograder.records.results import Result
from autograder.records.submission import SubmissionInfo

NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "source": "def f(): ..."},
        {"cell_type": "markdown", "source": "**What did you see?** (5 points)"},
        {"cell_type": "markdown", "source": "I saw it."},
    ]
}


def reopen(info: SubmissionInfo) -> tuple[str, str]:
    return "scratch.ipynb", json.dumps(NOTEBOOK)


def publish(out: Path, assignment: Assignment, *results: Result, reopen: Any = reopen) -> course.Filled:
    (out.parent / "scratch.ipynb").write_text(json.dumps(NOTEBOOK))
    course.prepare(out)
    return course.publish(out, assignment, results, reopen)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder for results."""
    return tmp_path / "graded"


@pytest.fixture
def api(out: Path) -> Iterator[Callable[[], Any]]:
    """Return `api()`, which opens nbgrader's API on the course in `out`, as formgrader does."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.apps.baseapp import NbGrader
    from nbgrader.coursedir import CourseDirectory

    before = Path.cwd()

    def opened() -> Any:
        os.chdir(out)
        app = NbGrader()
        app.load_config_file()
        return NbGraderAPI(CourseDirectory(config=app.config), config=app.config)

    yield opened
    os.chdir(before)


def page_of(out: Path, student: str) -> Path:
    return out / "autograded" / student / "scratch" / "scratch.ipynb"


def test_nbgrader_finds_assignment_submissions_and_scores(
    out: Path, assignment: Assignment, make: Any, api: Any
) -> None:
    assert publish(out, assignment, make("ada", 3, 1), make("bob")).rendered == 2
    nbgrader = api()
    (listed,) = nbgrader.get_assignments()
    assert (listed["name"], listed["max_score"], listed["source_path"]) == ("scratch", 10, "source/scratch")
    rows = {row["student"]: row for row in nbgrader.get_submissions("scratch")}
    assert (rows["ada"]["score"], rows["ada"]["autograded"]) == (4, True)
    indices = nbgrader.get_notebook_submission_indices("scratch", "scratch")
    assert sorted(indices.values()) == [0, 1]


def test_marks_and_comments_by_hand_reach_nbgraders_feedback(
    out: Path, assignment: Assignment, make: Any, api: Any
) -> None:
    publish(out, assignment, make("ada", 3, 1))
    type_in(out, assignment, "ada", 4, "Well seen.")
    publish(out, assignment, make("ada", 2, 1, suite="s2"))
    done = api().generate_feedback("scratch", "ada")
    assert done["success"], done["log"]
    text = (out / "feedback" / "ada" / "scratch" / "scratch.html").read_text()
    assert "Score: 7.0 / 10.0" in " ".join(text.split())
    assert "Well seen." in text
    assert manual_marks(course.url_of(out), assignment)["ada"]["essay"].points == 4


def type_in(out: Path, assignment: Assignment, student: str, points: float, comment: str) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(course.url_of(out)) as gradebook:
        where = ("essay", assignment.name, assignment.name, student)
        row = gradebook.find_grade(*where)
        row.manual_score, row.needs_manual_grade = points, False
        gradebook.find_comment(*where).manual_comment = comment
        gradebook.db.commit()


def test_nbgraders_autograde_is_refused_before_it_runs_anything(
    out: Path, assignment: Assignment, make: Any, api: Any
) -> None:
    publish(out, assignment, make("ada", 3, 1))
    submitted = out / "submitted" / "ada" / "scratch" / "scratch.ipynb"
    submitted.parent.mkdir(parents=True)
    ran = out / "it ran"
    submitted.write_text(json.dumps(notebook(f"open({str(ran)!r}, 'w').close()")))
    before = page_of(out, "ada").read_text()
    done = api().autograde("scratch", "ada")
    assert not done["success"]
    assert "Nothing was run: use `autograder grade`" in done["error"]
    assert not ran.exists()
    assert publish(out, assignment, make("ada", 3, 1)).rendered == 1  # nbgrader deletes the page first
    assert page_of(out, "ada").read_text() == before


def notebook(code: str) -> dict[str, Any]:
    """Return a complete notebook, which nbgrader would run."""
    cell = {"cell_type": "code", "source": code, "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}


def test_nbgraders_export_is_refused_because_it_writes_zero_for_the_ungraded(
    out: Path, assignment: Assignment, make: Any
) -> None:
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    from autograder.gradebook.formgrader import NoExport

    publish(out, assignment, make("ada"))
    with Gradebook(course.url_of(out)) as gradebook:
        CsvExportPlugin(to=str(out / "its.csv")).export(gradebook)
        with pytest.raises(
            UsageError, match=r"writes 0\.0 for students who are not graded.*use `autograder export`"
        ):
            NoExport().export(gradebook)
    assert ",ada,,,,0.0,0.0,0.0,10.0" in (out / "its.csv").read_text()


def test_only_what_changed_is_rendered_again(out: Path, assignment: Assignment, make: Any) -> None:
    first = publish(out, assignment, make("ada", 3, 1), make("bob", 3, 1))
    assert (first.changed, first.rendered) == (4, 2)
    again = publish(out, assignment, make("ada", 3, 1), make("bob", 3, 2))
    assert (again.changed, again.rendered) == (1, 1)
    page_of(out, "ada").unlink()
    assert publish(out, assignment, make("ada", 3, 1), make("bob", 3, 2)).rendered == 1


def test_a_failed_run_leaves_the_page_of_a_graded_submission(
    out: Path, assignment: Assignment, make: Any
) -> None:
    publish(out, assignment, make("ada", 3, 1))
    before = page_of(out, "ada").read_text()
    assert publish(out, assignment, make("ada", work="second")).rendered == 0
    assert page_of(out, "ada").read_text() == before


def test_a_missing_file_is_reported_and_its_scores_are_filled(
    out: Path, assignment: Assignment, make: Any
) -> None:
    def gone(info: SubmissionInfo) -> tuple[str, str]:
        raise FileNotFoundError("no such file")

    done = publish(out, assignment, make("ada", 3, 1), reopen=gone)
    assert done.notes == ("ada: its file cannot be shown in formgrader (no such file)",)
    with opened(course.url_of(out)) as book:
        assert fill.provenance(book, assignment)["ada"].status == "graded"


def test_a_file_that_disappears_later_keeps_its_page_and_marks(
    out: Path, assignment: Assignment, make: Any
) -> None:
    def gone(info: SubmissionInfo) -> tuple[str, str]:
        raise FileNotFoundError("no such file")

    publish(out, assignment, make("ada", 3, 1))
    type_in(out, assignment, "ada", 4, "")
    before = page_of(out, "ada").read_text()
    done = publish(out, assignment, make("ada", 3, 2, suite="s2"), reopen=gone)
    assert (done.changed, done.rendered, len(done.notes)) == (1, 0, 1)
    assert page_of(out, "ada").read_text() == before
    assert not manual_marks(course.url_of(out), assignment)["ada"]["essay"].again
    assert publish(out, assignment, make("ada", 3, 2, suite="s2")).rendered == 1


def test_a_rejected_submission_has_a_page_that_says_why(out: Path, assignment: Assignment, make: Any) -> None:
    rejected = replace(make("ada", 0, 0), status="rejected", reason="not a zip", checks=())
    publish(out, assignment, rejected)
    assert "<strong>rejected</strong>: not a zip" in page_of(out, "ada").read_text()


def test_the_hand_in_time_is_kept_if_the_course_has_its_own_tree(
    out: Path, assignment: Assignment, make: Any, api: Any
) -> None:
    late = make("ada", 3, 1)
    late = replace(late, submission=replace(late.submission, submitted="2026-03-01T23:59:00+01:00"))
    submitted = out / "submitted" / "ada" / "scratch"
    submitted.mkdir(parents=True)
    (submitted / "timestamp.txt").write_text("2026-03-01 22:59:00 UTC")
    publish(out, assignment, late)
    (row,) = api().get_submissions("scratch")
    assert (row["timestamp"], row["autograded"]) == ("2026-03-01T22:59:00", True)


def test_the_course_remembers_its_gradebook_and_refuses_another(out: Path, postgres: str) -> None:
    assert course.prepare(out, postgres) == postgres
    assert course.prepare(out) == postgres
    assert not (out / course.DATABASE).exists()
    assert stat.S_IMODE((out / course.CONFIG).stat().st_mode) == 0o600
    with pytest.raises(UsageError) as caught:
        course.prepare(out, "sqlite:///other.db")
    assert "got sqlite:///other.db; omit it, or change that file: marks by hand stay" in str(caught.value)


def test_a_configuration_that_computes_its_url_asks_for_the_url(out: Path) -> None:
    out.mkdir()
    (out / course.CONFIG).write_text("c = get_config()\nc.CourseDirectory.db_url = 'a' + 'b'\n")
    with pytest.raises(
        UsageError, match="line 2: expected the gradebook's URL as plain text, got an expression"
    ):
        course.prepare(out)


def test_a_foreign_configuration_is_left_alone_and_the_note_says_what_to_add(
    out: Path, assignment: Assignment, make: Any
) -> None:
    out.mkdir()
    (out / course.CONFIG).write_text("c = get_config()\n")
    (note,) = publish(out, assignment, make("ada", 3, 1)).notes
    assert note.endswith("`formgrader.guard(c)`, to record who gives each mark by hand")
    assert (out / course.CONFIG).read_text() == "c = get_config()\n"


def test_an_existing_nbgrader_course_keeps_its_source_and_cells(
    out: Path, assignment: Assignment, make: Any
) -> None:
    from nbgrader.api import Gradebook

    source = out / "source" / "scratch" / "scratch.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text("source with solutions")
    url = course.prepare(out)
    tables.prepare(url)
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("scratch")
        gradebook.add_notebook("scratch", "scratch")
        gradebook.add_grade_cell("one", "scratch", "scratch", max_score=3, cell_type="code")
        gradebook.add_solution_cell("code_1", "scratch", "scratch")
    publish(out, assignment, make("ada", 3, 1))
    assert source.read_text() == "source with solutions"
    with Gradebook(url) as gradebook:
        assert gradebook.find_solution_cell("code_1", "scratch", "scratch") is not None
        assert gradebook.find_grade("one", "scratch", "scratch", "ada").auto_score == 3


def test_a_comment_by_hand_appears_on_the_feedback_page_as_text(
    out: Path, assignment: Assignment, make: Any
) -> None:
    from autograder import gradebook
    from autograder.grades import policy
    from autograder.pages import feedback

    result = make("ada", 3, 1)
    assert gradebook.marks_in(out, assignment) == {}
    publish(out, assignment, result)
    type_in(out, assignment, "ada", 4, "Well <b>seen</b>.")
    grade = policy.grades_of([result], assignment, by_hand=gradebook.marks_in(out, assignment))["ada"]
    assert (grade.points, grade.max_points) == (8, 10)
    text = feedback.page_of(result, assignment, grade)
    assert ">4 of 5<" in text
    assert "marked by hand" in text
    assert "Well &lt;b&gt;seen&lt;/b&gt;." in text


def test_without_nbgrader_prepare_says_how_to_install_it(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"expected nbgrader to be installed, found none; pip install"):
        course.prepare(out)
