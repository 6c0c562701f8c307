"""The verbs: what each does to a loaded submission, and how it replies when it fails."""

from __future__ import annotations

import io
import types
from typing import Any

import numpy as np
import pytest

import autograder.wire as wire
from autograder.wire import Handle
from autograder.worker.child import Child

SOURCE = """
import torch
class Model(torch.nn.Module):
    def __init__(self, width=2):
        super().__init__()
        self.layer = torch.nn.Linear(width, 1, bias=False)
        self.width = width
    def forward(self, x):
        return self.layer(x), "latent"
class Twice(Model):
    def __init__(self):
        super().__init__()
        self.again = torch.nn.Sequential(self.layer)
def square(x): return (x ** 2).sum()
def constant(x): return 3.0
def fails(): return {}["SECRET"]
def hungry(): raise MemoryError
def leaves(): raise SystemExit(3)
def rude():
    class Rude(Exception):
        def __str__(self): raise RuntimeError
    raise Rude
def deep():
    value = []
    for _ in range(50): value = [value]
    return value
def many(): return [0] * 200_000
def pipeline(): return helper(4)
def helper(x): return x
"""


def module(name: str, source: str) -> types.ModuleType:
    new = types.ModuleType(name)
    exec(compile(source, "cell 1", "exec"), vars(new))
    return new


@pytest.fixture
def child() -> Child:
    standins = module("standins", "def double(x): return 2 * x\nclass Good:\n    size = 7\n")
    return Child(module("submission", SOURCE), ["cell 1"], standins)


def ask(child: Child, verb: str, **request: Any) -> dict[str, Any]:
    frame = wire.read(io.BytesIO(child.answer({"id": 9, "verb": verb, **request})).read)
    assert frame is not None
    assert frame.kind == wire.REPLY
    assert frame.message.pop("id") == 9
    return frame.message


def test_a_function_is_called_with_tensors_and_its_value_is_returned_as_an_array(child: Child) -> None:
    reply = ask(child, "call", name="square", args=[np.array([1.0, 2.0])])
    np.testing.assert_array_equal(reply["value"], 5.0)


def test_a_missing_name_is_reported(child: Child) -> None:
    assert ask(child, "call", name="sqare") == {"missing": "sqare"}


def test_an_object_is_kept_and_used_by_its_handle(child: Child) -> None:
    handle = ask(child, "call", name="Model", kwargs={"width": 3}, keep=True)["value"]
    assert handle == Handle(1, "Model")
    assert ask(child, "get", handle=1, method="width") == {"value": 3}
    value = ask(child, "call", handle=1, args=[np.zeros((4, 3), np.float32)])["value"]
    assert value[0].shape == (4, 1)
    assert value[1] == "latent"


@pytest.mark.parametrize(
    ("name", "type_", "text"),
    [
        ("fails", "KeyError", "KeyError: 'SECRET'"),
        ("leaves", "SystemExit", "SystemExit: 3"),
        ("rude", "Rude", "Rude: (its message cannot be shown)"),
    ],
)
def test_any_exception_in_student_code_is_a_reply(child: Child, name: str, type_: str, text: str) -> None:
    raised = ask(child, "call", name=name)["raised"]
    assert (raised["type"], raised["text"], raised["memory"]) == (type_, text, False)
    assert raised["where"][0] == "cell 1"
    assert raised["builtin"] == (type_ != "Rude")


def test_running_out_of_memory_is_distinguished_from_other_exceptions(child: Child) -> None:
    assert ask(child, "call", name="hungry")["raised"]["memory"] is True


def test_a_value_nested_deeper_than_the_wire_allows_still_gets_a_reply(child: Child) -> None:
    assert set(ask(child, "call", name="deep")) <= {"value", "refused"}


def test_a_value_with_too_many_parts_is_refused_with_the_limit(child: Child) -> None:
    refused = ask(child, "call", name="many")["refused"]
    assert refused == "the returned value cannot be sent: more than 100000 values in one frame cannot be sent"


def test_an_unknown_verb_or_handle_does_not_end_the_child(child: Child) -> None:
    assert "raised" in ask(child, "pickle")
    assert "raised" in ask(child, "get", handle=99)
    assert ask(child, "call", name="constant", args=[1]) == {"value": 3.0}


def test_a_stand_in_replaces_a_name_of_the_submission(child: Child) -> None:
    names = {"verb": "substitute", "names": {"helper": "double"}}
    assert ask(child, "call", first=[names], name="pipeline") == {"value": 8}


def test_a_stand_in_can_be_made_and_passed_as_an_argument(child: Child) -> None:
    make = {"verb": "make", "number": -5, "kind": "Good"}
    assert ask(child, "get", first=[make], handle=-5, method="size") == {"value": 7}
    assert ask(child, "call", name="helper", args=[Handle(-5)])["value"].type == "Good"


def test_requests_in_first_are_carried_out_in_order_without_replies(child: Child) -> None:
    names = {"verb": "substitute", "names": {"helper": "double"}}
    placed = {"verb": "put", "number": -6, "value": 21}
    assert ask(child, "call", first=[placed, names], name="helper", args=[Handle(-6)]) == {"value": 42}
    assert ask(child, "get", handle=-6) == {"value": 21}


def test_a_failure_in_first_becomes_the_reply(child: Child) -> None:
    failing = {"verb": "make", "number": -7, "kind": "Good", "args": [1, 2, 3]}
    assert ask(child, "call", first=[failing], name="constant", args=[1])["raised"]["type"] == "TypeError"


def test_state_is_copied_from_one_instance_to_another(child: Child) -> None:
    first = ask(child, "call", name="Model", keep=True)["value"]
    second = ask(child, "call", name="Model", keep=True)["value"]
    state = ask(child, "state", handle=first.id)["value"]
    assert ask(child, "load_state", handle=second.id, arrays=state) == {"value": None}
    copied = ask(child, "state", handle=second.id)["value"]
    np.testing.assert_array_equal(copied["layer.weight"], state["layer.weight"])


def test_a_layer_with_two_names_is_in_the_state_once(child: Child) -> None:
    handle = ask(child, "call", name="Twice", keep=True)["value"]
    state = ask(child, "state", handle=handle.id)["value"]
    assert list(state) == ["layer.weight"]
    state["layer.weight"] += 1
    assert ask(child, "load_state", handle=handle.id, arrays=state) == {"value": None}
    np.testing.assert_array_equal(
        ask(child, "state", handle=handle.id)["value"]["layer.weight"], state["layer.weight"]
    )


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"other": np.zeros(1)}, "the names of the model's parameters differ between two instances"),
        (
            {"layer.weight": np.zeros(5)},
            "the shape of parameter layer.weight differs between two instances of the model",
        ),
    ],
)
def test_a_state_that_does_not_fit_is_refused(child: Child, arrays: dict[str, Any], reason: str) -> None:
    handle = ask(child, "call", name="Model", keep=True)["value"]
    assert ask(child, "load_state", handle=handle.id, arrays=arrays) == {"refused": reason}


def test_a_gradient_is_pulled_back_to_arguments_and_parameters(child: Child) -> None:
    handle = ask(child, "call", name="Model", keep=True)["value"]
    x = np.array([[1.0, 2.0]], np.float32)
    back = ask(child, "vjp", handle=handle.id, args=[x], path=[0], cotangent=np.ones(1, np.float32))["value"]
    weight = ask(child, "state", handle=handle.id)["value"]["layer.weight"]
    np.testing.assert_allclose(back["arguments"][0], weight)
    np.testing.assert_allclose(back["parameters"]["layer.weight"], x)


def test_a_value_without_a_gradient_is_not_differentiable(child: Child) -> None:
    back = ask(child, "vjp", name="constant", args=[np.ones(2)], cotangent=np.ones(1))["value"]
    assert back == {"value": 3.0, "differentiable": False}
