"""The sandbox that reuses its worker: one start for many samples, equal results, no lost worker reused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import autograder.wire as wire
from autograder import grading
from autograder.records import results
from autograder.records.assignment import Limits
from autograder.records.submission import Cell, Submission
from autograder.sandbox import NoAnswerError, WorkerJob
from autograder.sandbox.fake import FakeSandbox, answering
from autograder.sandbox.kept import KeptSandbox
from autograder.sandbox.process import ProcessSandbox, tidy

JOB = WorkerJob("ada", Limits())
SUITE = {
    "public/test_one.py": '''
@check(points=2)
def test_right(student):
    """It counts."""
    expect.close("count()", student.call("count"), 1.0)
'''
}
SOURCES = [
    "n = 0\ndef count():\n    global n\n    n += 1\n    return float(n)",
    "def count(): return float('n' in globals())",
    "import os\ndef count(): os._exit(3)",
    "def count(): return 1.0",
]


def submission(source: str) -> Submission:
    return Submission("ada", "ada", "f.py", "0" * 64, (Cell("f.py", source),))


def test_samples_on_a_shared_worker_get_the_same_results(scratch: Callable[..., Any]) -> None:
    assignment = scratch(SUITE, {"one": 2})
    kept = KeptSandbox(ProcessSandbox())
    shared = [grading.grade(submission(source), assignment, kept) for source in SOURCES]
    kept.close()
    assert [r.checks[0].outcome for r in shared] == ["passed", "failed", "crashed", "passed"]
    alone = grading.grade(submission(SOURCES[-1]), assignment, ProcessSandbox())
    assert results.without_timing(shared[-1]) == results.without_timing(alone)


def test_an_idle_worker_is_reused_and_repeats_its_greeting() -> None:
    fake = FakeSandbox(answering({"call": 3}))
    kept = KeptSandbox(fake)
    for _ in range(3):
        connection = kept.start(JOB)
        assert connection.receive(1).message["event"] == "hello"
        connection.send(wire.encode(wire.REQUEST, {"id": 5, "verb": "call"}), 1)
        assert connection.receive(1).message["value"] == 3
        connection.close()
    assert len(fake.connections) == 1
    kept.close()
    assert fake.connections[0].closed


@pytest.mark.parametrize("greeted", [True, False])
def test_a_worker_with_an_unanswered_request_is_ended(greeted: bool) -> None:
    fake = FakeSandbox(lambda frame: [], "disk full")
    kept = KeptSandbox(fake)
    connection = kept.start(JOB)
    if greeted:
        connection.receive(1)
        connection.send(wire.encode(wire.REQUEST, {"id": 5, "verb": "call"}), 1)
        with pytest.raises(NoAnswerError):
            connection.receive(1)
    assert (connection.failure(), connection.complaint()) == ("disk full", "")
    connection.close()
    assert fake.connections[0].closed
    kept.start(JOB)
    assert len(fake.connections) == 2
    assert kept.identity() == fake.identity()


def test_a_worker_that_cannot_fork_is_not_reused(scratch: Callable[..., Any]) -> None:
    assignment = scratch(SUITE, {"one": 2})
    kept = KeptSandbox(ProcessSandbox(fork=False))
    outcomes = [
        grading.grade(submission(source), assignment, kept).checks[0].outcome for source in SOURCES[:2]
    ]
    kept.close()
    assert outcomes == ["passed", "failed"]  # the second sees nothing of the first


def test_files_that_a_submission_left_are_gone_for_the_next_one(scratch: Callable[..., Any]) -> None:
    writes = "import os\nos.makedirs('d/e'); open('f', 'w').close()\ndef count(): return 1.0"
    looks = "import os\ndef count(): return float(not {'d', 'f'} & set(os.listdir()))"
    assignment = scratch(SUITE, {"one": 2})
    for tidying, outcome in ((tidy, "passed"), (lambda _: None, "failed")):
        kept = KeptSandbox(ProcessSandbox(), tidying)
        found = [grading.grade(submission(source), assignment, kept) for source in (writes, looks)]
        kept.close()
        assert [r.checks[0].outcome for r in found] == ["passed", outcome]
