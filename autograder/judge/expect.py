"""Expectations of a value: each function returns the checked value or raises Mismatch.

A message says what was expected, in words that the suite's author wrote; causes.py decides on the likely
cause. Whatever the submission could choose (values, shapes, counts, types, names, which of several cases)
goes into the detail, which hidden checks do not show: a student could pack hidden inputs into it. No
comparison passes a NaN or an infinity on either side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from autograder.errors import Mismatch
from autograder.judge import evidence
from autograder.judge.causes import FIT, Claim, Comparison, Likely, any_numbers
from autograder.judge.student import RemoteObject
from autograder.wire import Opaque

Shape = tuple[int, ...]
ANY = -1  # an axis of any length
MAX_NUMBERS = 1 << 22  # in one value: above any real answer, and cheap for the judge
MAX_ENTRIES = 100_000  # of a sequence
NOTHING = "a `return` is missing, so the function returns None"


def fail(text: str, detail: str = "", cause: str | None = None, otherwise: str = "") -> NoReturn:
    """Raise Mismatch with `text`, and the likely `cause` behind it.

    If `cause_of` returned the cause, others that fit as well stay possible; see causes.py. If none is named,
    the sentence `otherwise` is added.
    """
    left = evidence.running()
    fitting = _fitting(left.comparisons[-1]) if cause and left.comparisons else ()
    valued = cause in fitting
    stated = (cause,) if cause else ()
    left.claims.append(Claim(text, left.about, fitting if valued else stated, valued, otherwise))
    raise Mismatch(text, detail, cause)


def _fitting(comparison: Comparison) -> tuple[str, ...]:
    return tuple(cause for cause, fits in comparison.fits.items() if fits)


def true(condition: bool, text: str, detail: str = "", cause: str | None = None, otherwise: str = "") -> None:
    """Expect `condition` to be true; `text` says what is wrong if it is not, the rest is as in `fail`."""
    if not condition:
        fail(text, detail, cause, otherwise)


def other(text: str, value: Any, cause: str | None = None, case: str = "") -> NoReturn:
    """Raise Mismatch for a value of another kind than `text` asks for; the detail says what came back."""
    fail(text, _detail(case, f"got {kind_of(value)}"), NOTHING if value is None else cause)


def kind_of(value: Any) -> str:
    """Describe a value in words that a student knows, without its contents; for the detail."""
    if value is None:
        return "None"
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


def array(
    what: str, value: Any, shape: Shape | None = None, cause: str | None = None, case: str = ""
) -> np.ndarray:
    """Expect numbers, all finite, as an array of `shape` (`ANY` for an axis of any length); float64.

    `case` says in the detail which of several like values this is.
    """
    numbers = _numbers(value)
    if numbers is None:
        other(f"{what}: expected an array or tensor of numbers", value, cause, case)
    if shape is not None and not _fits(numbers.shape, shape):
        wanted = str(shape).replace("-1", "any")
        fail(f"{what}: expected shape {wanted}", _detail(case, f"got shape {numbers.shape}"), cause)
    if not np.isfinite(numbers).all():
        bad = f"got NaN or infinity in {int((~np.isfinite(numbers)).sum())} of {numbers.size}"
        fail(f"{what}: expected finite numbers, no NaN and no infinity", _detail(case, bad), cause)
    return numbers


def _detail(case: str, seen: str) -> str:
    return f"{case}: {seen}" if case else seen


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
        other(f"{what}: expected one number", value, cause)
    return float(numbers.reshape(()))


def close(
    what: str,
    value: Any,
    expected: Any,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    likely: Likely | None = None,
    cause: str | None = None,
    about: str | None = None,
    otherwise: str = "",
    case: str = "",
) -> np.ndarray:
    """Expect numbers of the shape of `expected`, each within atol + rtol·|expected|.

    `likely` maps each cause to the value that it leads to, or is a function that returns such a mapping; it
    is called only if a check about the same thing is lost, and may not ask the student. causes.py says which
    of them the message names. If none fits, `cause` is the likely cause. Causes are about the student's
    function called last, or what `about` names. If none is named, the sentence `otherwise` is added. `case`
    says in the detail which of several like values this is.

    If `expected` was computed from the student's values and is not finite, nothing is close to it.
    """
    left = evidence.running()
    wanted, numbers = np.asarray(expected, dtype=np.float64), _numbers(value)
    with any_numbers():
        allowed = atol + rtol * np.abs(wanted)
    subject = left.about if about is None else about
    comparison = Comparison(subject, numbers, likely or {}, wanted, allowed, rtol)
    left.comparisons.append(comparison)
    left.compared = True
    if numbers is None or numbers.shape != wanted.shape or not np.isfinite(numbers).all():
        return array(what, value, wanted.shape, next(iter(_fitting(comparison)), None), case)
    with any_numbers():
        off = np.abs(numbers - wanted)
        left.margins.append(float((off / allowed).max(initial=0.0)))
    far = np.flatnonzero(~(np.isfinite(wanted) & (off <= allowed)))
    if far.size:
        first = np.unravel_index(int(far[0]), wanted.shape)
        place = f" at {list(map(int, first))}" if first else ""
        apart = f"off by {off[first]:.3g}, allowed {allowed[first]:.2g}"
        detail = _detail(case, f"expected {wanted[first]:.6g}{place}, got {numbers[first]:.6g}: {apart}")
        text, fitting = f"{what}: not what was expected", _fitting(comparison)
        causes = fitting or ((cause,) if cause else ())
        left.claims.append(Claim(text, subject, causes, bool(fitting), otherwise))
        raise Mismatch(text, detail, next(iter(causes), None))
    return numbers


def below(what: str, value: float, bound: float, cause: str | None = None) -> None:
    """Expect a number of at most `bound`; both are positive."""
    evidence.running().margins.append(float(value / bound))
    evidence.running().compared = True
    if not value <= bound:
        fail(f"{what}: too high", f"expected at most {bound:.4g}, got {value:.4g}", cause)


def cause_of(got: Any, likely: Mapping[str, Any], rtol: float = FIT) -> str | None:
    """Return the first cause in `likely` whose value matches `got`, or None; for `true` and `fail`.

    The check remembers all of them, so that other checks can refute one; see causes.py.
    """
    left = evidence.running()
    left.comparisons.append(Comparison(left.about, _numbers(got), likely, rtol=rtol))
    left.compared = True
    return next(iter(_fitting(left.comparisons[-1])), None)


def pair(what: str, value: Any, names: tuple[str, str]) -> tuple[Any, Any]:
    """Expect a tuple or list of exactly two values."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        other(f"{what}: expected two values, ({names[0]}, {names[1]})", value)
    return value[0], value[1]


def mapping(what: str, value: Any, keys: Sequence[Any]) -> dict[Any, Any]:
    """Expect a dict that has at least `keys`."""
    if not isinstance(value, dict):
        other(f"{what}: expected a dict with the keys {list(keys)}", value)
    absent = [k for k in keys if k not in value]
    if absent:
        missing = f"{', '.join(map(repr, absent))} is missing; got {list(value)[:20]}"
        fail(f"{what}: expected the keys {list(keys)}", missing)
    return value


def sequence(what: str, value: Any, length: int | None = None) -> list[Any]:
    """Expect a list, tuple or array of `length` entries."""
    listed = isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim >= 1)
    if not listed:
        other(f"{what}: expected a list", value)
    if length is not None and len(value) != length:
        fail(f"{what}: expected {length} entries", f"got {len(value)}")
    if len(value) > MAX_ENTRIES:
        fail(f"{what}: expected at most {MAX_ENTRIES} entries", f"got {len(value)}")
    return list(value)


def model(what: str, value: Any) -> RemoteObject:
    """Expect a torch module."""
    if not isinstance(value, RemoteObject):
        other(f"{what}: expected a torch module", value)
    return value
