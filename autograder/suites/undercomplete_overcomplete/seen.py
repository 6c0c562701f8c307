"""What a function of the submission returned in several cases, and the mistake that explains all of it.

Each case is asked in a fresh process, so nothing that a submission keeps between calls changes it. A cause is
named only if it explains every number that came back in any case, not only the one at which a check looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.judge import Student, attempt, expect

Wrong = Sequence[tuple[str, Any]]  # causes in words, each with the value that it leads to


@dataclass(frozen=True)
class Case:
    """One call: `words` describes it to the student."""

    words: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)


class Seen:
    """The answers of the function `name` in `cases`, by their keys; asking for one that failed raises."""

    def __init__(self, student: Student, name: str, cases: Mapping[str, Case]) -> None:
        self.name, self.cases = name, cases
        self.answers: dict[str, Callable[[], Any]] = {}
        self.values: dict[str, Any] = {}
        for key in cases:
            if self.answers:
                student.start_again()
            self.answers[key] = attempt(self._ask, student, key)

    def _ask(self, student: Student, key: str) -> Any:
        case = self.cases[key]
        self.values[key] = value = student.call(self.name, *case.args, **case.kwargs)
        return value

    def what(self, key: str) -> str:
        """Return the call of a case in words, for messages."""
        return f"{self.name}{self.cases[key].words}"

    def cause(self, wrong: Callable[..., Wrong], rtol: float = 1e-4) -> str | None:
        """Return the cause that explains every number seen; two where both do, None where more do.

        `wrong` is called with the arguments of a case and returns the causes, always in the same order.
        """
        seen = {key: number for key, value in self.values.items() if (number := numbers(value)) is not None}
        tables = [wrong(*self.cases[key].args, **self.cases[key].kwargs) for key in seen]
        found: list[str] = []
        for column in zip(*tables, strict=True):
            pairs = zip(seen.values(), column, strict=True)
            if all(alike(number, value, rtol) for number, (_, value) in pairs):
                found.append(column[0][0])
        causes = list(dict.fromkeys(found))
        return "; or: ".join(causes) if 0 < len(causes) <= 2 else None

    def close(self, key: str, right: Any, wrong: Callable[..., Wrong], rtol: float, atol: float) -> None:
        """Expect the numbers of `right` in a case; a scalar may have any shape with one element."""
        got = self.answers[key]()
        if not np.shape(right):
            got = expect.scalar(self.what(key), got)
        expect.close(self.what(key), got, right, rtol, atol, lambda: self._explained(got, wrong))

    def _explained(self, got: Any, wrong: Callable[..., Wrong]) -> dict[str, Any]:
        cause = self.cause(wrong)
        return {cause: got} if cause else {}

    def counts(self, key: str, right: int, wrong: Callable[..., Wrong]) -> None:
        """Expect the whole number `right` in a case."""
        got = expect.scalar(self.what(key), self.answers[key]())
        text, detail = f"{self.what(key)}: a wrong count", f"expected {right}, got {got:g}"
        expect.true(got == right, text, detail, None if got == right else self.cause(wrong))


def numbers(value: Any) -> np.ndarray | None:
    """Return an array or number as an array of finite numbers; None for anything else."""
    if type(value) in (int, float, bool):
        value = np.array(value, np.float64)
    plain = isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and value.size > 0
    return value if plain and np.isfinite(value).all() else None


def shape_of(value: Any) -> tuple[int, ...] | None:
    """Return the shape of an array; None for anything else."""
    return value.shape if isinstance(value, np.ndarray) else None


def alike(got: np.ndarray, value: Any, rtol: float) -> bool:
    """True if an array holds the numbers of `value`, within 1e-5 plus `rtol` of the largest of them."""
    wanted = np.asarray(value, np.float64)
    if got.size != wanted.size:
        return False
    allowed = 1e-5 + rtol * float(np.abs(wanted).max(initial=0.0))
    return bool((np.abs(got.reshape(wanted.shape) - wanted) <= allowed).all())


KEPT = "something is kept between calls, such as a global list or a cached result"
IN_PLACE = "an operation in place, such as `-=` or one whose name ends in `_`; work on a copy"


def unchanged(student: Student, name: str, case: Case, names: Sequence[str]) -> None:
    """Expect a call to leave its arrays as they were; `names` are those of the arguments, in order."""
    put = [student.put(value) if isinstance(value, np.ndarray) else value for value in case.args]
    student.call(name, *put, **case.kwargs)
    for label, before, kept in zip(names, case.args, put, strict=False):
        if isinstance(before, np.ndarray):
            after = kept.get()
            same = isinstance(after, np.ndarray) and np.array_equal(after, before)
            expect.true(same, f"{name}: the argument {label} was modified", cause=IN_PLACE)


def again(
    student: Student, seen: Seen, first: Case, second: str, wrong: Callable[..., Wrong]
) -> tuple[Any, str | None]:
    """Call with two cases in one process; return the second answer, and the likely cause if it is wrong.

    `second` is a case that `seen` asked in a fresh process.
    """
    student.start_again()
    name = seen.name
    for case in (first, seen.cases[second]):
        got = student.call(name, *case.args, **case.kwargs)
    fresh, now = numbers(seen.values.get(second)), numbers(got)
    differ = fresh is not None and now is not None and not alike(now, fresh, 1e-4)
    return got, KEPT if differ else seen.cause(wrong)
