"""The wire between judge and worker: length-prefixed frames of plain values, independent of grading.

Theory of operation. A frame is `kind (1 byte) | header length (u32) | body length (u32) | header | body`,
with big-endian integers. The header is JSON; the body is the bytes of the header's arrays, in order.
A JSON object in a header has exactly one key, which says what it encodes: `t` a tuple, `d` a mapping as
pairs, `a` an array (dtype, shape, first byte), `f` a float that JSON lacks, `h` a handle to an object that
stays in the worker, `o` a value that may not cross, named by its type. Anything else is refused; a frame
over the limits below is refused before it is read. Nothing is unpickled, and no name in a frame is looked up.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.errors import CutShortError, WireError

REPLY, EVENT, REQUEST = b"R", b"E", b"Q"
PREFIX = struct.Struct(">cII")
MAX_HEADER = 4 << 20  # bytes
MAX_BODY = 32 << 20  # bytes
MAX_DEPTH = 16
MAX_ITEMS = 100_000  # values in one frame, counting all levels
MAX_DIMENSIONS = 8
DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
MAX_NAME = 80  # characters of a type's name
MOST_AT_ONCE = 1 << 20  # bytes requested from a stream in one call


@dataclass(frozen=True)
class Handle:
    """A reference to an object that stays in the worker; `type` is its type's name there (untrusted)."""

    id: int
    type: str = "object"


@dataclass(frozen=True)
class Opaque:
    """A value of a type that does not cross the wire; `type` is that type's name (untrusted)."""

    type: str


@dataclass(frozen=True)
class Frame:
    """One message: its kind (`REQUEST`, `REPLY` or `EVENT`) and a mapping of plain values and arrays."""

    kind: bytes
    message: dict[str, Any]


def printable(text: str, limit: int = MAX_NAME) -> str:
    """Return `text` on one line, at most `limit` long, without control or direction-changing characters."""
    kept = "".join(c if c.isprintable() else " " for c in text[: limit + 1])
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


class _Packer:
    """Turns values into a JSON tree and a list of array bytes."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.offset = 0
        self.items = 0

    def pack(self, value: Any, depth: int = 0) -> Any:
        self.items += 1
        if depth > MAX_DEPTH:
            raise WireError(f"a value nested more than {MAX_DEPTH} levels deep cannot be sent")
        if self.items > MAX_ITEMS:
            raise WireError(f"more than {MAX_ITEMS} values in one frame cannot be sent")
        if value is None or type(value) in (bool, str):
            return value
        if type(value) is int:
            return value if -(2**63) <= value < 2**63 else {"o": "int beyond 64 bits"}
        if type(value) is float:
            return value if math.isfinite(value) else {"f": repr(value)}
        if type(value) is np.ndarray:
            return {"a": self._array(value)}
        return self._compound(value, depth + 1)

    def _compound(self, value: Any, depth: int) -> Any:
        if type(value) is list:
            return [self.pack(v, depth) for v in value]
        if type(value) is tuple:
            return {"t": [self.pack(v, depth) for v in value]}
        if type(value) is dict:
            return {"d": [[self._key(k), self.pack(v, depth)] for k, v in value.items()]}
        if type(value) is Handle:
            return {"h": [value.id, printable(value.type)]}
        if type(value) is Opaque:
            return {"o": printable(value.type)}
        raise WireError(f"a value of type {type(value).__name__} cannot be sent")

    def _key(self, key: Any) -> Any:
        packed = self.pack(key)
        if isinstance(packed, (dict, list)):
            raise WireError(f"a mapping whose key is this {type(key).__name__} cannot be sent")
        return packed

    def _array(self, array: np.ndarray) -> list[Any]:
        name = array.dtype.name  # NumPy makes it anew each time
        if name not in DTYPES or array.ndim > MAX_DIMENSIONS:
            raise WireError(f"an array of dtype {name} with {array.ndim} axes cannot be sent")
        data = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
        start, self.offset = self.offset, self.offset + len(data)
        self.chunks.append(data)
        return [name, list(array.shape), start]


def encode(kind: bytes, message: dict[str, Any]) -> bytes:
    """Return the bytes of one frame. Raises WireError when a value may not cross or a limit is exceeded."""
    packer = _Packer()
    header = json.dumps({k: packer.pack(v) for k, v in message.items()}, allow_nan=False).encode()
    if len(header) > MAX_HEADER or packer.offset > MAX_BODY:
        raise WireError(
            f"a frame of {len(header)} + {packer.offset} bytes is over {MAX_HEADER} + {MAX_BODY} bytes"
        )
    return b"".join([PREFIX.pack(kind, len(header), packer.offset), header, *packer.chunks])


class _Unpacker:
    """Turns a JSON tree and a body back into values, refusing anything that the rules above forbid."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.offset = 0
        self.items = 0

    def unpack(self, tree: Any, depth: int = 0) -> Any:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise WireError(f"a frame contains more than {MAX_DEPTH} levels or {MAX_ITEMS} values")
        if tree is None or type(tree) is bool:
            return tree
        if type(tree) is str:
            return tree.encode("utf-8", "replace").decode()  # lone surrogates cannot be written anywhere
        if type(tree) in (int, float):
            fits = math.isfinite(tree) if type(tree) is float else -(2**63) <= tree < 2**63
            _require(fits, "numbers within 64 bits")
            return tree
        if type(tree) is list:
            return [self.unpack(v, depth + 1) for v in tree]
        if len(tree) != 1:
            raise WireError(f"a tagged value needs exactly one key, got {len(tree)}")
        ((tag, payload),) = tree.items()
        reader = self._readers().get(tag)
        if reader is None:
            raise WireError(f"unknown tag {printable(tag)!r} in a frame")
        return reader(payload, depth + 1)

    def _readers(self) -> dict[str, Callable[[Any, int], Any]]:
        return {
            "t": self._tuple,
            "d": self._mapping,
            "a": self._array,
            "f": self._float,
            "h": self._handle,
            "o": self._opaque,
        }

    def _tuple(self, payload: Any, depth: int) -> tuple[Any, ...]:
        _require(type(payload) is list, "a tuple's values as a list")
        return tuple(self.unpack(v, depth) for v in payload)

    def _mapping(self, payload: Any, depth: int) -> dict[Any, Any]:
        _require(type(payload) is list and all(type(p) is list and len(p) == 2 for p in payload), "pairs")
        _require(all(type(k) in (str, int, float, bool) or k is None for k, _ in payload), "plain keys")
        return {self.unpack(k, depth): self.unpack(v, depth) for k, v in payload}

    def _array(self, payload: Any, _depth: int) -> np.ndarray:
        _require(type(payload) is list and len(payload) == 3, "dtype, shape and first byte")
        dtype, shape, start = payload
        _require(type(dtype) is str and dtype in DTYPES, f"a dtype of {', '.join(DTYPES)}")
        _require(type(shape) is list and len(shape) <= MAX_DIMENSIONS, f"at most {MAX_DIMENSIONS} axes")
        _require(all(type(n) is int and 0 <= n <= MAX_BODY for n in shape), "axes of non-negative length")
        _require(math.prod(n or 1 for n in shape) <= MAX_BODY, f"at most {MAX_BODY} elements")
        _require(start == self.offset, "arrays in the order of their bytes")
        item = np.dtype(dtype).newbyteorder("<")
        size = math.prod(shape) * item.itemsize
        _require(self.offset + size <= len(self.body), "as many bytes as the shape says")
        raw = self.body[self.offset : self.offset + size]
        self.offset += size
        return np.frombuffer(raw, dtype=item).reshape(shape).astype(np.dtype(dtype), copy=True)

    def _float(self, payload: Any, _depth: int) -> float:
        _require(payload in ("nan", "inf", "-inf"), "nan, inf or -inf")
        return float(payload)

    def _handle(self, payload: Any, _depth: int) -> Handle:
        _require(type(payload) is list and len(payload) == 2, "a handle's number and type")
        _require(type(payload[0]) is int and type(payload[1]) is str, "a handle's number and type")
        return Handle(payload[0], printable(payload[1]))

    def _opaque(self, payload: Any, _depth: int) -> Opaque:
        _require(type(payload) is str, "the name of a type")
        return Opaque(printable(payload))


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise WireError(f"a frame breaks the wire's rules: expected {what}")


def _no_constant(name: str) -> Any:
    raise WireError(f"a frame's header contains {name}, which is not JSON")


def decode(header: bytes, body: bytes) -> dict[str, Any]:
    """Return the message in `header` and `body`. Raises WireError, and no other error, if it is invalid."""
    try:
        tree = json.loads(header, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise WireError("a frame's header is not JSON") from error
    _require(type(tree) is dict, "a mapping as header")
    unpacker = _Unpacker(body)
    message = {k: unpacker.unpack(v) for k, v in tree.items()}
    _require(unpacker.offset == len(body), "no bytes beyond the arrays")
    return message


def lengths(prefix: bytes) -> tuple[bytes, int, int]:
    """Return kind, header length and body length from a frame's first nine bytes. Raises WireError."""
    kind, header, body = PREFIX.unpack(prefix)
    _require(kind in (REPLY, EVENT, REQUEST), "a frame's kind")
    if header > MAX_HEADER or body > MAX_BODY:
        raise WireError(f"a frame of {header} + {body} bytes is over {MAX_HEADER} + {MAX_BODY} bytes")
    return kind, header, body


def exactly(take: Callable[[int], bytes], count: int) -> bytes:
    """Return the next `count` bytes, or fewer at the end of the stream; `take(n)` may return fewer than n."""
    parts = []
    while count and (part := take(min(count, MOST_AT_ONCE))):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def read_raw(read: Callable[[int], bytes]) -> tuple[bytes, bytes, bytes] | None:
    """Read one frame with `read(n)`, which returns exactly n bytes, or fewer at the end of the stream.

    Returns kind, header and body undecoded; None at a clean end. Raises CutShortError when the stream ends
    within a frame and WireError when a frame is over the limits.
    """
    prefix = read(PREFIX.size)
    if not prefix:
        return None
    if len(prefix) < PREFIX.size:
        raise CutShortError("the stream ended within a frame")
    kind, header_length, body_length = lengths(prefix)
    header, body = read(header_length), read(body_length)
    if len(header) < header_length or len(body) < body_length:
        raise CutShortError("the stream ended within a frame")
    return kind, header, body


def read(read_bytes: Callable[[int], bytes]) -> Frame | None:
    """Read and decode one frame; None at a clean end of the stream. Raises WireError."""
    raw = read_raw(read_bytes)
    return None if raw is None else Frame(raw[0], decode(raw[1], raw[2]))
