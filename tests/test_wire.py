"""The wire: valid values arrive unchanged, and everything else is refused with a WireError."""

from __future__ import annotations

import contextlib
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import wire
from autograder.errors import WireError

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(TEXT | st.integers(-99, 99), inner),
    max_leaves=20,
)


def sent(value: object) -> object:
    frame = wire.read(io.BytesIO(wire.encode(wire.REPLY, {"value": value})).read)
    assert frame is not None
    return frame.message["value"]


@given(PLAIN)
def test_plain_values_arrive_unchanged(value: object) -> None:
    assert repr(sent(value)) == repr(value)


@pytest.mark.parametrize("dtype", wire.DTYPES)
def test_arrays_keep_dtype_shape_and_values(dtype: str) -> None:
    array = np.arange(12).reshape(3, 4).astype(dtype)
    got = sent(array.T)
    assert isinstance(got, np.ndarray)
    assert got.dtype == array.dtype
    np.testing.assert_array_equal(got, array.T)


def test_nan_infinity_handles_and_opaque_values_cross() -> None:
    got = sent([math.nan, -math.inf, wire.Handle(3, "Model"), wire.Opaque("set")])
    assert isinstance(got, list)
    assert math.isnan(got[0])
    assert got[1:] == [-math.inf, wire.Handle(3, "Model"), wire.Opaque("set")]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({1, 2}, "a value of type set cannot be sent"),
        (np.zeros(2, complex), "an array of dtype complex128 with 1 axes cannot be sent"),
        ([0] * 100_001, "more than 100000 values"),
        (np.zeros((257, 1 << 20), np.uint8), "is over"),
    ],
)
def test_the_sender_refuses_values_that_may_not_cross(value: object, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        wire.encode(wire.REPLY, {"value": value})


def test_a_value_nested_too_deeply_is_refused() -> None:
    value: list[object] = []
    for _ in range(40):
        value = [value]
    with pytest.raises(WireError, match="nested more than 16 levels deep"):
        wire.encode(wire.REPLY, {"value": value})


@pytest.mark.parametrize(
    ("header", "body", "reason"),
    [
        (b"{", b"", "a frame's header is not JSON"),
        (b"[1]", b"", "a mapping as header"),
        (b'{"v": NaN}', b"", "a frame's header contains NaN, which is not JSON"),
        (b'{"v": 1e999}', b"", "numbers within 64 bits"),
        (b'{"v": {"x": 1}}', b"", "unknown tag 'x'"),
        (b'{"v": {}}', b"", "a tagged value needs exactly one key, got 0"),
        (b'{"v": {"t": 1}}', b"", "a tuple's values"),
        (b'{"v": {"d": [[1]]}}', b"", "pairs"),
        (b'{"v": {"d": [[[], 1]]}}', b"", "plain keys"),
        (b'{"v": {"f": "1"}}', b"", "nan, inf or -inf"),
        (b'{"v": {"h": ["1", "x"]}}', b"", "a handle's number"),
        (b'{"v": {"o": 1}}', b"", "the name of a type"),
        (b'{"v": {"a": ["object", [1], 0]}}', b"12345678", "a dtype of"),
        (b'{"v": {"a": ["uint8", [-1], 0]}}', b"", "axes of non-negative length"),
        (b'{"v": {"a": ["uint8", [true], 0]}}', b"1", "axes of non-negative length"),
        (b'{"v": {"a": ["uint8", [2], 0]}}', b"1", "as many bytes as the shape says"),
        (b'{"v": {"a": ["uint8", [1], 1]}}', b"12", "in the order of their bytes"),
        (b'{"v": {"a": ["uint8", [0, 33554432, 33554432], 0]}}', b"", "elements"),
        (b'{"v": {"a": ["uint8", [1], 0]}}', b"12", "no bytes beyond the arrays"),
        (b'{"v": ' + b"[" * 5000 + b"]" * 5000 + b"}", b"", "not JSON|levels"),
    ],
)
def test_a_frame_that_breaks_the_rules_is_refused_with_the_rule(
    header: bytes, body: bytes, reason: str
) -> None:
    with pytest.raises(WireError, match=reason):
        wire.decode(header, body)


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_arbitrary_bytes_are_decoded_or_refused(header: bytes, body: bytes) -> None:
    with contextlib.suppress(WireError):
        wire.decode(header, body)


@given(st.binary(max_size=300))
def test_an_arbitrary_stream_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(WireError):
        wire.read(io.BytesIO(data).read)


def test_a_stream_cut_within_a_frame_is_refused_and_a_clean_end_is_none() -> None:
    data = wire.encode(wire.EVENT, {"event": "hello"})
    assert wire.read(io.BytesIO(b"").read) is None
    for length in range(1, len(data)):
        with pytest.raises(WireError, match="ended within a frame"):
            wire.read(io.BytesIO(data[:length]).read)


def test_a_length_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(WireError, match=r"a frame of .* bytes is over"):
        wire.lengths(wire.PREFIX.pack(wire.REPLY, wire.MAX_HEADER + 1, 0))
    with pytest.raises(WireError, match="a frame's kind"):
        wire.lengths(wire.PREFIX.pack(b"X", 1, 0))


def test_surrogates_in_keys_are_replaced_as_in_values() -> None:
    data = wire.encode(wire.REPLY, {"v": {"\ud800": "\ud800", 1: 2}})
    frame = wire.read(io.BytesIO(data).read)
    assert frame is not None
    assert frame.message["v"] == {"?": "?", 1: 2}


@pytest.mark.parametrize("key", [2**64, math.inf, math.nan, (1, 2)])
def test_a_key_that_would_be_refused_is_not_sent(key: object) -> None:
    with pytest.raises(WireError, match=f"a mapping whose key is this {type(key).__name__} cannot be sent"):
        wire.encode(wire.REPLY, {"v": {key: 1}})


def test_the_sender_refuses_a_frame_over_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_BODY", 10)
    with pytest.raises(WireError, match=r"a frame of \d+ \+ 11 bytes is over \d+ \+ 10 bytes"):
        wire.encode(wire.REPLY, {"value": np.zeros(11, np.uint8)})


def test_a_frame_of_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_ITEMS", 10)
    with pytest.raises(WireError, match="a frame contains more than 16 levels or 10 values"):
        wire.decode(b'{"v": [1,2,3,4,5,6,7,8,9,10]}', b"")


def test_names_are_printed_on_one_short_line() -> None:
    assert wire.printable("a\nb\u202ec") == "a b c"
    assert len(wire.printable("x" * 500)) == wire.MAX_NAME


def test_exactly_reads_the_requested_bytes_and_fewer_only_at_the_end() -> None:
    stream = io.BytesIO(b"0123456789")

    def some(count: int) -> bytes:
        return stream.read(min(count, 3))

    assert [wire.exactly(some, count) for count in (0, 4, 5, 5, 5)] == [b"", b"0123", b"45678", b"9", b""]
