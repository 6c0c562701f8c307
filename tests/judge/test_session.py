"""The session against a dishonest worker: whose fault each ending is, and that no ending makes it wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograder.wire as wire
from autograder.errors import (
    Crashed,
    Malformed,
    Mismatch,
    OutOfMemory,
    Raised,
    SandboxError,
    StudentFault,
    TimedOut,
)
from autograder.judge import evidence
from autograder.judge.replies import Ended
from autograder.judge.session import SHAPES, Session, warm_modules
from autograder.records.assignment import Assignment, Limits, Question
from autograder.records.submission import Cell, Submission
from autograder.sandbox.fake import FakeSandbox, Script, answering

ROOT = Path(__file__).parent.parent.parent
QUESTION = Question("q", "Q", 1, ("f", "fg"))
ASSIGNMENT = Assignment("latent_space", "T", ("f.py",), (QUESTION,), (), Limits())
SUBMISSION = Submission(
    "ada", "ada", "f.py", "0" * 64, (Cell("f.py", "import sklearn.manifold\nff = fg = Known = 1"),)
)


MISNAMED = r"`f` is not defined in your submission\. You defined `ff`; should it be named `f`\?$"


def session(script: Script, failure: str | None = None) -> Session:
    return Session(FakeSandbox(script, failure), SUBMISSION, ASSIGNMENT, "")


def replying(make: Callable[[int], list[bytes]]) -> Script:
    """A worker that behaves until a call, which it answers with what `make` returns."""
    well = answering({})

    def script(frame: wire.Frame) -> list[bytes]:
        return make(frame.message["id"]) if frame.message["verb"] == "call" else well(frame)

    return script


def remembering() -> tuple[Script, list[dict[str, object]]]:
    """A well-behaved worker, and the list of its requests."""
    asked: list[dict[str, object]] = []
    well = answering({"call": 42})

    def script(frame: wire.Frame) -> list[bytes]:
        asked.append(frame.message)
        return well(frame)

    return script, asked


def test_a_worker_starts_and_ends_with_its_session() -> None:
    sandbox = FakeSandbox(answering({"call": 42}))
    with Session(sandbox, SUBMISSION, ASSIGNMENT, "") as begun:
        assert len(sandbox.connections) == 1
        begun.begin("q", 0, 1, 1)
        assert begun.ask("call", name="f", args=[], kwargs={}) == 42
    assert len(sandbox.connections) == 1
    assert sandbox.connections[0].closed


def asked(script: Script, failure: str | None = None) -> object:
    with session(script, failure) as worker:
        worker.begin("q", 0, 1, 1)
        return worker.ask("call", name="f")


def reply(**message: object) -> bytes:
    return wire.encode(wire.REPLY, message)


def test_a_kept_value_travels_unchanged_with_the_next_request() -> None:
    script, questions = remembering()
    with session(script) as worker:
        worker.begin("q", 0, 1, 1)
        numbers = [1.0, 2.0]
        kept = worker.keep("put", value=numbers)
        made = worker.keep("make", kind="loader")
        numbers.append(3.0)
        worker.ask("call", name="f", args=[kept, made])
        worker.ask("call", name="f")
    first, second = (q["first"] for q in questions if q["verb"] == "call")
    assert first == [
        {"verb": "put", "number": kept.id, "value": [1.0, 2.0]},
        {"verb": "make", "number": made.id, "kind": "loader"},
    ]
    assert kept.id != made.id
    assert max(kept.id, made.id) < 0
    assert second == []


def test_a_value_kept_for_one_process_is_not_in_the_next() -> None:
    script, questions = remembering()
    with session(script) as worker:
        worker.begin("q", 0, 1, 1)
        worker.keep("put", value=1)
        worker.again()
        worker.ask("call", name="f")
    assert [q["first"] for q in questions if q["verb"] == "call"] == [[]]


def test_ask_returns_the_value() -> None:
    assert asked(answering({"call": 42})) == 42


@pytest.mark.parametrize(
    ("make", "fault", "text"),
    [
        (lambda n: [reply(id=n + 1, value=1)], Malformed, "not an answer"),
        (lambda n: [b"garbage that is longer than a prefix"], Malformed, "not an answer"),
        (lambda n: [reply(id=n, value=1)[:-1]], Crashed, "the program ended before it could answer"),
        (lambda n: [reply(id=n)], Malformed, "not an answer"),
        (lambda n: [reply(id=np.arange(2), value=1)], Malformed, "not an answer"),
        (lambda n: [reply(id=n, missing="f")], Mismatch, MISNAMED),
        (lambda n: [reply(id=n, raised=3)], Malformed, "not an answer"),
        (lambda n: [], TimedOut, r"its time \(at most 1 s of computing, 1 s in all\) and was stopped; look"),
        (
            lambda n: [reply(id=n, missing="SECRET", nearest=["SECRET"])],
            Mismatch,
            "`f` is not defined in your",
        ),
        (lambda n: [reply(id=n, refused="too big")], Mismatch, "the checks cannot read; return"),
        (
            lambda n: [reply(id=n, raised={"memory": True})],
            OutOfMemory,
            "more memory than it may use .*; work in",
        ),
        (
            lambda n: [
                reply(id=n, raised={"type": "ValueError", "builtin": True, "text": "x", "where": ["f.py", 2]})
            ],
            Raised,
            "raised ValueError$",
        ),
        (
            lambda n: [reply(id=n, raised={"type": "X", "where": ["f.py", 98765432]})],
            Raised,
            "your code raised an exception$",
        ),
        (
            lambda n: [reply(id=n, raised={"type": "SECRET", "builtin": True, "text": "SECRET"})],
            Raised,
            "your code raised an exception$",
        ),
    ],
)
def test_no_reply_of_a_worker_is_more_than_the_students_fault(
    make: Callable[[int], list[bytes]], fault: type[StudentFault], text: str
) -> None:
    with pytest.raises(fault, match=text) as caught:
        asked(replying(make))
    assert type(caught.value) is fault
    assert "SECRET" not in caught.value.what


@pytest.mark.parametrize(
    ("where", "place"),
    [
        (["f.py", 2], ("f.py", 2)),
        (["f.py", 98765432], None),
        (["f.py", 0], None),
        (["g.py", 1], None),
        (["f.py", "2"], None),
        (None, None),
    ],
)
def test_an_exception_keeps_only_a_line_that_the_submission_has(where: Any, place: Any) -> None:
    raised = {"type": "ValueError", "builtin": True, "text": "x", "where": where}
    with pytest.raises(Raised) as caught:
        asked(replying(lambda n: [reply(id=n, raised=raised)]))
    assert (caught.value.place, caught.value.detail) == (place, "x")


def test_type_names_are_repeated_only_if_well_known_or_in_the_submission() -> None:
    values = [
        wire.Opaque("SECRET"),
        wire.Opaque("Known"),
        wire.Handle(1, "SECRET"),
        {"k": wire.Opaque("set")},
    ]
    received = asked(answering({"call": values}))
    assert received == [
        wire.Opaque("object"),
        wire.Opaque("Known"),
        wire.Handle(1),
        {"k": wire.Opaque("set")},
    ]


@pytest.mark.parametrize("notes", [5, None, {"a": 1}, ["x" * 10_000] * 30])
def test_notes_of_loading_are_bounded(notes: object) -> None:
    well = answering({"call": 1})
    loaded = wire.encode(wire.EVENT, {"event": "loaded", "notes": notes, "readable": 1})
    with session(lambda frame: [loaded] if frame.message["verb"] == "load" else well(frame)) as worker:
        worker.begin("q", 0, 1, 1)
    assert len(worker.account.notes) in (0, 20)
    assert all(len(note) <= 400 for note in worker.account.notes)


@pytest.mark.parametrize("cpu", [float("nan"), float("inf"), -1.0, "x", None])
def test_an_implausible_measurement_counts_as_zero(cpu: object) -> None:
    well = answering({"call": 1})
    ended = wire.encode(wire.EVENT, {"event": "ended", "how": "exit", "code": 0, "cpu": cpu})
    with session(lambda frame: [ended] if frame.message["verb"] == "end" else well(frame)) as worker:
        worker.begin("q", 0, 1, 1)
        assert worker.end().cpu == 0.0


@pytest.mark.parametrize(
    ("facts", "verb", "losses"),
    [
        ({}, "call", 1),
        ({"code": 24}, "call", 0),
        ({"cpu": 0.2}, "load", 1),
        ({"cpu": 9.0}, "load", 0),
    ],
)
def test_a_timeout_with_little_cpu_time_counts_as_a_loss(
    facts: dict[str, object], verb: str, losses: int
) -> None:
    well = answering({"call": 1})
    late = wire.encode(wire.EVENT, {"event": "ended", "how": "timeout", "output": "so far", **facts})
    worker = session(lambda frame: [late] if frame.message["verb"] == verb else well(frame))
    worker.assignment = replace(ASSIGNMENT, limits=Limits(load_seconds=10))

    def check() -> None:
        worker.begin("q", 0, 1, 10)
        worker.ask("call", name="f")

    with worker, pytest.raises(TimedOut):
        check()
    assert worker.losses == losses


def ends_in_time(endings: list[bool]) -> tuple[list[str], int]:
    """Call f in one check for each ending, which says if it answers; return the faults and the calls sent."""
    late = wire.encode(wire.EVENT, {"event": "ended", "how": "timeout", "code": 24, "cpu": 9.0})
    sent, left = 0, iter(endings)

    def make(number: int) -> list[bytes]:
        nonlocal sent
        sent += 1
        return [reply(id=number, value=1) if next(left) else late]

    faults = []
    with session(replying(make)) as worker:
        for _ in endings:
            worker.begin("q", 0, 9, 9)
            with evidence.collected() as seen:
                seen.about = "f"
                try:
                    worker.ask("call", name="f")
                except TimedOut as fault:
                    faults.append(fault.what)
    return faults, sent


def test_a_function_that_never_answers_is_waited_for_twice_and_then_not_called() -> None:
    faults, sent = ends_in_time([False] * 5)
    assert (len(faults), len(set(faults)), sent) == (5, 1, 2)


def test_a_function_that_has_answered_is_always_called() -> None:
    faults, sent = ends_in_time([False, True, False, False, False])
    assert (len(faults), sent) == (4, 5)


def test_output_printed_before_an_ending_is_returned_once() -> None:
    well = answering({"call": 1})
    late = {"event": "ended", "how": "timeout", "code": 24, "cpu": 1.5, "output": "so far"}
    with session(replying(lambda n: [wire.encode(wire.EVENT, late)])) as worker:
        worker.begin("q", 0, 1, 1)
        with pytest.raises(TimedOut) as caught:
            worker.ask("call", name="f")
        assert caught.value.detail == ""
        assert worker.end() == Ended(1.5, "so far")
        assert worker.end() == Ended()
    with session(well) as worker:
        assert worker.end() == Ended()


def test_an_engine_failure_before_student_code_runs_is_the_kits_fault() -> None:
    with pytest.raises(SandboxError, match="the fake worker could not be started: disk full"):
        asked(lambda frame: [], "disk full")


def test_a_worker_that_begins_with_another_event_is_the_kits_fault() -> None:
    surprise = wire.encode(wire.EVENT, {"event": "surprise"})
    with pytest.raises(SandboxError, match=r"it failed \(expected the event prepared, got another message\)"):
        asked(lambda frame: [surprise])


def test_an_engine_failure_while_student_code_runs_is_the_kits_fault() -> None:
    sandbox = FakeSandbox(answering({}))
    with Session(sandbox, SUBMISSION, ASSIGNMENT, "") as worker:
        worker.begin("q", 0, 1, 1)
        sandbox.connections[0].end("no space left on device")
        with pytest.raises(SandboxError, match="the fake sandbox failed while grading: no space left"):
            worker.ask("call", name="f")


@pytest.mark.parametrize(
    "make",
    [lambda n: [], lambda n: [reply(id=n, value=1)[:-1]], lambda n: [b"garbage, longer than a prefix"]],
    ids=["silent", "cut short", "garbled"],
)
def test_an_engine_failure_while_waiting_for_an_answer_is_the_kits_fault(
    make: Callable[[int], list[bytes]],
) -> None:
    def script(frame: wire.Frame) -> list[bytes]:
        if frame.message["verb"] == "call":
            sandbox.connections[0].fail("it hangs")
        return replying(make)(frame)

    sandbox = FakeSandbox(script)
    with Session(sandbox, SUBMISSION, ASSIGNMENT, "") as worker:
        worker.begin("q", 0, 1, 1)
        with pytest.raises(SandboxError, match="the fake sandbox failed while grading: it hangs"):
            worker.ask("call", name="f")
    assert worker.account.flags == ["the worker was lost and had to be started again"]


@pytest.mark.parametrize(("starts", "given"), [(0, 500), (4, 500), (5, 0)])
def test_starting_a_worker_uses_the_submissions_time_only_after_many_starts(
    starts: int, given: float
) -> None:
    with session(answering({"call": 42})) as worker:
        worker.account.starts = starts
        before = worker._deadline
        worker._launched -= 500.0
        worker.begin("q", 0, 1, 1)
        assert worker._deadline - before == pytest.approx(given, abs=5)


def test_a_worker_that_ends_within_its_first_message_has_ended() -> None:
    cut = wire.encode(wire.EVENT, {"event": "prepared", "versions": {}, "cpu": 0.0})[:-1]
    with pytest.raises(SandboxError, match="could not be started: it ended before any student code ran"):
        asked(lambda frame: [cut])


def test_a_check_can_ask_nothing_after_its_process_ended() -> None:
    ended = wire.encode(wire.EVENT, {"event": "ended", "how": "exit", "code": 3})
    with session(replying(lambda n: [ended])) as worker:
        worker.begin("q", 0, 1, 1)
        with pytest.raises(Crashed, match="your code ended the program instead of returning") as caught:
            worker.ask("call", name="f")
        assert caught.value.detail == "exit status 3"
        with pytest.raises(Crashed, match="an earlier call in this check ended the program; fix"):
            worker.ask("call", name="f")


def test_garbage_before_student_code_runs_is_the_kits_fault() -> None:
    with pytest.raises(SandboxError, match="sent garbage before any student code ran"):
        asked(lambda frame: [b"nonsense nonsense"])


def test_the_next_check_gets_a_new_worker_after_a_loss() -> None:
    sandbox = FakeSandbox(replying(lambda n: [reply(id=n + 1, value=1)]))
    with Session(sandbox, SUBMISSION, ASSIGNMENT, "") as worker:
        for _ in range(2):
            worker.begin("q", 0, 1, 1)
            with pytest.raises(Malformed):
                worker.ask("call", name="f")
            worker.end()
        assert "the worker was lost and had to be started again" in worker.account.flags
    assert len(sandbox.connections) == 2
    assert all(connection.closed for connection in sandbox.connections)


def test_only_known_modules_that_the_file_imports_are_imported_in_advance() -> None:
    assert warm_modules(SUBMISSION) == ["numpy", "sklearn.manifold", "torch"]


@pytest.mark.parametrize(
    "line", ["x = torch.empty(3, device='meta')", "torch.export.export(f, x)", "from torch.func import grad"]
)
def test_a_file_that_hints_at_tensors_without_data_imports_their_support_in_advance(line: str) -> None:
    hinting = replace(SUBMISSION, cells=(Cell("f.py", line),))
    assert warm_modules(hinting) == ["numpy", "torch", SHAPES]


@pytest.mark.parametrize("name", ["latent_space", "undercomplete_overcomplete"])
def test_the_solutions_do_not_hint_at_tensors_without_data(name: str) -> None:
    text = (ROOT / "solutions" / name / f"{name}.py").read_text(encoding="utf-8")
    assert SHAPES not in warm_modules(replace(SUBMISSION, cells=(Cell("f.py", text),)))


def test_odd_reports_of_loading_are_ignored() -> None:
    well = answering({"call": 42})

    def script(frame: wire.Frame) -> list[bytes]:
        if frame.message["verb"] == "load":
            odd = {"notes": 3, "readable": np.zeros(2, np.int8), "output": ""}
            return [wire.encode(wire.EVENT, {"event": "loaded", **odd})]
        return well(frame)

    assert asked(script) == 42
