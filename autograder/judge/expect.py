"""Expectations of a value: each function returns the checked value or raises Mismatch.

Messages say what, expected, got, and the likely cause, in that order. Anyone may see shapes and counts.
Values and differences go into the detail, which hidden checks do not show: a student who hands in zeros
could read the expected value from the difference. No comparison passes a NaN or an infinity on either side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from autograder.errors import Mismatch
from autograder.judge import evidence
from autograder.judge.student import RemoteObject
from autograder.wire import Opaque

Shape = tuple[int, ...]
Causes = Mapping[str, Any]  # cause, in words → the value that it leads to
Likely = Causes | Callable[[], Causes]
ANY = -1  # an axis of any length
MAX_NUMBERS = 1 << 22  # in one value: above any real answer, and cheap for the judge
MAX_ENTRIES = 100_000  # of a sequence


def fail(text: str, detail: str = "", cause: str | None = None) -> NoReturn:
    """Raise Mismatch with `text`, and the likely `cause` behind it."""
    raise Mismatch(text, detail, cause)


def true(condition: bool, text: str, detail: str = "", cause: str | None = None) -> None:
    """Expect `condition` to be true; `text` says what is wrong if it is not."""
    if not condition:
        fail(text, detail, cause)


def kind_of(value: Any) -> str:
    """Describe a value in words that a student knows, without its contents."""
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, np.ndarray):
        if not 0 < value.size <= MAX_NUMBERS:
            return "an array with too many elements" if value.size else "an empty array"
        return f"an array of shape {value.shape}" if value.shape else "a number"
    if isinstance(value, (Opaque, RemoteObject)):
        name = value.type if isinstance(value, Opaque) else value.handle.type
        return f"an object of type {name!r}"
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, dict):
        return f"a dict with {len(value)} keys"
    return "a number" if type(value) in (int, float) else f"a {type(value).__name__}"


def array(what: str, value: Any, shape: Shape | None = None, cause: str | None = None) -> np.ndarray:
    """Expect numbers, all finite, as an array of `shape` (`ANY` for an axis of any length); float64."""
    numbers = _numbers(value)
    if numbers is None:
        fail(f"{what}: expected an array or tensor of numbers, got {kind_of(value)}", cause=cause)
    if shape is not None and not _fits(numbers.shape, shape):
        wanted = str(shape).replace("-1", "any")
        fail(f"{what}: expected shape {wanted}, got {numbers.shape}", cause=cause)
    if not np.isfinite(numbers).all():
        bad = int((~np.isfinite(numbers)).sum())
        fail(f"{what}: expected finite numbers, got NaN or infinity in {bad} of {numbers.size}", cause=cause)
    return numbers


def _numbers(value: Any) -> np.ndarray | None:
    """Return float64 numbers from an array, a number, or a list of either; None for anything else."""
    if isinstance(value, (np.ndarray, np.generic)):  # np.generic: an element of list(array)
        return np.asarray(value, np.float64) if 0 < value.size <= MAX_NUMBERS else None
    if type(value) in (int, float, bool):
        return np.array(float(value))
    if isinstance(value, (list, tuple)) and value and _count(value) <= MAX_NUMBERS:
        parts = [_numbers(v) for v in value]
        shapes = {p.shape for p in parts if p is not None}
        if all(p is not None for p in parts) and len(shapes) == 1:
            return np.stack([p for p in parts if p is not None])
    return None


def _count(value: Any) -> int:
    if isinstance(value, (list, tuple)):
        return sum(map(_count, value))
    return value.size if isinstance(value, np.ndarray) else 1


def _fits(got: Shape, wanted: Shape) -> bool:
    return len(got) == len(wanted) and all(w in (ANY, g) for g, w in zip(got, wanted, strict=True))


def scalar(what: str, value: Any, cause: str | None = None) -> float:
    """Expect one finite number: a float, or an array of one element."""
    numbers = array(what, value, cause=cause)
    if numbers.size != 1:
        fail(f"{what}: expected one number, got {kind_of(value)}", cause=cause)
    return float(numbers.reshape(()))


def close(
    what: str,
    got: Any,
    expected: Any,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    likely: Likely | None = None,
) -> np.ndarray:
    """Expect numbers of the shape of `expected`, each within atol + rtol·|expected|.

    `likely` maps each cause to the value that it leads to, or is a function that returns such a mapping and
    is called only on a mismatch; the message names the first cause that fits. If `expected` was computed
    from the student's values and is not finite, nothing is close to it.
    """

    def cause() -> str | None:
        return cause_of(got, (likely() if callable(likely) else likely) or {}, rtol)

    wanted, numbers = np.asarray(expected, dtype=np.float64), _numbers(got)
    if numbers is None or numbers.shape != wanted.shape or not np.isfinite(numbers).all():
        return array(what, got, wanted.shape, cause())
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        allowed = atol + rtol * np.abs(wanted)
        off = np.abs(numbers - wanted)
        evidence.running().margins.append(float((off / allowed).max(initial=0.0)))
    far = np.flatnonzero(~(np.isfinite(wanted) & (off <= allowed)))
    if far.size:
        first = np.unravel_index(int(far[0]), wanted.shape)
        place = f" at {list(map(int, first))}" if first else ""
        apart = f"off by {off[first]:.3g}, allowed {allowed[first]:.2g}"
        detail = f"expected {wanted[first]:.6g}{place}, got {numbers[first]:.6g}: {apart}"
        fail(f"{what}: not what was expected{place}", detail, cause())
    return numbers


def below(what: str, value: float, bound: float, cause: str | None = None) -> None:
    """Expect a number of at most `bound`; both are positive."""
    evidence.running().margins.append(float(value / bound))
    if not value <= bound:
        fail(f"{what}: too high", f"expected at most {bound:.4g}, got {value:.4g}", cause)


def cause_of(got: Any, likely: Mapping[str, Any], rtol: float = 1e-3) -> str | None:
    """Return the first cause in `likely` whose value matches `got`, or None."""
    numbers = _numbers(got)
    for cause, value in likely.items():
        wrong = np.asarray(value, dtype=np.float64)
        if numbers is not None and numbers.shape == wrong.shape:
            scale = np.abs(wrong).max(initial=0.0)
            if np.allclose(numbers, wrong, rtol=max(rtol, 1e-3), atol=1e-3 * scale, equal_nan=True):
                return cause
    return None


def pair(what: str, value: Any, names: tuple[str, str]) -> tuple[Any, Any]:
    """Expect a tuple or list of exactly two values."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        fail(f"{what}: expected two values, ({names[0]}, {names[1]}), got {kind_of(value)}")
    return value[0], value[1]


def mapping(what: str, value: Any, keys: Sequence[Any]) -> dict[Any, Any]:
    """Expect a dict that has at least `keys`."""
    if not isinstance(value, dict):
        fail(f"{what}: expected a dict with the keys {list(keys)}, got {kind_of(value)}")
    absent = [k for k in keys if k not in value]
    if absent:
        fail(f"{what}: expected the keys {list(keys)}, but {absent} is missing", f"got {list(value)[:20]}")
    return value


def sequence(what: str, value: Any, length: int | None = None) -> list[Any]:
    """Expect a list, tuple or array of `length` entries."""
    listed = isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim >= 1)
    if not listed:
        fail(f"{what}: expected a list, got {kind_of(value)}")
    if length is not None and len(value) != length:
        fail(f"{what}: expected {length} entries, got {len(value)}")
    if len(value) > MAX_ENTRIES:
        fail(f"{what}: expected at most {MAX_ENTRIES} entries, got {len(value)}")
    return list(value)


def model(what: str, value: Any) -> RemoteObject:
    """Expect a torch module."""
    if not isinstance(value, RemoteObject):
        fail(f"{what}: expected a torch module, got {kind_of(value)}")
    return value
