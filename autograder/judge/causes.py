"""Which cause a lost check names, decided once every check of a submission has run.

Each comparison notes the causes that its author considered, each with the value that it leads to, and what
the comparison is *about*: the student's function that was called last, or a part that the author names. Then:

1. A cause *fits* what a comparison saw if its value agrees with the value that came back, and leaves at most
   a tenth of the deviation from the right value unexplained.
2. A cause is *refuted* by any comparison about the same thing, in a passed or a lost check of the question,
   that considered it and saw something else, unless its value is too close to the right one to tell.
3. A check names those causes that fit what it saw and are not refuted. Of several, it names those that
   explain the most numbers, so an accident that fits one number gives way. If two are left it names both; if
   more, none.
4. A cause stated without a value is a guess: it gives way to any fitting cause about the same thing or a part
   of it ("f, MSE" is a part of "f").
5. If no cause is left, the check says what was seen and where, and names none.

So two mistakes at once may be told no cause, but not a wrong one. Where nothing came back that can be
compared (another shape, NaN), a comparison refutes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from autograder.records.results import CheckResult, Fault

Array = np.ndarray
Causes = Mapping[str, Any]  # cause, in words → the value that it leads to
Likely = Causes | Callable[[], Causes]
FIT = 1e-3  # relative: float32 against the judge's float64, over a short training
UNEXPLAINED = 0.1  # of the deviation from the right value, at most
TELLING = 2.0  # tolerances by which a cause must miss the right value to be refuted by it
MOST = 2  # causes that one message names


def any_numbers() -> np.errstate:
    """Compute with infinities, NaN and numbers that overflow, as students return them, without a warning."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


@dataclass(frozen=True, eq=False)
class Comparison:
    """A value that came back, the right one, and the values that the considered causes lead to.

    `got` and `right` are float64 of any shape; `got` is None if no numbers came back, `right` is None if it
    is not known. `allowed` is the tolerance, of the shape of `right`. `likely` may be a function, which is
    called once at most, and may not ask the student.
    """

    about: str
    got: Array | None
    likely: Likely
    right: Array | None = None
    allowed: Array | float = 0.0
    rtol: float = FIT

    @cached_property
    def fits(self) -> dict[str, bool]:
        """For each considered cause about which this comparison says something: whether it fits."""
        likely = self.likely() if callable(self.likely) else self.likely
        with any_numbers():
            said = {cause: self._fits(np.asarray(value, np.float64)) for cause, value in likely.items()}
        return {cause: fits for cause, fits in said.items() if fits is not None}

    @property
    def numbers(self) -> int:
        """How many numbers came back wrong."""
        if self.got is None or self.right is None or self.got.shape != self.right.shape:
            return 1
        return int((~(np.abs(self.got - self.right) <= self.allowed)).sum())

    def _fits(self, wrong: Array) -> bool | None:
        if self.got is None:
            return None
        comparable = self.right is not None and self.got.shape == self.right.shape
        if self.got.shape != wrong.shape:
            return False if comparable and np.isfinite(self.got).all() else None
        off = np.abs(self.got - wrong)
        scale = FIT * np.abs(wrong[np.isfinite(wrong)]).max(initial=0.0)
        fits = _agree(self.got, wrong, max(self.rtol, FIT), scale)
        if not np.isfinite(self.got).all():
            return True if fits else None
        if self.right is None or not comparable or not np.isfinite(self.right).all():
            return fits
        deviation = np.abs(self.got - self.right)
        if (deviation <= self.allowed).all():
            return None if (np.abs(wrong - self.right) <= TELLING * self.allowed).all() else False
        return fits and bool(off.max(initial=0.0) <= UNEXPLAINED * deviation.max(initial=0.0))


def _agree(got: Array, wrong: Array, rtol: float, atol: float) -> bool:
    """What np.allclose says with equal_nan, in a quarter of the time where all numbers are finite."""
    off = np.abs(got - wrong)
    if np.isfinite(off).all():
        return bool((off <= atol + rtol * np.abs(wrong)).all())
    return bool(np.allclose(got, wrong, rtol, atol, equal_nan=True))


@dataclass(frozen=True)
class Claim:
    """What a failed expectation gives as its causes, most likely first; `valued` if each has a value.

    `otherwise` is a sentence that is added to what the expectation says if no cause is named.
    """

    what: str
    about: str = ""
    causes: tuple[str, ...] = ()
    valued: bool = False
    otherwise: str = ""


def named(claim: Claim, comparisons: Iterable[Comparison]) -> str | None:
    """Return the cause that a claim may name, given every comparison of its question; None if it may not."""
    parts: dict[str, list[Comparison]] = {claim.about: []}
    for comparison in comparisons:
        if comparison.about == claim.about or comparison.about.startswith(f"{claim.about}, "):
            parts.setdefault(comparison.about, []).append(comparison)
    known = {about: _weights(seen) for about, seen in parts.items()}
    weights = known[claim.about]
    left = [cause for cause in claim.causes if weights.get(cause, 1)]
    if not claim.valued:
        better = any(weight for part in known.values() for cause, weight in part.items() if cause not in left)
        return None if better else next(iter(left), None)
    most = max((weights.get(cause, 0) for cause in left), default=0)
    best = [cause for cause in left if weights.get(cause, 0) == most]
    return "; or ".join(best) if 0 < len(best) <= MOST else None


def _weights(seen: Sequence[Comparison]) -> dict[str, int]:
    """Return how many wrong numbers each considered cause explains; 0 if it is refuted."""
    weights: dict[str, int] = {}
    for comparison in seen:
        for cause, fits in comparison.fits.items():
            weights[cause] = weights.get(cause, 0) + comparison.numbers if fits else 0
    refuted = {cause for comparison in seen for cause, fits in comparison.fits.items() if not fits}
    return weights | dict.fromkeys(refuted, 0)


def settled(
    results: Sequence[CheckResult],
    claims: Mapping[str, Claim],
    comparisons: Mapping[str, Sequence[Comparison]],
) -> list[CheckResult]:
    """Return the results of one submission, each lost check with the cause that it may name.

    `claims` and `comparisons` are those of each check, by its id.
    """
    return [
        result
        if result.fault is None or result.id not in claims
        else replace(
            result, fault=_settled(result.fault, claims[result.id], _of(result, results, comparisons))
        )
        for result in results
    ]


def _of(
    result: CheckResult, results: Sequence[CheckResult], comparisons: Mapping[str, Sequence[Comparison]]
) -> list[Comparison]:
    """Return the comparisons of all checks of a result's question."""
    same = [other.id for other in results if other.question == result.question]
    return [comparison for name in same for comparison in comparisons.get(name, ())]


def _settled(fault: Fault, claim: Claim, seen: Sequence[Comparison]) -> Fault:
    cause = named(claim, seen)
    what = fault.what if cause or not claim.otherwise else f"{fault.what}. {claim.otherwise}"
    return replace(fault, what=what, cause=cause)
