"""Expectations: which values pass, which fail, and the sentence that the student then reads."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.errors import Mismatch
from autograder.judge import expect
from autograder.wire import Opaque

MANY = np.broadcast_to(np.int8(0), (30_000_000,))  # the most numbers that the wire carries


@pytest.mark.parametrize("value", [[1, 2.0], (1, 2), np.array([1, 2]), [np.array(1), 2]])
def test_array_accepts_every_kind_of_numbers(value: Any) -> None:
    np.testing.assert_array_equal(expect.array("f()", value, (2,)), [1.0, 2.0])


@pytest.mark.parametrize(
    ("expectation", "text"),
    [
        (
            lambda: expect.array("f()", None),
            "f(): expected an array or tensor of numbers\ngot None",
        ),
        (
            lambda: expect.array("f()", Opaque("Liar")),
            "f(): expected an array or tensor of numbers\ngot an object of type 'Liar'",
        ),
        (
            lambda: expect.array("f()", [[1], [1, 2]]),
            "f(): expected an array or tensor of numbers\ngot a list of 2",
        ),
        (
            lambda: expect.array("f()", np.zeros((2, 4)), (2, 2)),
            "f(): expected shape (2, 2)\ngot shape (2, 4)",
        ),
        (
            lambda: expect.array("f()", np.zeros((2, 4)), (expect.ANY, 2)),
            "f(): expected shape (any, 2)\ngot shape (2, 4)",
        ),
        (
            lambda: expect.array("f()", [1.0, float("nan")]),
            "f(): expected finite numbers, no NaN and no infinity\ngot NaN or infinity in 1 of 2",
        ),
        (lambda: expect.scalar("f()", [1, 2]), "f(): expected one number\ngot a list of 2"),
        (
            lambda: expect.close("f()", 3.0, 2.0, case="class 4"),
            "f(): not what was expected\nclass 4: expected 2, got 3: off by 1, allowed 0.0002",
        ),
        (
            lambda: expect.close("f()", [1, 3, 9], [1, 2, 3]),
            "f(): not what was expected\nexpected 2 at [1], got 3: off by 1, allowed 0.0002",
        ),
        (
            lambda: expect.close("f()", 3.0, math.inf),
            "f(): not what was expected\nexpected inf, got 3: off by inf, allowed inf",
        ),
        (
            lambda: expect.close("f()", -1.7e308, 1.7e308),
            "f(): not what was expected\nexpected 1.7e+308, got -1.7e+308: off by inf, allowed 1.7e+304",
        ),
        (
            lambda: expect.pair("f()", [1], ("x", "z")),
            "f(): expected two values, (x, z)\ngot a list of 1",
        ),
        (
            lambda: expect.mapping("f()", {"a": 1}, ["a", "b"]),
            "f(): expected the keys ['a', 'b']\n'b' is missing; got ['a']",
        ),
        (
            lambda: expect.mapping("f()", 3, ["a"]),
            "f(): expected a dict with the keys ['a']\ngot a number",
        ),
        (lambda: expect.sequence("f()", "ab"), "f(): expected a list\ngot a str"),
        (lambda: expect.sequence("f()", [1], 2), "f(): expected 2 entries\ngot 1"),
        (lambda: expect.sequence("f()", MANY), "f(): expected at most 100000 entries\ngot 30000000"),
        (
            lambda: expect.array("f()", [MANY, MANY]),
            "f(): expected an array or tensor of numbers\ngot a list of 2",
        ),
        (lambda: expect.model("f()", {}), "f(): expected a torch module\ngot a dict with 0 keys"),
        (lambda: expect.true(False, "it must fall"), "it must fall\n"),
    ],
)
def test_a_wrong_value_is_described_in_a_sentence(expectation: Callable[[], Any], text: str) -> None:
    with pytest.raises(Mismatch) as caught:
        expectation()
    assert f"{caught.value.what}\n{caught.value.detail}" == text


def test_likely_causes_are_computed_only_on_a_mismatch() -> None:
    asked: list[str] = []

    def likely() -> dict[str, float]:
        asked.append("asked")
        return {"you summed": 6.0}

    expect.close("f()", 2.0, 2.0, likely=likely)
    assert not asked
    with pytest.raises(Mismatch, match="not what was expected") as caught:
        expect.close("f()", 6.0, 2.0, likely=likely)
    assert caught.value.cause == "you summed"


def test_a_cause_without_a_value_is_told_if_no_value_fits() -> None:
    with pytest.raises(Mismatch) as caught:
        expect.close("f()", 5.0, 2.0, likely={"you summed": 6.0}, cause="it is not a mean")
    assert caught.value.cause == "it is not a mean"
    with pytest.raises(Mismatch) as caught:
        expect.close("f()", 6.0, 2.0, likely={"you summed": 6.0}, cause="it is not a mean")
    assert caught.value.cause == "you summed"


def test_the_cause_of_none_is_a_missing_return() -> None:
    for expectation in (expect.array, expect.scalar, expect.sequence, expect.model):
        with pytest.raises(Mismatch) as caught:
            expectation("f()", None)
        assert caught.value.cause == expect.NOTHING


def test_expected_values_are_in_the_detail_only() -> None:
    with pytest.raises(Mismatch) as caught:
        expect.close("f()", 0.0, 0.123456)  # the difference from zero reveals the expected value
    assert caught.value.detail == "expected 0.123456, got 0: off by 0.123, allowed 1.3e-05"
    assert caught.value.what == "f(): not what was expected"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_not_finite_never_passes_on_either_side(value: float) -> None:
    for got, wanted in ((value, 1.0), (1.0, value), (value, value)):
        with pytest.raises(Mismatch):
            expect.close("f()", got, wanted, rtol=1e9)


def test_equal_values_are_close_with_zero_tolerance() -> None:
    assert expect.close("f()", [0.0, 1.0], [0.0, 1.0], 0, 0).tolist() == [0.0, 1.0]


def test_a_correct_value_is_returned() -> None:
    assert expect.scalar("f()", np.array([[2.5]])) == 2.5
    assert expect.close("f()", 1.00001, 1.0) == pytest.approx(1.0, abs=1e-4)
    assert expect.pair("f()", [1, 2], ("a", "b")) == (1, 2)
    assert expect.sequence("f()", np.array([1, 2]), 2) == [1, 2]
    assert expect.array("f()", expect.sequence("f()", np.array([1, 2], np.float32))).tolist() == [1.0, 2.0]
    assert expect.mapping("f()", {"a": 1, "c": 2}, ["a"]) == {"a": 1, "c": 2}
