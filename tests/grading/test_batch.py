"""A batch continues after a failed submission, a dead process of the pool, or its own end."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from waiting import named, wait_until

from autograder.errors import CanaryError
from autograder.grades.store import Store
from autograder.grading import batch, ungraded
from autograder.grading.setting import Setting
from autograder.records import results
from autograder.records.assignment import Assignment
from autograder.records.submission import Cell, Member, Submission, digest

SUITE = {
    "public/test_one.py": '@check(points=2, wall=4)\ndef test_doubles(student):\n    """It doubles."""\n'
    '    expect.close("f(3)", student.call("f", 3.0), 6.0)\n'
}
RIGHT = "def f(x): return 2 * x\n"


@pytest.fixture
def assignment(scratch: Callable[..., Any]) -> Assignment:
    return scratch(SUITE, {"one": 2})


def submission(name: str, source: str = RIGHT) -> Submission:
    return Submission(name, name, f"{name}.py", digest(source.encode()), (Cell("f.py", source),))


def kill_a_pool_process_once() -> None:
    def wait_and_kill() -> None:
        while not multiprocessing.active_children():
            time.sleep(0.05)
        victim = multiprocessing.active_children()[0].pid
        assert victim is not None
        time.sleep(1.0)
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)

    threading.Thread(target=wait_and_kill, daemon=True).start()


def test_every_submission_gets_a_result_though_a_pool_process_dies(
    assignment: Assignment, tmp_path: Path
) -> None:
    kill_a_pool_process_once()
    slow = submission("slow", "import time\ntime.sleep(3)\n" + RIGHT)
    graded = batch.run(
        [slow, submission("ada"), submission("bob")], Setting(assignment, "process"), Store(tmp_path), jobs=1
    )
    assert {name: (r.status, r.score) for name, r in graded.items()} == dict.fromkeys(
        ("slow", "ada", "bob"), ("graded", 2)
    )


class Dying(Executor):
    """A pool that ends, with all its waiting work, once a process has received `killer`."""

    def __init__(self, killer: str, at_once: bool) -> None:
        self.killer, self.at_once, self.broken = killer, at_once, False

    def submit(self, _grade: Any, work: Submission, setting: Setting) -> Future[Any]:  # type: ignore[override]
        self.broken = self.broken or work.id == self.killer
        if self.broken and self.at_once:
            raise BrokenProcessPool("a process in the process pool was terminated abruptly")
        ended: Future[Any] = Future()
        if self.broken:
            ended.set_exception(BrokenProcessPool("a process in the process pool was terminated abruptly"))
        else:
            ended.set_result(ungraded(work, setting.assignment, "graded here"))
        return ended


@pytest.mark.parametrize("at_once", [False, True])
def test_a_submission_that_ends_its_pool_twice_does_not_end_the_others(
    assignment: Assignment, at_once: bool
) -> None:
    pools: list[int] = []

    @contextlib.contextmanager
    def pool(jobs: int) -> Iterator[Executor]:
        pools.append(jobs)
        yield Dying("s05", at_once)

    work = [submission(f"s{n:02}") for n in range(40)]
    graded = batch._grade_all(work, Setting(assignment, "process"), 4, pool, at_work=9)
    reasons = {result.submission.id: result.reason for result in graded}
    assert reasons == {w.id: batch.DIED if w.id == "s05" else "graded here" for w in work}
    assert pools == [4] + [1] * 9 + [4]


def test_a_canary_that_loses_points_stops_the_batch(assignment: Assignment, tmp_path: Path) -> None:
    setting, wrong = Setting(assignment, "process"), submission("solution", "def f(x): return x\n")
    with pytest.raises(CanaryError, match=r"scores 0 of 2.*nothing was graded:\none\.doubles"):
        batch.run([submission("ada"), submission("bob")], setting, Store(tmp_path), jobs=2, solution=wrong)
    assert not (tmp_path / "results").exists()
    children, deadline = multiprocessing.active_children(), time.monotonic() + 20
    while any(child.is_alive() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)  # not join: a thread of the pool may collect the exit status
    assert [child.exitcode for child in children] == [-signal.SIGTERM] * len(children)


def test_results_wait_for_the_canary(assignment: Assignment, tmp_path: Path) -> None:
    slow, seen = submission("solution", f"import time\ntime.sleep(3)\n{RIGHT}"), []
    work = [submission("ada"), submission("bob")]
    graded = batch.run(work, Setting(assignment, "process"), Store(tmp_path), 2, seen.append, solution=slow)
    assert {r.submission.id for r in seen} == set(graded) == {"ada", "bob"}
    assert {path.stem for path in (tmp_path / "results").iterdir()} == {"ada", "bob"}


def test_a_result_stays_valid_only_for_the_same_work_and_suite(
    assignment: Assignment, tmp_path: Path
) -> None:
    setting = Setting(assignment, "process")
    ada, bob = submission("ada"), submission("bob", "x = 1\n")
    first = batch.run([ada, bob], setting, Store(tmp_path))
    assert batch.known([ada, bob], setting, Store(tmp_path)) == first
    assert list(batch.known([ada, submission("bob")], setting, Store(tmp_path))) == ["ada"]
    rejected = replace(submission("eve", "x"), cells=(), rejected="there is no code in it")
    batch.run([rejected], setting, Store(tmp_path))
    assert list(batch.known([rejected], setting, Store(tmp_path))) == ["eve"]
    other = replace(rejected, rejected="it holds another zip")
    assert batch.why([other, ada], setting, Store(tmp_path)) == {"eve": "other work"}
    (tmp_path / "results/ada.json").write_text("{ half a file")
    assert list(batch.known([ada, bob], setting, Store(tmp_path))) == ["bob"]
    (assignment.suite / "public/test_one.py").write_text("# another suite\n")
    assert batch.known([ada, bob], setting, Store(tmp_path)) == {}
    assert batch.why([bob], setting, Store(tmp_path)) == {"bob": "another suite"}


def test_new_facts_about_a_student_are_kept_without_grading(assignment: Assignment, tmp_path: Path) -> None:
    setting = Setting(assignment, "process")
    batch.run([submission("ada")], setting, Store(tmp_path))
    named = replace(submission("ada"), student="Ada L", members=(Member("Ada L", "s1"),), late=True)
    known = batch.known([named], setting, Store(tmp_path))
    refreshed = batch.refresh(known, Store(tmp_path))
    kept = Store(tmp_path).current("ada")
    assert kept is not None
    assert refreshed == known == {"ada": kept}
    assert (kept.score, kept.submission.student, kept.submission.late) == (2, "Ada L", True)
    assert kept.submission.members == (Member("Ada L", "s1"),)


def test_order_and_number_of_jobs_do_not_change_results(assignment: Assignment, tmp_path: Path) -> None:
    work = [submission("ada"), submission("bob", "def f(x): return x\n"), submission("eve", "f = 3\n")]
    first = batch.run(work, Setting(assignment, "process"), Store(tmp_path / "1"), jobs=1)
    two = batch.run(work[::-1], Setting(assignment, "process"), Store(tmp_path / "2"), jobs=2)
    for name, result in first.items():
        assert results.without_timing(result) == results.without_timing(two[name])


def grading(out: Path, folder: Path) -> subprocess.Popen[bytes]:
    command = ["-m", "autograder", "grade", str(folder), "--out", str(out), "--sandbox", "process"]
    return subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_batch_leaves_no_process_and_no_folder(
    tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = f"latentlab-test-{os.getpid()}-{number}"
    monkeypatch.setenv("LATENTLAB_TEST_MARK", mark)
    (scratch := tmp_path / "scratch").mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    work = tmp_path / "in"
    work.mkdir()
    for name in ("ada", "bob"):
        (work / f"{name}.py").write_text(f"import time\ntime.sleep(20)\nname = {name!r}\n")
    process = grading(tmp_path / "out", work)
    assert process.stdout is not None
    assert b"files and folders, 2 submissions" in process.stdout.readline()
    assert b"Known-good" in process.stdout.readline()
    wait_until(lambda: len(named(mark.encode())) >= 3)
    process.send_signal(number)
    said = process.stdout.read()
    assert process.wait(timeout=30) == (130 if number == signal.SIGTERM else -signal.SIGKILL)
    assert number != signal.SIGTERM or b"stopped; finished work is kept" in said
    wait_until(lambda: not named(mark.encode()) and not list(scratch.glob("latentlab-*")))
