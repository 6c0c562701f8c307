"""The process sandbox: a clean folder that is removed afterwards, with and without fork."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder import grading
from autograder.records import results
from autograder.records.assignment import Limits
from autograder.records.submission import Cell, Submission
from autograder.sandbox import WorkerJob
from autograder.sandbox.process import ProcessSandbox

SUITE = {
    "public/test_one.py": '''
@check(points=2)
def test_right(student):
    """It doubles."""
    expect.close("f(3)", student.call("f", 3.0), 6.0)

@check(points=1)
def test_wrong(student):
    """It halves."""
    expect.close("g(3)", student.call("g", 3.0), 1.5)
''',
    "hidden/test_two.py": '''
@check(points=2)
def test_raises(student):
    """It does not raise."""
    student.call("h")

@check(points=1)
def test_model(student):
    """A model's weights can be taken over."""
    model = student.new("Model")
    state = model.state()
    student.start_again()
    again = student.new("Model")
    again.load_state(state)
    assert again.state().keys() == state.keys()
''',
}
SOURCE = """
import torch
def f(x): return 2 * x
def g(x): return x
def h(): raise ValueError("SECRET")
class Model(torch.nn.Linear):
    def __init__(self): super().__init__(2, 2)
"""


def submission(source: str) -> Submission:
    return Submission("ada", "ada", "f.py", "0" * 64, (Cell("f.py", source),))


def test_a_worker_without_fork_gives_the_same_results(scratch: Callable[..., Any]) -> None:
    assignment = scratch(SUITE, {"one": 3, "two": 3})
    forked, inline = (
        results.without_timing(grading.grade(submission(SOURCE), assignment, ProcessSandbox(fork=fork)))
        for fork in (True, False)
    )
    assert forked == inline
    assert forked["score"] == 3
    assert [c.outcome for c in forked["checks"]] == ["passed", "failed", "raised", "passed"]


def test_an_endless_loop_without_fork_is_stopped_and_the_next_question_is_graded(
    scratch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.judge.session.GRACE_SECONDS", 1.0)
    suites = {
        "public/test_one.py": '@check(points=1, wall=1)\ndef test_loop(student):\n    """Ends."""\n'
        '    student.call("loop")\n',
        "public/test_two.py": '@check(points=1)\ndef test_f(student):\n    """Doubles."""\n'
        '    expect.close("f", student.call("f", 1.0), 2.0)\n',
    }
    source = SOURCE + "def loop():\n    while True: pass\n"
    assignment = scratch(suites, {"one": 1, "two": 1})
    result = grading.grade(submission(source), assignment, ProcessSandbox(fork=False), ("public",))
    assert [c.outcome for c in result.checks] == ["timeout", "passed"], result


def test_sets_of_strings_have_one_order(scratch: Callable[..., Any]) -> None:
    check = '@check(points=1)\ndef test_order(student):\n    """Says it."""\n'
    says = '    expect.fail(str(student.call("f")))\n'
    assignment = scratch({"public/test_one.py": check + says}, {"one": 1})
    work = submission("def f(): return list({f'name{n}' for n in range(50)})")
    first, second = (grading.grade(work, assignment, ProcessSandbox(), ("public",)) for _ in range(2))
    assert first.checks[0].fault is not None
    assert "name49" in first.checks[0].fault.what
    assert first.checks[0].fault == second.checks[0].fault


def test_the_folder_and_the_process_are_gone_after_closing() -> None:
    connection = ProcessSandbox().start(WorkerJob("ada", Limits()))
    folder = Path(connection._folder)
    assert connection.receive(30).message == {"event": "hello", "forks": True}
    assert folder.is_dir()
    connection.close()
    assert connection.process.returncode is not None
    assert not folder.exists()


def test_its_identity_names_the_interpreter() -> None:
    assert ProcessSandbox().identity().startswith("process:python-3.")
