"""Finds the checks that were not tried: what stopped them had already stopped an earlier check.

A check is not tried if it compared nothing, and the fault that stopped it (outcome, words, cause and line; or
the function called, if no line is known) is that of an earlier check of its question that is worth points.
It loses its points as before. Its result names the earlier check, which alone shows the fault in full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.judge.evidence import Evidence
from autograder.records.results import CheckResult, Fault

NOT_TRIED = "not tried: as in “{title}”, {what}"


def marked(results: Sequence[CheckResult], left: Mapping[str, Evidence]) -> list[CheckResult]:
    """Return the results of one submission in their order, those of checks that were not tried marked."""
    first: dict[tuple[object, ...], CheckResult] = {}
    judged = []
    for result in results:
        fault = result.fault
        if fault is None:
            judged.append(result)
            continue
        where = fault.place or left[result.id].about
        key = (result.question, result.outcome, fault.what, fault.cause, where)
        earlier = first.get(key)
        if earlier is not None and not left[result.id].compared:
            judged.append(_untried(result, fault, earlier))
        else:
            judged.append(result)
            if result.max_points and earlier is None:
                first[key] = result
    return judged


def _untried(result: CheckResult, fault: Fault, earlier: CheckResult) -> CheckResult:
    what = NOT_TRIED.format(title=earlier.title.rstrip("."), what=fault.what)
    return replace(result, outcome="untried", because=earlier.id, fault=Fault(what, place=fault.place))
