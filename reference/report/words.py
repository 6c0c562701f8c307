"""Numbers as words, for the sentences and the tables of the report.

`seeds` is a list of what `study.measure` returns, one per seed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from reference.report.intervals import Interval, difference

__all__ = ["Seeds", "compared", "joined", "number", "percent", "ranged", "values"]

Seeds = Sequence[Mapping[str, Any]]


def values(seeds: Seeds, *path: Any) -> list[float]:
    """The number at a path of keys into the measurements, one per seed."""
    found = []
    for seed in seeds:
        place: Any = seed
        for step in path:
            place = place[step]
        found.append(place)
    return found


def number(x: float) -> str:
    """A number with three significant digits, written without an exponent; below 1e-9 it is 0."""
    if abs(x) < 1e-9:
        return "0"
    return f"{x:.{max(0, 2 - int(np.floor(np.log10(abs(x)))))}f}".replace("-", "−")


def percent(x: float) -> str:
    """A share, such as 37 %."""
    return f"{100 * x:.0f} %".replace("-", "−")


def ranged(i: Interval, show: Callable[[float], str] = number) -> str:
    """Mean and interval, such as 0.012 (0.010 to 0.014)."""
    return f"{show(i.mean)} ({show(i.low)} to {show(i.high)})"


def compared(name_a: str, a: Sequence[float], name_b: str, b: Sequence[float]) -> str:
    """Which of the two is higher and by how much, or that they cannot be told apart."""
    d = difference(a, b)
    if d.sign == 0:
        return f"{name_a} and {name_b} cannot be told apart (difference {ranged(d)})"
    if d.sign < 0:
        name_a, name_b, d = name_b, name_a, difference(b, a)
    return f"{name_a} is above {name_b} by {ranged(d)}"


def joined(parts: Sequence[Any], word: str = "and") -> str:
    """A, B and C."""
    texts = [str(part) for part in parts]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {word} {texts[-1]}"
