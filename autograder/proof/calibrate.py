"""Measures every tolerance: how much of it correct work uses, how often checks err, and their CPU time.

The *margin* of a check is the largest fraction of a tolerance that its comparisons use; above 1 it fails. A
mistake is *certain* to cost points if some check catches it at every tried seed; all others depend on
chance. A check is *statistical* if its margin on correct work changes with the seed or if it catches a
mistake that depends on chance. It runs many more times, and where counting cannot measure a rate small
enough, a tail is fitted to its margins (generalised Pareto distribution over the upper tenth of their
logarithms, Pickands 1975). All other checks are *exact*: their rates are those of the samples, and their
bounds show only the number of samples. Bounds are one-sided at 95 % (Clopper and Pearson 1934).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from autograder import grading
from autograder.grading import processes
from autograder.grading.setting import Setting, sandbox_of
from autograder.judge import plugin
from autograder.judge.session import Session
from autograder.proof.prove import Proof
from autograder.records.results import CheckResult
from autograder.records.submission import Submission

NOTICEABLE = 0.01  # of a tolerance; another order of summation changes less
TAIL = 0.1  # the fraction of margins to which the tail is fitted
FALSE_FAIL, FALSE_FAIL_OF_ALL, POWER, CPU = 1e-5, 1e-4, 0.999, 2.0  # the targets; CPU in seconds


@dataclass(frozen=True)
class Trial:
    """One run of a check on a sample at a seed."""

    check: str
    sample: str
    seed: int
    passed: bool
    margin: float | None
    cpu_seconds: float


def trials_of_proof(proof: Proof) -> list[Trial]:
    """Return the trials in a proof: every sample at every seed."""
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
    """Return the ids of the statistical checks.

    Their margin on correct work changes noticeably with the seed, or they catch a mistake that no check
    catches at every seed.
    """
    correct = {s.id for s in proof.samples if s.kind == "correct"}
    seen: dict[tuple[str, str], set[float]] = {}
    for trial in trials:
        if trial.sample in correct and trial.margin is not None:
            seen.setdefault((trial.check, trial.sample), set()).add(trial.margin)
    moving = {check for (check, _), margins in seen.items() if max(margins) - min(margins) > NOTICEABLE}
    rest = resting(trials, proof)
    moving |= {t.check for t in trials if t.sample in rest and not t.passed}
    return [rule.id for rule in proof.rules if rule.id in moving]


def resting(trials: Sequence[Trial], proof: Proof, chance: Sequence[str] = ()) -> set[str]:
    """Return the ids of the mistaken samples that no check, except those in `chance`, always catches."""
    passed = {(t.check, t.sample) for t in trials if t.passed}
    certain = {t.sample for t in trials if t.check not in chance and (t.check, t.sample) not in passed}
    return {sample.id for sample in proof.mistaken} - certain


def concerned(trials: Sequence[Trial], proof: Proof, checks: Sequence[str]) -> set[str]:
    """Return the ids of samples to run `checks` on many times: correct ones, and mistakes that need them.

    Leaves out correct samples that have the same margins at every seed as another one or the solution.
    """
    seen: dict[str, list[tuple[str, int, float | None]]] = {}
    for trial in trials:
        if trial.check in checks:
            seen.setdefault(trial.sample, []).append((trial.check, trial.seed, trial.margin))
    right = [s.id for s in proof.samples if s.kind == "correct"]
    first = {tuple(sorted(seen[name], key=str)): name for name in sorted(right, key=_solution_last)}
    return set(first.values()) | resting(trials, proof, checks)


def _solution_last(name: str) -> bool:
    return name == "correct-solution"


def run_many(
    work: Sequence[Submission], setting: Setting, seeds: range, jobs: int, on_done: Callable[[], None]
) -> list[Trial]:
    """Run the setting's checks on every submission at every seed, fifty seeds at a time."""
    chunks = [range(first, min(first + 50, seeds.stop)) for first in range(seeds.start, seeds.stop, 50)]
    trials = []
    with processes.pool(jobs) as pool:
        for future in [pool.submit(_run_seeds, s, setting, chunk) for s in work for chunk in chunks]:
            trials += future.result()
            on_done()
    return trials


def _run_seeds(submission: Submission, setting: Setting, seeds: range) -> list[Trial]:
    trials = []
    source = grading.standins_source(setting.assignment)
    with Session(sandbox_of(setting.kind, True), submission, setting.assignment, source) as session:
        for seed in seeds:
            session.extend()
            _, results = plugin.run(setting.assignment, session, grading.OFFICIAL, setting.only, seed)
            trials += [_trial(result, submission.id, seed) for result in results]
    return trials


@dataclass(frozen=True)
class Row:
    """The measurements of one check."""

    check: str
    statistical: bool
    runs: int
    false_fails: int
    upper: float  # of the false-fail rate, one-sided 95 %
    median: float | None
    largest: float | None
    tail: float | None  # P(margin > 1) by the fitted tail
    wrong: int  # runs of the mistaken samples that it catches
    caught: int
    lower: float  # of the power, one-sided 95 %
    cpu: float  # median CPU seconds of the student's process on the solution
    resting: int = 0  # runs of mistakes that no exact check always catches

    @property
    def false_fail(self) -> float:
        """The best estimate of the rate at which correct work fails: by counting or by a fitted tail."""
        counted = self.false_fails / self.runs if self.runs else 0.0
        return counted if self.tail is None else max(counted, self.tail)

    @property
    def power(self) -> float:
        """The fraction of runs of mistakes that it caught; for an exact check, this is not an estimate."""
        return self.caught / self.wrong if self.wrong else 1.0


def table(proof: Proof, trials: Sequence[Trial]) -> list[Row]:
    """Return one row per check, in the order of the suite."""
    chance = statistical(trials, proof)
    kinds = {sample.id: sample.kind for sample in proof.samples}
    caught = {(t.check, t.sample) for t in trials if kinds[t.sample] == "mistaken" and not t.passed}
    rest = resting(trials, proof, chance)
    missed = {(t.check, t.sample) for t in trials if t.passed and t.sample not in rest}
    caught -= missed  # a mistake caught only sometimes, which another check always catches, does not count
    rows = []
    for rule in proof.rules:
        runs = [t for t in trials if t.check == rule.id]
        right = [t for t in runs if kinds[t.sample] == "correct"]
        wrong = [t for t in runs if (t.check, t.sample) in caught]
        resting_runs = sum(t.sample in rest for t in wrong)
        rows.append(_row(rule.id, rule.id in chance, right, wrong, resting_runs))
    return rows


def _row(check: str, chance: bool, right: Sequence[Trial], wrong: Sequence[Trial], rest: int) -> Row:
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
        resting=rest,
    )


def misses(rows: Sequence[Row]) -> list[str]:
    """Describe every target that is not met."""
    missed = []
    for row in rows:
        if row.false_fail > FALSE_FAIL:
            missed.append(
                f"{row.check}: correct work fails at a rate of {row.false_fail:.2g}, over {FALSE_FAIL:g}"
            )
        if row.resting and row.lower < POWER:
            missed.append(
                f"{row.check}: mistakes are caught at a rate of {row.lower:.4f} or more, under {POWER}"
            )
        if row.power < POWER:
            missed.append(f"{row.check}: mistakes are caught at a rate of {row.power:.4f}, under {POWER}")
    if (total := sum(row.false_fail for row in rows)) > FALSE_FAIL_OF_ALL:
        missed.append(f"correct work loses points at a rate of {total:.2g}, over {FALSE_FAIL_OF_ALL:g}")
    if (cpu := sum(row.cpu for row in rows)) > CPU:
        missed.append(f"the solution takes {cpu:.2f} CPU-s, over {CPU:g}")
    return missed


def upper_bound(hits: int, runs: int) -> float:
    """Return the one-sided 95 % upper bound of a rate after `hits` in `runs`."""
    return 1.0 if hits >= runs else float(stats.beta.ppf(0.95, hits + 1, runs - hits))


def tail_probability(margins: Sequence[float]) -> float | None:
    """Return P(margin > 1) from a tail fitted to the largest logarithms.

    Returns None if there are fewer than 100 margins, or fewer than 10 different ones in the tail.
    """
    if len(margins) < 100:
        return None
    logs = np.log(np.maximum(margins, 1e-12))
    threshold = float(np.quantile(logs, 1 - TAIL))
    if threshold >= 0:
        return float(np.mean(logs > 0))
    over = logs[logs > threshold] - threshold
    if len(np.unique(over)) < 10:
        return None
    shape, _, scale = stats.genpareto.fit(over, floc=0)
    return float(TAIL * stats.genpareto.sf(-threshold, shape, 0, scale))
