"""Draws the numbers of the hidden checks from a secret: any draw is as good as another.

Sizes stay within a third of the middle, so that no draw costs more time. What a check needs of its numbers is
asked here, once, so that the judge searches for nothing; it reads drawn.json.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograder.judge import drawn
from autograder.suites.undercomplete_overcomplete import given, oracle, runs, training
from autograder.suites.undercomplete_overcomplete.seen import Case, alike

Rng = np.random.Generator
Part = dict[str, Any]
Right = Callable[..., Any]
# on some cases, this leads to the same counts as another mistake
BATCHES = "the variances of batches are averaged; take the variance over all images"


def draw(secret: str) -> dict[str, Any]:
    """Return all numbers that the hidden checks use, ready for JSON; the same secret gives the same.

    Raises SuiteError if the ranges leave no good draw.
    """
    kinds = {"linear": _linear, "sparsity": _sparsity, "capacity": _capacity, "denoising": _denoising}
    with np.errstate(all="ignore"):
        parts = {name: kind(drawn.generator(secret, name)) for name, kind in kinds.items()}
    return {"key": drawn.key(secret), **parts}


def whole(rng: Rng, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`, both included."""
    return int(rng.integers(low, high + 1))


def seed(rng: Rng) -> int:
    """Return a seed."""
    return int(rng.integers(10**6, 2**31))


def real(rng: Rng, low: float, high: float) -> float:
    """Return a number between two, with three digits, so that it reads and prints as it was drawn."""
    return float(f"{rng.uniform(low, high):.3g}")


def _shuffled(rng: Rng, values: Sequence[float]) -> list[float]:
    return [float(v) for v in rng.permutation(values)]


def _tells(
    cases: Callable[[Part], Mapping[str, Case]], right: Right, wrong: Callable[..., Any], part: Part
) -> bool:
    """Whether the cases tell every known mistake from right work, and from each other one."""
    all_cases = list(cases(part).values())
    wanted = [np.asarray(right(*case.args, **case.kwargs), float) for case in all_cases]
    columns = zip(*[wrong(*case.args, **case.kwargs) for case in all_cases], strict=True)
    known = [(column[0][0], [np.asarray(value, float) for _, value in column]) for column in columns]
    if {cause for cause, values in known if not _equal(wanted, values)} != {cause for cause, _ in known}:
        return False
    visible = [(cause, values) for cause, values in known if not _equal(wanted, values)]
    return not any(
        one != other and BATCHES not in (one, other) and _equal(a, b)
        for i, (one, a) in enumerate(visible)
        for other, b in visible[i + 1 :]
    )


def _equal(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return all(alike(a, b, 1e-4) for a, b in zip(one, other, strict=True))


def _good(condition: Any, name: str) -> Any:
    """Return a condition with a name, for messages."""
    condition.__name__ = name
    return condition


# --- linear -----------------------------------------------------------------------------------------------


def _linear(rng: Rng) -> Part:
    good = _good(partial(_tells, given.linear, oracle.rebuilt, oracle.wrong_rebuilt), "linear")
    return drawn.until(partial(_directions, rng), good)


def _directions(rng: Rng) -> Part:
    return {
        "three": [seed(rng), whole(rng, 50, 70), _shuffled(rng, [0.2, 6.0, 0.1, 3.0, 0.15, 4.0, 0.05])],
        "rows": whole(rng, 8, 11),
        "one": [seed(rng), whole(rng, 34, 46), _shuffled(rng, [0.1, 0.2, 5.0, 0.15, 0.05])],
        "large": [seed(rng), whole(rng, 360, 440), whole(rng, 66, 80)],
        "large_rows": whole(rng, 270, 330),
        "other": [seed(rng), whole(rng, 42, 58), _shuffled(rng, [3.0, 0.1, 5.0, 0.2, 0.15, 0.1, 7.0])],
    }


# --- sparsity ---------------------------------------------------------------------------------------------


def _sparsity(rng: Rng) -> Part:
    good = _good(partial(_tells, given.sparsity, oracle.loss, oracle.wrong_losses), "sparsity")
    return drawn.until(partial(_terms, rng), good)


def _terms(rng: Rng) -> Part:
    return {
        "small": [seed(rng), whole(rng, 6, 8), whole(rng, 4, 5), whole(rng, 9, 12)],
        "small_weight": real(rng, 0.15, 0.25),
        "double": [seed(rng), whole(rng, 4, 5), whole(rng, 8, 10), whole(rng, 6, 7)],
        "double_weight": real(rng, 2.5, 3.5),
        "large": [seed(rng), whole(rng, 270, 330), whole(rng, 66, 88), whole(rng, 270, 330)],
        "large_weight": real(rng, 0.6, 0.8),
        "zero": seed(rng),
        "default": seed(rng),
        "pulled": seed(rng),
    }


# --- capacity ---------------------------------------------------------------------------------------------

STRENGTHS = [0.13, 0.02, 0.7, 0.0, 0.06, 0.35, 1.0, 0.2, 0.001, 0.5, 0.0, 0.075, 0.3, 0.04, 0.9, 0.16]


def _capacity(rng: Rng) -> Part:
    good = _good(partial(_tells, given.capacity, oracle.used, oracle.wrong_counts), "capacity")
    return drawn.until(partial(_units, rng), good, 20_000)


def _units(rng: Rng) -> Part:
    return {
        "mixed": seed(rng),
        "double": seed(rng),
        "strengths": _shuffled(rng, STRENGTHS),
        "rows": whole(rng, 360, 440),
        "fifth": real(rng, 0.17, 0.23),
        "named": real(rng, 0.05, 0.07),
        "images": seed(rng),
        "n": 32 * whole(rng, 88, 98) + 25,
        "units": seed(rng),
        "k": whole(rng, 280, 320),
    }


# --- denoising --------------------------------------------------------------------------------------------


def _denoising(rng: Rng) -> Part:
    return drawn.until(partial(_runs, rng), _tells_ways)


def _runs(rng: Rng) -> Part:
    size = whole(rng, 7, 9)
    return {
        "run": {"seed": seed(rng), "n": 3 * size + whole(rng, 4, size - 2), "d": 16, "k": 3, "size": size},
        "run_settings": {"epochs": whole(rng, 4, 5), "lr": real(rng, 0.034, 0.046)},
        "plain": {"seed": seed(rng), "n": whole(rng, 9, 11), "d": 9, "k": 2, "size": 4},
        "long": {"seed": seed(rng), "n": 2 * whole(rng, 130, 140), "d": 4, "k": 2, "size": 2},
        "long_settings": {"epochs": 2, "lr": real(rng, 0.0026, 0.0034)},
        "gained": {"seed": seed(rng), "n": whole(rng, 10, 11), "d": 9, "k": 2, "size": 4},
        "gained_settings": {
            "epochs": whole(rng, 2, 3),
            "lr": real(rng, 0.017, 0.023),
            "gain": real(rng, 0.35, 0.45),
        },
    }


def _tells_ways(part: Part) -> bool:
    """Whether every known way to train wrongly leads to clearly other losses in one of the runs."""
    every = list(given.denoising(part).values())
    rights = [run.trained() for run in every]
    for _, way in training.WAYS:
        traces = [run.trained(way) for run in every]
        if not any(_apart(trace, right) for trace, right in zip(traces, rights, strict=True)):
            return False
    return True


def _apart(trace: training.Trace, right: training.Trace) -> bool:
    means = (right.per_sample(), right.per_batch())
    wrong = (trace.per_sample(), trace.per_batch())
    allowed = 10 * runs.TOLERANCE[0]
    return not any(np.allclose(w, mean, allowed, 0) for w in wrong for mean in means)
