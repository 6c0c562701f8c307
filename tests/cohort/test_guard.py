"""Nothing mixes two assignments or versions, or puts older work above newer; one command works at a time."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.cohort import Cohort, How, Listener, guard
from autograder.cohort.records import Template
from autograder.errors import UsageError
from autograder.grades import lock
from autograder.records.assignment import Assignment, Question, Written

CHECKS = (
    '@check(points={points})\ndef test_doubles(student):\n    """It doubles."""\n'
    '    expect.close("f(3)", student.call("f", 3.0), 6.0)\n'
)
RIGHT, WRONG = "def f(x): return 2 * x\n", "def f(x): return x\n"
HOW = How("process", jobs=1)
Files = Callable[..., Path]


class Told(Listener):
    """Keeps the warnings."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def warned(self, text: str) -> None:
        self.texts.append(text)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Write a Moodle download of one student's file, and the solution; return the zip."""
    solution = tmp_path / "solutions/scratch/scratch.py"
    solution.parent.mkdir(parents=True)
    solution.write_text(RIGHT)
    monkeypatch.setattr("autograder.records.assignment.SOLUTIONS", tmp_path / "solutions")

    def download(name: str, code: str, day: int) -> Path:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            member = zipfile.ZipInfo("Ada L_8_assignsubmission_file/f.py", (2026, 3, day, 12, 0, 0))
            archive.writestr(member, code)
        return tmp_path / name

    return download


@pytest.fixture
def made(tmp_path: Path, scratch: Callable[..., Any]) -> Iterator[Callable[[int], Assignment]]:
    """Return the assignment with its one question worth that much; unload the suite's earlier version."""

    def of(points: int) -> Assignment:
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
                del sys.modules[name]
        task: Assignment = scratch({"public/test_one.py": CHECKS.format(points=points)}, {"one": points})
        return task

    yield of
    of(2)


def graded(
    out: Path, task: Assignment, *paths: Path, how: How = HOW, listener: Listener | None = None
) -> Any:
    """Grade with a new Cohort, as every command does; return what needs a human, by heading."""
    done = Cohort(out, task).grade(list(paths), how, listener=listener or Listener())
    return {need.what: need.names for need in done.needs}


def points(out: Path, task: Assignment) -> float | None:
    return Cohort(out, task).student("Ada").grade.points


def test_the_folder_of_another_assignment_is_refused_by_every_command(
    tmp_path: Path, made: Callable[[int], Assignment], files: Files
) -> None:
    out, task = tmp_path / "out", made(2)
    graded(out, task, files("a.zip", RIGHT, 1))
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    other = replace(task, name="other", questions=(Question("two", "Two", 5, ("g",)),))
    for command in (
        lambda c: c.grade([tmp_path / "a.zip"], HOW),
        lambda c: c.regrade(HOW),
        lambda c: c.publish(),
        lambda c: c.override("Ada", "two", "5", "x"),
        lambda c: c.student("Ada"),
        lambda c: c.export("csv", Template()),
    ):
        with pytest.raises(
            UsageError, match=r"expected a folder of the assignment 'other', got one of 'scratch'"
        ):
            command(Cohort(out, other))
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_grades_keep_their_points_until_regrade_moves_the_class(
    tmp_path: Path, made: Callable[[int], Assignment], files: Files
) -> None:
    out, old = tmp_path / "out", made(4)
    graded(out, old, files("a.zip", RIGHT, 1))
    today = made(2)
    cohort = Cohort(out, today)
    assert "today's differs (one 4 → 2 points); autograder regrade" in cohort.notice()
    assert (cohort.student("Ada").grade.points, cohort.student("Ada").grade.max_points) == (4, 4)
    cohort.publish()
    assert "today&#39;s differs (one 4 → 2 points)" in (out / "report/index.html").read_text()
    with pytest.raises(UsageError, match=r"Nothing was graded: do that first, or grade into another --out$"):
        graded(out, today, tmp_path / "a.zip")
    with pytest.raises(
        UsageError, match=r"^--only: expected the whole class, because the .* \(one 4 → 2 points\)"
    ):
        Cohort(out, today).regrade(How("process", only=("Ada_L-8",)))
    dry = Cohort(out, today).regrade(HOW, dry_run=True)
    assert (dry.version, points(out, today)) == (("one 4 → 2 points",), 4)
    done = Cohort(out, today).regrade(HOW)
    assert done.grades == ("Ada_L-8 4 of 4 → 2 of 2",)
    assert (Cohort(out, today).notice(), points(out, today)) == ("", 2)


def test_a_mark_that_todays_version_has_no_place_for_stops_the_move(
    tmp_path: Path, made: Callable[[int], Assignment], files: Files
) -> None:
    out, old = tmp_path / "out", replace(made(4), written=(Written("essay", "Essay", 5),))
    graded(out, old, files("a.zip", RIGHT, 1))
    for what in ("one", "essay"):
        Cohort(out, old).override("Ada", what, "4", "x")
    today = made(2)
    message = (
        r"expected marks that fit today's version of the assignment, got 2 that do not; take them back "
        r"\(override … back, or in formgrader\), then run this again:\n"
        r"  Ada_L-8: one, marked 4, now out of 2\n  Ada_L-8: essay, marked 4, no longer asked$"
    )
    with pytest.raises(UsageError, match=message):
        Cohort(out, today).regrade(HOW)
    assert points(out, today) == 8


def test_a_failing_solution_moves_nothing(
    tmp_path: Path, made: Callable[[int], Assignment], files: Files
) -> None:
    out = tmp_path / "out"
    graded(out, made(4), files("a.zip", RIGHT, 1))
    (tmp_path / "solutions/scratch/scratch.py").write_text(WRONG)
    today = made(2)
    with pytest.raises(Exception, match="known-good solution scores"):
        Cohort(out, today).regrade(HOW)
    assert points(out, today) == 4


def test_a_folder_that_grade_wrote_is_not_a_submission(
    tmp_path: Path, made: Callable[[int], Assignment], files: Files
) -> None:
    out, task = tmp_path / "out", made(2)
    graded(out, task, files("a.zip", RIGHT, 1))
    for path, target in ((out, out), (out / "feedback", out), (out, tmp_path / "other")):
        with pytest.raises(
            UsageError, match=rf"^{path}: expected submissions, got a folder that grade wrote; "
        ):
            graded(target, task, path)
    assert not (tmp_path / "other").exists()


def test_an_older_download_replaces_newer_work_only_where_staff_say_so(
    tmp_path: Path, made: Callable[[int], Assignment], files: Files
) -> None:
    out, task = tmp_path / "out", made(2)
    first, second = files("first.zip", WRONG, 1), files("second.zip", RIGHT, 2)
    graded(out, task, second)
    needs = graded(out, task, first)
    held = needs["older than what counts, or passed over by staff: not graded"]
    assert [line.startswith("Ada_L-8: ") and "first.zip/" in line for line in held] == [True]
    assert points(out, task) == 2
    graded(out, task, first, how=replace(HOW, older=True))
    assert points(out, task) == 0
    for _ in range(2):
        Cohort(out, task).regrade(HOW)
        graded(out, task, first, second)
        assert points(out, task) == 0
    assert "older than what counts, or passed over by staff: not graded" in graded(out, task, second)
    assert points(out, task) == 0
    graded(out, task, files("third.zip", RIGHT + "\n", 3))
    assert points(out, task) == 2


def test_without_times_work_that_was_replaced_before_comes_back_only_where_staff_say_so(
    tmp_path: Path, made: Callable[[int], Assignment], files: Files
) -> None:
    out, task, place = tmp_path / "out", made(2), tmp_path / "in/Ada.py"
    place.parent.mkdir()
    for code in (WRONG, RIGHT, WRONG):
        place.write_text(code)
        needs = graded(out, task, place.parent)
    assert "older than what counts, or passed over by staff: not graded" in needs
    assert points(out, task) == 2
    graded(out, task, place.parent, how=replace(HOW, older=True))
    assert points(out, task) == 0


def test_an_override_for_work_that_was_replaced_waits_for_a_look(
    tmp_path: Path, made: Callable[[int], Assignment], files: Files
) -> None:
    out, task = tmp_path / "out", replace(made(2), written=(Written("essay", "Essay", 5),))
    graded(out, task, files("first.zip", RIGHT, 1))
    Cohort(out, task).override("Ada", "essay", "5", "read it", "Tara")
    needs = graded(out, task, files("second.zip", "def f(:\n", 2))
    heading, line = (
        "overridden before the work or its points changed",
        "Ada_L-8: essay, set to 5 by Tara for other work",
    )
    assert needs[heading] == (line,)
    assert points(out, task) == 5
    assert heading in (out / "report/index.html").read_text()
    assert heading in (out / "grades.csv").read_text()
    Cohort(out, task).override("Ada", "essay", "+0", "read the new one", "Tara")
    assert Cohort(out, task).student("Ada").grade.look == ()


def test_a_second_grader_on_one_folder_stops(
    tmp_path: Path, made: Callable[[int], Assignment], files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, task = tmp_path / "out", made(2)
    graded(out, task, files("a.zip", RIGHT, 1))
    code = "import time\nfrom pathlib import Path\nfrom autograder.grades import lock\n"
    code += (
        f"with lock.held(Path({str(out)!r}), 'grade'):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        for command in (
            lambda c: c.grade([tmp_path / "a.zip"], HOW),
            lambda c: c.regrade(HOW),
            lambda c: c.publish(),
            lambda c: c.override("Ada", "one", "1", "x"),
        ):
            with pytest.raises(UsageError, match=rf"^{out}: expected no other command at work .* grade by "):
                command(Cohort(out, task))
        assert points(out, task) == 2  # to look is allowed
        other.kill()
    Cohort(out, task).publish()


@pytest.mark.parametrize(
    ("is_folder", "folder", "message"),
    [
        (True, False, "expected a file to write to, got a folder; name another"),
        (False, True, "expected a folder to write to, got a file; name another"),
    ],
)
def test_an_export_of_the_wrong_form_is_refused(
    tmp_path: Path, is_folder: bool, folder: bool, message: str
) -> None:
    place = tmp_path / "there"
    guard.refuse_place(place, folder)
    place.mkdir() if is_folder else place.touch()
    guard.refuse_place(place, not folder)
    with pytest.raises(UsageError, match=f"^--file {place}: {message}$"):
        guard.refuse_place(place, folder)
