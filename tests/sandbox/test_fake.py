"""The shipped fake: it sends real bytes, so cut or forged frames are handled as if from a worker."""

from __future__ import annotations

import pytest

import autograder.wire as wire
from autograder.errors import WireError
from autograder.records.assignment import Limits
from autograder.sandbox import NoAnswerError, WorkerJob
from autograder.sandbox.fake import FakeConnection, FakeSandbox, Script, answering


def started(script: Script, failure: str | None = None) -> FakeConnection:
    connection = FakeSandbox(script, failure).start(WorkerJob("ada", Limits()))
    assert connection.receive(1).message["event"] == "hello"
    return connection


def request(verb: str) -> bytes:
    return wire.encode(wire.REQUEST, {"id": 5, "verb": verb})


def test_a_well_behaved_fake_answers_with_the_requests_number() -> None:
    connection = started(answering({"call": 3}))
    connection.send(request("call"), 1)
    assert connection.receive(1) == wire.Frame(wire.REPLY, {"id": 5, "value": 3})


def test_a_fake_that_writes_nothing_does_not_answer() -> None:
    connection = started(lambda frame: [])
    connection.send(request("call"), 1)
    with pytest.raises(NoAnswerError):
        connection.receive(1)


def test_a_cut_frame_of_a_fake_is_read_by_the_real_decoder() -> None:
    connection = started(lambda frame: [wire.encode(wire.REPLY, {"id": 5})[:-2]])
    connection.send(request("call"), 1)
    with pytest.raises(WireError, match="ended within a frame"):
        connection.receive(1)


def test_a_fake_reports_its_engines_failure_and_that_it_was_closed() -> None:
    connection = started(answering({}), "disk full")
    assert connection.failure() == "disk full"
    assert not connection.closed
    connection.close()
    assert connection.closed
