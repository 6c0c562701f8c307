"""Measures every tolerance: how near right work comes to each allowance, at what cost.

A check's *margin* is the largest part of an allowance that its comparisons use up; over 1 it fails. A check
whose margin changes with the seed is *statistical*; it is run many more times, and where counting cannot
reach the wanted rate the tail of its margins is fitted (generalised Pareto over the upper tenth of the
logarithms, Pickands 1975). The bounds of rates are one-sided, 95 %, after Clopper and Pearson (1934).
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import statistics
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from autograder import grading
from autograder.assignment import Assignment
from autograder.batch import Setting, sandbox_of
from autograder.judge import plugin
from autograder.judge.session import Session
from autograder.prove import Proof
from autograder.results import CheckResult
from autograder.submission import Submission

TAIL = 0.1  # the part of the margins that the tail is fitted to


@dataclass(frozen=True)
class Trial:
    """One check on one sample at one seed."""

    check: str
    sample: str
    seed: int
    passed: bool
    margin: float | None
    cpu_seconds: float


def trials_of_proof(proof: Proof) -> list[Trial]:
    """Return the trials that a proof already holds: every sample at seed 0, correct ones at the others."""
    rounds = {0: proof.results, **proof.seeds}
    return [
        _trial(check, name, seed)
        for seed, results in rounds.items()
        for name, result in results.items()
        for check in result.checks
    ]


def _trial(check: CheckResult, sample: str, seed: int) -> Trial:
    passed = check.points == check.max_points
    return Trial(check.id, sample, seed, passed, check.margin, check.cpu_seconds)


def statistical(trials: Sequence[Trial], proof: Proof) -> list[str]:
    """Return the checks whose outcome rests on chance: their margin moves with the seed, noticeably."""
    correct = {s.id for s in proof.samples if s.kind == "correct"}
    seen: dict[tuple[str, str], set[float]] = {}
    for trial in trials:
        if trial.sample in correct and trial.margin is not None:
            seen.setdefault((trial.check, trial.sample), set()).add(trial.margin)
    moving = {check for (check, _), margins in seen.items() if max(margins) - min(margins) > 0.01}
    return [rule.id for rule in proof.rules if rule.id in moving]


def run_many(
    work: Sequence[Submission], setting: Setting, seeds: range, jobs: int, on_done: Callable[[], None]
) -> list[Trial]:
    """Run the setting's checks on every submission at every seed, fifty seeds to a worker."""
    context = multiprocessing.get_context("spawn")
    chunks = [range(first, min(first + 50, seeds.stop)) for first in range(seeds.start, seeds.stop, 50)]
    found = []
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        for one in [pool.submit(_run_seeds, s, setting, chunk) for s in work for chunk in chunks]:
            found += one.result()
            on_done()
    return found


def _run_seeds(submission: Submission, setting: Setting, seeds: range) -> list[Trial]:
    found = []
    source = grading.standins_source(setting.assignment)
    with Session(sandbox_of(setting.kind), submission, setting.assignment, source) as session:
        for seed in seeds:
            _, results = plugin.run(setting.assignment, session, grading.OFFICIAL, setting.only, seed)
            found += [_trial(result, submission.id, seed) for result in results]
    return found


@dataclass(frozen=True)
class Row:
    """What was measured for one check."""

    check: str
    statistical: bool
    runs: int
    false_fails: int
    upper: float  # of the false-fail rate, one-sided 95 %
    median: float | None
    largest: float | None
    tail: float | None  # P(margin > 1) by the fitted tail
    wrong: int  # runs of mistaken samples that lose points in it at some seed
    caught: int
    lower: float  # of the power, one-sided 95 %
    cpu: float  # median CPU seconds of the student's process, solution


def table(proof: Proof, trials: Sequence[Trial]) -> list[Row]:
    """Return one row per check, in the order of the suite."""
    chance = statistical(trials, proof)
    kinds = {sample.id: sample.kind for sample in proof.samples}
    caught = {(t.check, t.sample) for t in trials if kinds[t.sample] == "mistaken" and not t.passed}
    rows = []
    for rule in proof.rules:
        own = [t for t in trials if t.check == rule.id]
        right = [t for t in own if kinds[t.sample] == "correct"]
        wrong = [t for t in own if (t.check, t.sample) in caught]
        rows.append(_row(rule.id, rule.id in chance, right, wrong))
    return rows


def _row(check: str, chance: bool, right: Sequence[Trial], wrong: Sequence[Trial]) -> Row:
    margins = [t.margin for t in right if t.margin is not None]
    failures, hits = sum(not t.passed for t in right), sum(not t.passed for t in wrong)
    return Row(
        check=check,
        statistical=chance,
        runs=len(right),
        false_fails=failures,
        upper=upper_bound(failures, len(right)),
        median=statistics.median(margins) if margins else None,
        largest=max(margins) if margins else None,
        tail=tail_probability(margins) if chance else None,
        wrong=len(wrong),
        caught=hits,
        lower=1 - upper_bound(len(wrong) - hits, len(wrong)),
        cpu=statistics.median([t.cpu_seconds for t in right if t.sample == "correct-solution"] or [0.0]),
    )


def upper_bound(hits: int, runs: int) -> float:
    """Return the one-sided 95 % upper bound of a rate of which `hits` of `runs` were seen."""
    return 1.0 if hits >= runs else float(stats.beta.ppf(0.95, hits + 1, runs - hits))


def tail_probability(margins: Sequence[float]) -> float | None:
    """Return P(margin > 1) from a tail fitted to the largest logarithms; None under 100 margins."""
    if len(margins) < 100:
        return None
    logs = np.log(np.maximum(margins, 1e-12))
    threshold = float(np.quantile(logs, 1 - TAIL))
    if threshold >= 0:
        return float(np.mean(logs > 0))
    over = logs[logs > threshold] - threshold
    shape, _, scale = stats.genpareto.fit(over, floc=0)
    return float(TAIL * stats.genpareto.sf(-threshold, shape, 0, scale))


def to_csv(rows: Sequence[Row]) -> str:
    """Return the rows as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(Row.__dataclass_fields__)
    for row in rows:
        writer.writerow([_cell(getattr(row, name)) for name in Row.__dataclass_fields__])
    return out.getvalue()


def _cell(value: object) -> object:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else value


def picture(trials: Sequence[Trial], proof: Proof, path: Path) -> None:
    """Draw, for each check that measures, where the margins of right work lie and where those of mistakes."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "latentlab"
    from matplotlib import pyplot as plt

    margins = margins_by_check(trials, proof)
    figure, axes = plt.subplots(figsize=(9, 1.5 + 0.24 * len(margins)), layout="constrained")
    for y, (right, wrong) in enumerate(margins.values()):
        axes.plot(np.maximum(right, 1e-7), [y + 0.12] * len(right), "|", color="#2a6f97", ms=7, alpha=0.6)
        axes.plot(np.minimum(wrong, 1e7), [y - 0.12] * len(wrong), "|", color="#c8553d", ms=7, alpha=0.6)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(margins)), list(margins), fontsize=6)
    axes.invert_yaxis()
    axes.set_xlabel("margin: part of the allowance used up (over 1 fails)")
    axes.set_title("Right work (blue) and the mistakes that are caught (red)", fontsize=9)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def margins_by_check(trials: Sequence[Trial], proof: Proof) -> Mapping[str, tuple[list[float], list[float]]]:
    """Return, for each check with margins, those of correct samples and those of mistakes it catches."""
    kinds = {sample.id: sample.kind for sample in proof.samples}
    found: dict[str, tuple[list[float], list[float]]] = {}
    for rule in proof.rules:
        own = [(t, t.margin) for t in trials if t.check == rule.id and t.margin is not None]
        right = [m for t, m in own if kinds[t.sample] == "correct"]
        wrong = [m for t, m in own if kinds[t.sample] == "mistaken" and not t.passed]
        if right:
            found[rule.id] = (right, wrong)
    return found


def markdown(rows: Sequence[Row], assignment: Assignment) -> str:
    """Return the rows as a table for reading, with the cost of the whole suite."""
    lines = [
        "# How sure each check is",
        "",
        "Made by `make calibrate`; do not edit. " + " ".join(_LEGEND),
        "",
    ]
    lines += ["| check | runs | false fails (≤) | margin: median, largest | tail | caught (≥) | CPU s |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for row in rows:
        name = f"**{row.check}**" if row.statistical else row.check
        margin = "–" if row.median is None else f"{row.median:.2g}, {row.largest:.2g}"
        tail = "–" if row.tail is None else f"{row.tail:.1g}"
        power = "–" if not row.wrong else f"{row.caught} of {row.wrong} ({row.lower:.3f})"
        lines.append(
            f"| {name} | {row.runs} | {row.false_fails} ({row.upper:.1g}) | {margin} | {tail} | {power} "
            f"| {row.cpu:.2f} |"
        )
    lines += [
        "",
        f"{assignment.title}: {sum(row.cpu for row in rows):.2f} CPU-s of the solution in all checks.",
    ]
    return "\n".join(lines) + "\n"


_LEGEND = (
    "Bold: statistical, the margin moves with the seed.",
    "Runs: correct samples × seeds; in brackets the upper 95 % bound of the false-fail rate by counting.",
    "Margin: the part of an allowance that right work uses up.",
    "Tail: P(margin > 1) by a fitted tail.",
    "Caught: runs of the mistakes that this check catches; in brackets the lower 95 % bound.",
)


def publish(rows: Sequence[Row], trials: Sequence[Trial], proof: Proof, folder: Path) -> None:
    """Write calibration.csv, calibration.md and calibration.svg to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calibration.csv").write_text(to_csv(rows), encoding="utf-8")
    (folder / "calibration.md").write_text(markdown(rows, proof.assignment), encoding="utf-8")
    picture(trials, proof, folder / "calibration.svg")
