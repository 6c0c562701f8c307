"""Draws curves of errors whose elbow is known: sharp ones, and rounder ones on which other rules go wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograder.judge import drawn
from autograder.suites.latent_space.oracle import Array

Rng = np.random.Generator
Curve = list[Any]  # dims, errors, and the position of the elbow
Rule = Callable[[Array, Array], int]
CLEAR = 0.04  # of the errors' range, between the farthest point below the line and the next
SHARP = (  # first and step of dims, errors before the corner, and how many follow it
    (20, 10, (0.90, 0.70), 7),
    (120, 10, (0.90, 0.80, 0.70, 0.55, 0.40, 0.25), 3),
)
DOUBLING = ((0.21, 0.18, 0.12), 3)


def drawn_from(rng: Rng) -> dict[str, list[Curve]]:
    """Return `curves`, three with a sharp corner, and `rounder`, three that tell the rule from others."""
    curves = [drawn.until(partial(_even, rng, *shape), _right) for shape in SHARP]
    curves.append(drawn.until(partial(_doubling, rng), _right))
    three = partial(lambda: [drawn.until(partial(_round, rng), _is_clear) for _ in range(3)])
    return {"curves": curves, "rounder": drawn.until(three, _tell_rules)}


# --- sharp curves -----------------------------------------------------------------------------------------


def _even(rng: Rng, first: int, step: int, before: Sequence[float], after: int) -> Curve:
    scale = int(rng.integers(7, 14))
    dims = [int(first * scale / 10) + i * int(step * scale / 10) for i in range(len(before) + after)]
    return [dims, _with_floor(rng, before, after), len(before)]


def _doubling(rng: Rng) -> Curve:
    before, after = DOUBLING
    first = int(rng.integers(5, 13))
    dims = [first * 2**i for i in range(len(before) + after)]
    return [dims, _with_floor(rng, before, after), len(before)]


def _with_floor(rng: Rng, before: Sequence[float], after: int) -> list[float]:
    """Return errors near those given, and `after` nearly equal ones far below them."""
    scale, floor = rng.uniform(0.7, 1.1), rng.uniform(0.025, 0.035) * before[0]
    falling = [float(f"{e * scale * rng.uniform(0.96, 1.04):.3g}") for e in before]
    return falling + [float(f"{floor * (1 - 0.007 * i):.4g}") for i in range(after)]


def _right(curve: Curve) -> bool:
    dims, errors, corner = curve
    below = depth(dims, errors)
    clear = below[corner] - np.delete(below, corner).max() > CLEAR
    return bool(clear) and int(np.argmax(below)) == corner and errors == sorted(errors, reverse=True)


# --- rounder curves ---------------------------------------------------------------------------------------


def depth(dims: Sequence[int], errors: Sequence[float]) -> Array:
    """Return how far each point is below the line from first to last, in the range of the errors."""
    return chord(np.log(dims), np.array(errors))


def chord(x: Array, y: Array) -> Array:
    """Return how far each point is below the line from first to last, in the range of y."""
    u, v = (x - x[0]) / (x[-1] - x[0]), (y - y[-1]) / (y[0] - y[-1])
    return (1 - u) - v


def _round(rng: Rng) -> Curve:
    n = int(rng.integers(6, 9))
    dims = np.unique(np.exp(rng.uniform(np.log(2), np.log(220), n)).astype(int))
    falls = rng.exponential(1, len(dims) - 1) * 0.75 ** np.arange(len(dims) - 1)
    errors = 0.01 + 0.07 * (1 - np.r_[0, np.cumsum(falls)] / falls.sum())
    rounded = [float(f"{e:.3g}") for e in errors]
    return [dims.tolist(), rounded, int(np.argmax(depth(dims.tolist(), rounded))) if len(dims) > 2 else 0]


def _is_clear(curve: Curve) -> bool:
    """Whether one point is clearly the farthest below, and the distances have no other peak."""
    dims, errors, corner = curve
    if len(dims) < 6 or not 1 < corner < len(dims) - 2 or errors != sorted(errors, reverse=True):
        return False
    below = depth(dims, errors)
    slopes = np.diff(below)
    one_peak = bool((slopes[:corner] > 0).all() and (slopes[corner:] < 0).all())
    clear = below[corner] - np.delete(below, corner).max() > CLEAR
    return one_peak and bool(clear) and bool(below[corner] > 1.4 / (len(dims) - 1))


def _tell_rules(curves: Sequence[Curve]) -> bool:
    """Whether every other rule is wrong on one of the curves."""
    arrays = [(np.array(dims, float), np.array(errors), corner) for dims, errors, corner in curves]
    return all(any(rule(x, e) != corner for x, e, corner in arrays) for rule in OTHER_RULES.values())


def _bend(y: Array) -> int:
    return 1 + int(np.argmax(np.diff(y, 2)))


def _turn(x: Array, y: Array) -> int:
    """Return the point at which the slope over x changes most."""
    return 1 + int(np.argmax(np.diff(np.diff(y) / np.diff(x))))


def _two_lines(x: Array, y: Array) -> int:
    """Return the point at which two straight lines through the points meet with the least squares."""
    parts = [((x[: i + 1], y[: i + 1]), (x[i:], y[i:])) for i in range(1, len(x) - 1)]
    return 1 + int(np.argmin([sum(_rest(*part) for part in pair) for pair in parts]))


def _rest(x: Array, y: Array) -> float:
    return float(np.sum((np.polyval(np.polyfit(x, y, 1), x) - y) ** 2))


def _first(few: Array) -> int:
    """Return the position of the first True; the last position if there is none."""
    return int(np.argmax(few)) if few.any() else len(few)


OTHER_RULES: dict[str, Rule] = {
    "the line over dimensions as they are": lambda x, e: int(np.argmax(chord(x, e))),
    "the line through logarithms of both": lambda x, e: int(np.argmax(chord(np.log(x), np.log(e)))),
    "the line through logarithms of errors": lambda x, e: int(np.argmax(chord(x, np.log(e)))),
    "the line, of errors rounded to two decimals": lambda x, e: int(np.argmax(chord(np.log(x), e.round(2)))),
    "the line over positions": lambda x, e: int(np.argmax(chord(np.arange(len(x)) * 1.0, e))),
    "after the largest drop": lambda x, e: 1 + int(np.argmax(-np.diff(e))),
    "after the largest ratio": lambda x, e: 1 + int(np.argmax(e[:-1] / e[1:])),
    "after the steepest fall": lambda x, e: 1 + int(np.argmax(-np.diff(e) / np.diff(np.log(x)))),
    "the largest second difference": lambda x, e: _bend(e),
    "the largest second difference of logarithms": lambda x, e: _bend(np.log(e)),
    "the largest change of slope": lambda x, e: _turn(x, e),
    "the largest change of slope over logarithms": lambda x, e: _turn(np.log(x), e),
    "a tenth of the first drop": lambda x, e: _first(-np.diff(e) < 0.1 * (e[0] - e[1])),
    "less than a tenth gained": lambda x, e: _first(-np.diff(e) < 0.1 * e[:-1]),
    "less than a fifth gained": lambda x, e: _first(-np.diff(e) < 0.2 * e[:-1]),
    "nine tenths of all gained": lambda x, e: _first(e <= e[-1] + 0.1 * (e[0] - e[-1])),
    "half of all gained": lambda x, e: _first(e <= e[-1] + 0.5 * (e[0] - e[-1])),
    "two straight lines that fit best": lambda x, e: _two_lines(np.log(x), e),
    "the middle": lambda x, e: len(x) // 2,
    "the second": lambda x, e: 1,
    "the third": lambda x, e: 2,
}
