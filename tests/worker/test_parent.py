"""The worker as a real process, used through a session: every failure costs its own check and no other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.errors import Crashed, Malformed, OutOfMemory, Raised, SandboxError, StudentFault, TimedOut
from autograder.judge import evidence
from autograder.judge.session import CUT_SHORT, HURRY_SECONDS, MOST_WAITS, Session
from autograder.judge.student import Student
from autograder.records.submission import Cell, Submission
from autograder.sandbox.process import ProcessSandbox

SOURCE = """
import os, random, sys, time
import torch
seen = []
def f(*given): return 1
def remember(): seen.append(1); return len(seen)
def draw(): return [random.random(), float(torch.rand(1))]
def loop():
    while True: pass
def sleep(): time.sleep(60)
def leave(): os._exit(7)
def crash():
    import ctypes
    ctypes.string_at(0)
def hungry(): return torch.zeros(10**10)
def garbage():
    for n in range(3, 64):
        try: os.write(n, b'garbage of the student')
        except OSError: pass
    os._exit(0)
def all_die_within_an_answer():
    for n in range(3, 64):
        try: os.write(n, b'R' + bytes([0, 0, 0, 9, 0, 0, 0, 0, 1]))
        except OSError: pass
    os.kill(os.getppid(), 15)
    os._exit(9)
def half_an_answer():
    for n in range(3, 64):
        try: os.write(n, b'R' + bytes([0, 0, 0, 9, 0, 0, 0, 0, 1]))
        except OSError: pass
    time.sleep(60)
def chatty(): print('x' * 10**6); raise ValueError('SECRET')
def talk(): print('so far so good'); raise ValueError('SECRET')
def talk_and_loop(): print('epoch 1'); loop()
def quiet_write(): os.write(1, b'R' * 100); return 5
def environment(): return sorted(os.environ)
def arguments(): return [sys.stdin.read(), os.getcwd()]
def stop_the_process_above():
    import signal
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(0.2)
    return 1
def be_stopped_later():
    import signal, threading
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGSTOP)).start()
    return 1
def stop_the_process_above_later():
    above = os.getppid()
    if os.fork() == 0:
        time.sleep(0.3)
        os.kill(above, 9)
        os._exit(0)
    return 1
"""


def submission(source: str) -> Submission:
    return Submission("ada", "ada", "f.py", "0" * 64, (Cell("f.py", source),))


@pytest.fixture(scope="module")
def session(scratch_at: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    assignment = scratch_at(tmp_path_factory.mktemp("suite"), {}, {"q": 1}, memory_mb=1024, output_kb=4)
    with Session(ProcessSandbox(), submission(SOURCE), assignment, "") as one:
        yield one


@pytest.fixture
def ask(session: Session) -> Iterator[Callable[..., Any]]:
    """Call functions in one check of two seconds, which ends with the test."""
    session.begin("q", 7, 1, 2)
    yield Student(session).call
    session.end()


def fresh(session: Session, name: str) -> Any:
    session.begin("q", 7, 1, 2)
    value = Student(session).call(name)
    session.end()
    return value


def test_a_call_that_waits_without_computing_ends_long_before_its_time(session: Session) -> None:
    session.begin("q", 7, 5, 60)
    began = time.monotonic()
    with pytest.raises(TimedOut, match="used up its time"):
        Student(session).call("sleep")
    assert time.monotonic() - began < 25
    session.end()


def test_a_hurried_call_ends_sooner_and_later_calls_have_their_time(session: Session) -> None:
    session.begin("q", 7, 5, 60)
    began = time.monotonic()
    session._waited["another"] = MOST_WAITS
    with evidence.collected(), pytest.raises(TimedOut):
        Student(session).call("loop")
    assert time.monotonic() - began < HURRY_SECONDS + 4
    session._waited.clear()
    session.end()
    assert fresh(session, "f") == 1


@pytest.mark.parametrize(
    ("name", "fault", "text"),
    [
        ("loop", TimedOut, "used up its time"),
        ("sleep", TimedOut, "used up its time"),
        ("leave", Crashed, "exit status 7"),
        ("crash", Crashed, "signal 11"),
        ("hungry", OutOfMemory, "more memory than it may use"),
        ("garbage", Malformed, "not an answer"),
        ("all_die_within_an_answer", Crashed, "signal 15"),
        ("chatty", Raised, "raised ValueError"),
    ],
)
def test_every_ending_is_reported_and_costs_only_its_own_check(
    session: Session, name: str, fault: type[StudentFault], text: str
) -> None:
    session.begin("q", 7, 1, 2)
    began = time.monotonic()
    with pytest.raises(fault) as caught:
        Student(session).call(name)
    assert text in f"{caught.value.what}\n{caught.value.detail}"
    session.end()
    assert time.monotonic() - began < 8
    assert fresh(session, "f") == 1


def test_a_check_that_kills_its_parent_process_disturbs_no_other(session: Session) -> None:
    fresh(session, "stop_the_process_above")
    assert fresh(session, "f") == 1


def test_a_process_that_dies_between_two_checks_costs_only_the_next_one(session: Session) -> None:
    assert fresh(session, "stop_the_process_above_later") == 1
    time.sleep(0.6)
    with pytest.raises(Crashed):
        fresh(session, "f")
    session.end()
    assert [fresh(session, "f") for _ in range(3)] == [1, 1, 1]
    assert session.load_fault is None


def test_a_check_that_stops_itself_times_out_and_keeps_the_worker(session: Session) -> None:
    starts = session.account.starts
    session.begin("q", 7, 1, 2)
    assert Student(session).call("be_stopped_later") == 1
    time.sleep(0.5)
    with pytest.raises(TimedOut, match="used up its time"):
        Student(session).call("f", np.zeros(1 << 20))
    session.end()
    assert fresh(session, "f") == 1
    assert session.account.starts == max(starts, 1)


def test_no_check_sees_the_effects_of_another(session: Session) -> None:
    assert [fresh(session, "remember") for _ in range(3)] == [1, 1, 1]


def test_checks_with_one_seed_draw_the_same_numbers(session: Session) -> None:
    assert fresh(session, "draw") == fresh(session, "draw")


@pytest.mark.parametrize(("name", "text"), [("talk", "so far so good\n"), ("talk_and_loop", "epoch 1\n")])
def test_printed_lines_are_kept_however_the_check_ends(session: Session, name: str, text: str) -> None:
    session.begin("q", 7, 1, 2)
    with pytest.raises(StudentFault) as caught:
        Student(session).call(name)
    assert caught.value.detail in ("", "ValueError: SECRET")
    assert session.end().output == text


def test_printed_output_is_not_an_answer_and_only_its_beginning_is_kept(session: Session) -> None:
    session.begin("q", 7, 5, 5)
    assert Student(session).call("quiet_write") == 5
    with pytest.raises(Raised) as caught:
        Student(session).call("chatty")
    assert "SECRET" not in caught.value.what
    assert caught.value.place == ("f.py", 32)
    ended = session.end()
    assert ended.output.startswith("R" * 100 + "x")
    assert len(ended.output) <= 4096


def test_the_cpu_time_of_a_check_is_measured(session: Session) -> None:
    session.begin("q", 7, 5, 5)
    Student(session).call("draw")
    assert 0 <= session.end().cpu < 5


def test_a_worker_sees_no_variable_or_folder_of_the_host(
    ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not {"USER", "HOSTNAME", "PYTHONPATH", "LATENTLAB_REQUIRE_DOCKER"} & set(ask("environment"))
    stdin, folder = ask("arguments")
    assert stdin == ""
    assert Path(folder) != Path.cwd()


def test_arrays_cross_both_ways(session: Session) -> None:
    session.begin("q", 7, 5, 5)
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(Student(session).put(array).get(), array)
    session.end()


def test_starting_again_forgets_kept_objects(session: Session) -> None:
    session.begin("q", 7, 5, 5)
    student = Student(session)
    kept = student.put([1])
    student.start_again()
    with pytest.raises(Raised, match="KeyError"):
        kept.get()
    session.end()


def test_a_file_that_never_finishes_loading_is_not_loaded_for_every_check(
    scratch: Callable[..., Any],
) -> None:
    assignment = scratch({}, {"q": 1}, load_seconds=1)
    with Session(ProcessSandbox(), submission("while True: pass"), assignment, "") as one:
        for _ in range(2):
            one.begin("q", 0, 1, 9)
            one.end()
        assert one.account.starts == 1
        assert "f.py, line 1: loading your file took 1 s, and this was stopped" in one.account.notes[0]
        assert one.account.flags == [CUT_SHORT]


def test_a_load_that_slept_is_tried_once_more_in_less_time(
    scratch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    walls: list[int] = []
    load = Session._load_once

    def counted(session: Session, wall: int) -> dict[str, Any]:
        walls.append(wall)
        return load(session, wall)

    monkeypatch.setattr(Session, "_load_once", counted)
    assignment = scratch({}, {"q": 1}, load_seconds=2)
    work = submission("import time\ndef f(): return 1\ntime.sleep(30)")
    with Session(ProcessSandbox(), work, assignment, "") as one:
        for _ in range(2):
            one.begin("q", 0, 5, 9)
            assert Student(one).call("f") == 1
            one.end()
    assert walls == [2, 1]
    assert one.account.flags == [CUT_SHORT]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("time.sleep(30)", "loading your file took 1 s, and this was stopped"),
        ("while True:\n    try: time.sleep(9)\n    except BaseException: pass", "could not be interrupted"),
        ("import ctypes; ctypes.string_at(0)", "this crashed the program"),
        ("os._exit(3)", "_exit() was called; the rest of this cell was not run"),
        ("os.kill(os.getpid(), 9)", "kill() was called; the rest of this cell was not run"),
        ("import ctypes; ctypes.CDLL(None)._exit(3)", "this ended the program"),
    ],
)
def test_what_surrounds_a_statement_that_ends_loading_is_checked(
    statement: str, why: str, scratch: Callable[..., Any]
) -> None:
    assignment = scratch({}, {"q": 1}, load_seconds=1)
    texts = ("import os, time\ndef f(): return 1", statement, "def g(): return 2")
    cells = tuple(Cell(f"cell {n}", text) for n, text in enumerate(texts, start=1))
    with Session(ProcessSandbox(), Submission("a", "a", "n.ipynb", "0" * 64, cells), assignment, "") as one:
        one.begin("q", 0, 5, 9)
        assert [Student(one).call("f"), Student(one).call("g")] == [1, 2]
        one.end()
    (note,) = one.account.notes
    assert note.startswith("cell 2, line 1: ")
    assert why in note


def test_broken_stand_ins_are_the_kits_fault(scratch: Callable[..., Any]) -> None:
    session = Session(ProcessSandbox(), submission("x = 1"), scratch({}, {"q": 1}), "raise KeyError('ours')")
    with session as one, pytest.raises(SandboxError, match=r"(?s)could not be started.*KeyError: 'ours'"):
        one.begin("q", 0, 1, 1)


def test_an_answer_that_stops_halfway_is_not_waited_for(session: Session) -> None:
    session.begin("q", 7, 30, 60)
    began = time.monotonic()
    with pytest.raises(Malformed, match="not an answer"):
        Student(session).call("half_an_answer")
    assert time.monotonic() - began < 30  # of the 60 seconds that the check has
    session.end()
    assert fresh(session, "f") == 1
