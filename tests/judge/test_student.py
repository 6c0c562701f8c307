"""Answers of the student's process: malformed states and gradients are the student's fault."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

import autograder.wire as wire
from autograder import grading
from autograder.errors import Malformed, Mismatch
from autograder.judge.session import Session
from autograder.judge.student import Student
from autograder.records import assignment
from autograder.records.assignment import Assignment, Limits, Question
from autograder.records.places import ASSIGNMENTS
from autograder.records.submission import Cell, Submission
from autograder.sandbox.fake import FakeSandbox, answering
from autograder.wire import Handle, Opaque

ASSIGNMENT = Assignment("latent_space", "T", ("f.py",), (Question("q", "Q", 1, ("f",)),), (), Limits())
SUBMISSION = Submission("ada", "ada", "f.py", "0" * 64, (Cell("f.py", "x = 1"),))
ONE = np.ones((), np.float32)
MODEL = {"call": Handle(1, "M")}
GOOD = {"value": ONE, "differentiable": True, "arguments": [ONE, None], "parameters": {"w": ONE}}


def student(replies: dict[str, Any]) -> Student:
    session = Session(FakeSandbox(answering(replies)), SUBMISSION, ASSIGNMENT, "")
    session.begin("q", 0, 1, 1)
    return Student(session)


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ([1, 2], "expected arrays by name, got something else"),
        ({3: ONE}, "expected arrays by name, got something else"),
        (
            {"w": ONE, "b": Opaque("UninitializedParameter")},
            "expected arrays, got values that are not numbers",
        ),
    ],
)
def test_a_state_without_arrays_fails_the_check_with_a_reason(state: Any, text: str) -> None:
    with pytest.raises(Mismatch, match=text):
        student({**MODEL, "state": state}).new("f").state()


def test_state_returns_arrays_by_name() -> None:
    assert student({**MODEL, "state": {"w": ONE}}).new("f").state() == {"w": ONE}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"differentiable": 1},
        {**GOOD, "arguments": None},
        {**GOOD, "parameters": [ONE]},
        {**GOOD, "arguments": ["a gradient"]},
        {**GOOD, "parameters": {"w": 3.0}},
    ],
)
def test_a_malformed_answer_about_gradients_is_reported(answer: Any) -> None:
    with pytest.raises(Malformed, match="not an answer about gradients"):
        student({**MODEL, "vjp": answer}).new("f").vjp("forward", [ONE], ONE)
    with pytest.raises(Malformed, match="not an answer about gradients"):
        student({"vjp": answer}).vjp("f", [ONE], ONE)


def test_a_result_that_is_not_differentiable_has_no_gradients() -> None:
    answer = student({"vjp": {"differentiable": False, "parameters": "lies"}}).vjp("f", [ONE], ONE)
    assert answer == {"value": None, "differentiable": False, "arguments": [], "parameters": {}}


LIES: dict[str, Any] = {
    "nothing": None,
    "text": "90/90",
    "true": True,
    "number": 1e300,
    "not a number": float("nan"),
    "infinite array": np.full((6, 64), np.inf, np.float32),
    "no axis": np.zeros((), np.float32),
    "empty array": np.zeros((0, 3), np.float32),
    "integers": np.arange(12).reshape(3, 4),
    "truths": np.ones((2, 2), bool),
    "handle": Handle(7, "Model"),
    "object": Opaque("EqualToAll"),
    "nested": [[[[1.0, [2.0]]]], {"a": [None]}],
    "ragged": [np.zeros(3), np.zeros(4)],
    "dict of handles": {k: Handle(1, "M") for k in ("MSE", "BCE", "L1", "dim", "error", 0, 1)},
    "results": {
        k: {"model": 1, "train_losses": "abc", "reconstructions": {}, "dim": [], "error": {}}
        for k in ("MSE", "BCE", "L1")
    },
    "entries": [{"dim": np.zeros(3), "error": "low"}] * 6,
    "huge label": {2**62: 1.0, -1: 2.0, "3": [1.0], None: 4.0},
}


@pytest.mark.parametrize("name", LIES)
def test_the_suites_grade_every_answer(name: str) -> None:
    """If an answer could raise an error in a check, a submission could leave itself ungraded."""
    lie = LIES[name]
    replies = dict.fromkeys(("call", "get", "state", "vjp"), lie)
    sandbox = FakeSandbox(answering(replies))
    latent_space = assignment.load(ASSIGNMENTS / "latent_space" / "assignment.toml")
    result = grading.grade(SUBMISSION, latent_space, sandbox)
    assert result.status == "graded", result.reason
    assert result.score == 0


def invented(random: Random, depth: int = 0) -> Any:
    """A value of any kind, or of a form that some check expects."""
    if depth < 3 and random.random() < 0.4:
        entries = [invented(random, depth + 1) for _ in range(random.randrange(5))]
        keys = random.sample(
            ["MSE", "BCE", "L1", "dim", "error", "model", "train_losses", "reconstructions"], 4
        )
        made = {key: invented(random, depth + 1) for key in keys}
        labelled = [{"dim": k, "error": invented(random, depth + 1)} for k in (3, 1, 4)]
        state = {name: drawn(random) for name in random.choice(STATES)}
        gradients = {"value": 0.5, "differentiable": True, "arguments": entries, "parameters": state}
        return random.choice(
            [
                entries,
                tuple(entries),
                made,
                labelled,
                dict(enumerate(entries)),
                state,
                state,
                gradients,
                gradients,
            ]
        )
    return random.choice([drawn(random), drawn(random), Handle(random.randrange(-2, 9), "M"), *LIES.values()])


STATES = (
    ("down", "bias_z", "up", "bias_x"),
    ("down", "bias_z", "up"),
    tuple(f"{part}.{i}.{kind}" for part in ("e", "d") for i in range(3) for kind in ("weight", "bias")),
)


def drawn(random: Random) -> Any:
    """An array of a shape that some check expects, with any numbers."""
    shapes = [
        (),
        (1,),
        (7, 36),
        (7, 6),
        (6, 64),
        (6, 8),
        (10,),
        (10, 3),
        (12, 3),
        (7, 3),
        (16,),
        (1, 5),
        (0, 3),
        (256, 36),
        (256,),
        (128, 256),
        (128,),
        (6, 128),
        (32, 4),
        (4, 32),
    ]
    kinds = [np.float32, np.int64, bool, np.float64]
    array = np.full(
        random.choice(shapes), random.choice([0, 1, -3e9, np.nan, np.inf, 1e-200, 1.7e308]), np.float64
    )
    with np.errstate(all="ignore"):
        return array.astype(random.choice(kinds))


def test_a_worker_that_invents_every_answer_is_graded() -> None:
    latent_space = assignment.load(ASSIGNMENTS / "latent_space" / "assignment.toml")
    for seed in range(4):
        random = Random(seed)
        well = answering({})

        def script(frame: wire.Frame, random: Random = random, well: Any = well) -> list[bytes]:
            message = frame.message
            if message["verb"] in ("prepare", "load", "begin", "end") or random.random() < 0.02:
                return well(frame)
            kept = Handle(3, "M") if message.get("keep") and random.random() < 0.95 else invented(random)
            return [wire.encode(wire.REPLY, {"id": message["id"], "value": kept})]

        result = grading.grade(SUBMISSION, latent_space, FakeSandbox(script))
        assert result.status == "graded", (seed, result.reason)
        assert len(result.checks) > 30


def test_parameter_names_that_are_not_strings_fail_the_check() -> None:
    answer = {"value": 0.5, "differentiable": True, "arguments": [], "parameters": {1: None}}
    sandbox = FakeSandbox(answering({**MODEL, "vjp": answer}))
    with Session(sandbox, SUBMISSION, ASSIGNMENT, "") as session:
        session.begin("q", 0, 1, 1)
        with pytest.raises(Mismatch, match="parameters: expected gradients by name, got something else"):
            Student(session).new("M").vjp("forward", [], 1.0)


def test_a_state_too_large_to_pass_back_fails_the_check() -> None:
    state = {f"p{i}": np.zeros(1, np.float32) for i in range(wire.MAX_ITEMS // 2 - 1)}
    with Session(FakeSandbox(answering({**MODEL, "state": state})), SUBMISSION, ASSIGNMENT, "") as session:
        session.begin("q", 0, 1, 1)
        model = Student(session).new("M")
        with pytest.raises(Mismatch, match="your code returned a value too large to pass to another call"):
            model.load_state(model.state())
