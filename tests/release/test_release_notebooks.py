"""The notebooks for otter and nbgrader, made by the real commands, for the small assignment to save time."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import nbformat
import pytest

from autograder import grading
from autograder.authoring import render
from autograder.errors import AssignmentError, KitError
from autograder.gradebook.course import _notes as guards
from autograder.grading import integrity
from autograder.records.assignment import Assignment, load
from autograder.records.places import CHECKOUT, Paths
from autograder.release import archive, classroom, doors, leaks, nbgrader, otter, questions, tools
from autograder.sandbox.docker import DockerSandbox
from autograder.sandbox.process import ProcessSandbox

PATHS = Paths(CHECKOUT, "undercomplete_overcomplete")
ASSIGNMENT = load(PATHS.assignment / "assignment.toml")
NAME = f"{ASSIGNMENT.name}.ipynb"
MISTAKE = ("((x_hat - x) ** 2).mean()", "((x_hat - x) ** 2).sum()")


@pytest.fixture(scope="module")
def for_otter() -> dict[str, bytes]:
    return otter.files(PATHS, ASSIGNMENT, "1.2.3")


@pytest.fixture(scope="module")
def course() -> dict[str, bytes]:
    return nbgrader.files(PATHS, ASSIGNMENT, "1.2.3")


@pytest.fixture(scope="module")
def wrong() -> list[str]:
    """The code of a solution with one mistake, as cells."""
    text = (PATHS.solution / f"{ASSIGNMENT.name}.py").read_text()
    assert text.count(MISTAKE[0]) == 1
    return doors.code_of("work.py", text.replace(*MISTAKE))


def code(notebook: bytes) -> list[str]:
    return ["".join(c["source"]) for c in json.loads(notebook)["cells"] if c["cell_type"] == "code"]


def test_otters_students_get_the_stubs_and_a_test_per_public_check(for_otter: dict[str, bytes]) -> None:
    cells = code(for_otter[f"student/{NAME}"])
    stub = next(cell for cell in cells if "def sparse_loss" in cell)
    assert "sparse_loss is not written yet" in stub
    assert 'grader.check("sparsity")' in cells
    tests = for_otter["student/tests/sparsity.py"].decode()
    assert "require('sparsity.loss_of_two_images', env)" in tests
    assert "points=3" in tests


def test_otters_autograder_zip_has_the_kit_and_the_tests(for_otter: dict[str, bytes]) -> None:
    inside = archive.unzipped(for_otter["autograder.zip"])
    assert {"run_autograder", "setup.sh", "tests/sparsity.py", "tests/capacity.py"} <= set(inside)
    local = re.findall(r"^\s*- \./(\S+)$", inside["environment.yml"].decode(), re.MULTILINE)
    assert local == [name for name in inside if name.endswith(".whl")]


def test_student_files_of_either_tool_have_no_secrets(
    for_otter: dict[str, bytes], course: dict[str, bytes]
) -> None:
    secrets = leaks.secrets(PATHS, ASSIGNMENT)
    assert leaks.search(archive.below("student/", for_otter), secrets) == []
    assert leaks.search(archive.below("release/", course), secrets) == []
    assert leaks.search(archive.below("source/", course), secrets) != []


def test_a_solution_in_either_notebook_is_graded_as_the_student_wrote_it(
    for_otter: dict[str, bytes], course: dict[str, bytes]
) -> None:
    code_ = doors.code_of("work.py", (PATHS.solution / f"{ASSIGNMENT.name}.py").read_text())
    for released in (for_otter[f"student/{NAME}"], course[f"release/{ASSIGNMENT.name}/{NAME}"]):
        notebook = doors.filled(nbformat.reads(released.decode(), as_version=4), code_)
        work = doors.submission(NAME, tools.notebook_bytes(notebook), ASSIGNMENT)
        assert integrity.flags(work.cells) == ()
        assert not [
            cell for cell in work.cells if re.search(r"^(require|grader)\b", cell.source, re.MULTILINE)
        ]
        result = grading.grade(work, ASSIGNMENT, ProcessSandbox(), grading.PRACTICE)
        assert (result.score, [note for note in result.notes if "exploration" not in note]) == (
            result.max_score,
            [],
        )


def test_otter_check_finds_the_mistake(for_otter: dict[str, bytes], wrong: list[str]) -> None:
    failing = doors.otter_check(archive.below("student/", for_otter), ASSIGNMENT, wrong)
    assert failing == {"sparsity.loss_of_two_images"}


def test_nbgrader_validate_finds_the_mistake(course: dict[str, bytes], wrong: list[str]) -> None:
    released = archive.below(f"release/{ASSIGNMENT.name}/", course)
    assert doors.nbgrader_validate(released, ASSIGNMENT, wrong) == {"sparsity.loss_of_two_images"}


def test_nbgraders_release_and_gradebook_have_every_point(course: dict[str, bytes], tmp_path: Path) -> None:
    cells = json.loads(course[f"release/{ASSIGNMENT.name}/{NAME}"])["cells"]
    marks = [cell["metadata"]["nbgrader"] for cell in cells if "nbgrader" in cell["metadata"]]
    points = {mark["grade_id"]: mark["points"] for mark in marks if mark["grade"]}
    assert points == {"linear": 6, "sparsity": 10, "capacity": 10, "denoising": 9, "written_copying": 5}
    (tmp_path / "gradebook.db").write_bytes(course["gradebook.db"])
    rows = "select c.name, g.max_score from grade_cells g join base_cell c on c.id = g.id"
    with sqlite3.connect(tmp_path / "gradebook.db") as book:
        assert dict(book.execute(rows).fetchall()) == points


@pytest.mark.docker
def test_a_mistake_is_graded_in_the_course_and_nbgraders_page_shows_its_points(
    course: dict[str, bytes], wrong: list[str], docker: DockerSandbox, tmp_path: Path
) -> None:
    released = nbformat.reads(course[f"release/{ASSIGNMENT.name}/{NAME}"].decode(), as_version=4)
    handed = {"ada": tools.notebook_bytes(doors.filled(released, wrong))}
    marks = {"linear": 6, "sparsity": 1, "capacity": 10, "denoising": 9}
    assert classroom.marks(course, ASSIGNMENT, handed, tmp_path) == {"ada": marks}
    page = (tmp_path / f"feedback/ada/{ASSIGNMENT.name}/{ASSIGNMENT.name}.html").read_text()
    assert "sparse_loss" in page


def test_a_page_without_points_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "feedback.html"
    page.write_text('<li><a href="#sparsity">Test cell</a> (Score: 3.0 / 10.0)</li>')
    with pytest.raises(
        KitError,
        match=r"html: expected nbgrader's page to show the points of linear, capacity, denoising, got",
    ):
        classroom.points_on(page, ASSIGNMENT)
    with pytest.raises(KitError, match=r"of linear, sparsity, capacity, denoising, got no points at all;"):
        classroom.points_on(tmp_path / "absent.html", ASSIGNMENT)


def test_a_released_course_guards_its_gradebook(course: dict[str, bytes], tmp_path: Path) -> None:
    archive.write({"nbgrader_config.py": course["nbgrader_config.py"]}, tmp_path)
    assert guards(tmp_path) == ()  # `grade` has no advice on what to add to it
    handed = {f"submitted/ada/{ASSIGNMENT.name}/{NAME}": course[f"source/{ASSIGNMENT.name}/{NAME}"]}
    archive.write({**course, **handed}, tmp_path)
    with pytest.raises(KitError, match=r"Nothing was run: use `autograder grade`"):
        tools.run(tmp_path, "nbgrader", "autograde", ASSIGNMENT.name, PYTHONPATH=str(CHECKOUT))
    assert not (tmp_path / "autograded").exists()


def test_two_builds_are_the_same_bytes(for_otter: dict[str, bytes], course: dict[str, bytes]) -> None:
    assert otter.files(PATHS, ASSIGNMENT, "1.2.3") == for_otter
    assert nbgrader.files(PATHS, ASSIGNMENT, "1.2.3") == course


def test_a_failed_command_is_an_error_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(
        KitError,
        match=r"`json\.tool nothing\.json` failed with status [12]:\n(.|\n)*No such file or directory",
    ):
        tools.run(tmp_path, "json.tool", "nothing.json")


def test_a_question_that_no_cell_defines_is_refused() -> None:
    with pytest.raises(
        AssignmentError, match="linear: expected a cell that defines pca_reconstruction, got none; write one"
    ):
        questions.with_checks([], ASSIGNMENT, lambda question: [])


def test_more_answers_than_written_questions_are_refused() -> None:
    blank = render.Cell(True, False, ("*Your answer:*",))
    with pytest.raises(
        AssignmentError, match=r"expected 1 '#: answer' marks in the source, one for .* got more; fix"
    ):
        list(nbgrader._marked([blank, blank], set(), ASSIGNMENT))


def test_output_without_a_known_result_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"expected 'All tests passed!' or failed checks, got: Traceback"):
        doors._failed("Traceback", "All tests passed!")


def test_a_script_and_a_notebook_give_the_same_cells(assignment: Assignment, paths: Paths) -> None:
    script = (paths.assignment / "latent_space.py").read_text()
    notebook = (paths.assignment / "latent_space.ipynb").read_text()
    assert doors.code_of("a.py", script)[1:] == doors.code_of("a.ipynb", notebook)


def test_a_figure_that_students_draw_is_theirs_to_write_and_awards_nothing(
    assignment: Assignment, paths: Paths
) -> None:
    cells = nbgrader.source_notebook(paths, assignment).cells
    drawn = [cell.metadata for cell in cells if cell.source.startswith("def draw_")]
    assert [(m["nbgrader"]["solution"], m["nbgrader"]["grade"]) for m in drawn] == [(True, False)] * 2
    assert all(m["tags"] == ["exploration"] for m in drawn)
    folded = [cell for cell in cells if cell.metadata.get("jupyter")]
    assert [cell.metadata["jupyter"]["source_hidden"] for cell in folded] == [True, True]
