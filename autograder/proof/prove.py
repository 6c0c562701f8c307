"""Proves the suites on the corpus: correct work gets full marks; a mistake costs only its own question.

Cheating earns no more than it declares, and the feedback must name each mistake. tables.py writes the
results for reading.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autograder.grades.store import Store
from autograder.grading import batch
from autograder.grading.setting import Setting
from autograder.intake import finding
from autograder.judge import plugin
from autograder.judge.rules import Rule
from autograder.proof import again, corpus, fits, told
from autograder.proof.corpus import Sample
from autograder.proof.part import WHOLE, Part
from autograder.proof.told import Told, lost, said, says
from autograder.records import words
from autograder.records.assignment import Assignment
from autograder.records.results import CheckResult, Result

FRACTION = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")


@dataclass(frozen=True)
class Problem:
    """A difference between a result and what its sample declares; `kind` says how serious it is."""

    text: str
    kind: Literal["leaked", "lost", "other"] = "other"


@dataclass(frozen=True)
class Proof:
    """The samples, their results, and the rules of the checks that judged them.

    A `part` of the proof has some of the samples, or the checks of one question.
    """

    assignment: Assignment
    rules: tuple[Rule, ...]
    samples: tuple[Sample, ...]
    results: Mapping[str, Result]  # by a sample's id
    seeds: Mapping[int, Mapping[str, Result]]  # by seed and id: the samples at further seeds
    part: Part = WHOLE

    @property
    def mistaken(self) -> tuple[Sample, ...]:
        """The samples with one known mistake each."""
        return tuple(s for s in self.samples if s.kind == "mistaken")

    @property
    def cheating(self) -> tuple[Sample, ...]:
        """The samples that do not do the work asked for."""
        return tuple(s for s in self.samples if s.kind == "cheating")

    def kills(self) -> dict[str, list[str]]:
        """Return, for each check, the mistaken samples that lose points in it."""
        kills: dict[str, list[str]] = {rule.id: [] for rule in self.rules}
        for sample in self.mistaken:
            for check in lost(self.results[sample.id]):
                kills[check.id].append(sample.name)
        return kills

    def problems(self) -> list[str]:
        """Describe everything that is not as it should be."""
        wrong = [f"{s.id}: {p.text}" for s in self.samples for p in problems_of(s, self.results[s.id])]
        for seed, results in self.seeds.items():
            judged = [s for s in self.samples if s.id in results]
            wrong += [f"{s.id}, seed {seed}: {p.text}" for s in judged for p in problems_of(s, results[s.id])]
        causes = () if self.part else self._weak_causes()  # what only all samples together can show
        idle = () if self.part.samples else self._idle_checks()
        return [*wrong, *causes, *idle]

    def told(self) -> list[Told]:
        """Return what each mistaken sample's student is told."""
        return [told.told(sample, self.results[sample.id]) for sample in self.mistaken]

    def _weak_causes(self) -> list[str]:
        weak = told.weak(self.mistaken, self.results, [rule.title for rule in self.rules])
        return [
            f"{sample.id}: the declared cause {sample.cause!r} is too weak: {why}; declare words that only "
            "this mistake's messages say"
            for sample, why in weak
        ]

    def _idle_checks(self) -> list[str]:
        return [
            f"{rule.id}: catches no mistake that other checks miss; add such a sample, give a reason as "
            "`kept` in its mark, or delete it"
            for rule in self.rules
            if not self.worth(rule)
        ]

    def worth(self, rule: Rule) -> str:
        """Say why a check is needed: the mistakes that only it catches, or the reason in its mark; or ""."""
        alone, among = self.sole_kills()[rule.id], self.sole_kills(rule.visibility)[rule.id]
        if alone:
            return f"alone catches {len(alone)}"
        if rule.kept:
            return rule.kept
        twin = "the hidden checks repeat it" if rule.visibility == "public" else "it repeats a public one"
        return f"of the {rule.visibility} checks alone catches {len(among)}; {twin}" if among else ""

    def sole_kills(self, visibility: str | None = None) -> dict[str, list[str]]:
        """Return, for each check, the mistaken samples that no other check (of `visibility`) catches."""
        rivals = {rule.id for rule in self.rules if visibility in (None, rule.visibility)}
        kills = self.kills()
        killers = {s.name: {i for i in rivals if s.name in kills[i]} for s in self.mistaken}
        return {i: [n for n in names if killers[n] == {i}] for i, names in kills.items()}


def problems_of(sample: Sample, result: Result) -> list[Problem]:
    """Compare a result with what its sample declares; returns an empty list if they agree."""
    if result.status != sample.status:
        kind: Literal["lost", "other"] = "lost" if result.status == "ungraded" else "other"
        return [Problem(f"expected {sample.status}, got {result.status}: {result.reason}", kind)]
    problems = [*_wrong_points(sample, result)]
    if not says(result, sample.cause):
        problems.append(f"expected feedback that says {sample.cause!r}, got: {said(result)}")
    leaks = {check.id: leaked(check) for check in lost(result)}
    shown = [f"{check} is hidden but shows {', '.join(values)}" for check, values in leaks.items() if values]
    return [*map(Problem, problems), *(Problem(text, "leaked") for text in shown)]


def _wrong_points(sample: Sample, result: Result) -> Iterator[str]:
    if sample.score is not None and result.score != sample.score:
        yield f"expected {sample.score} points, got {result.score}"
    yield from _unearned(sample, result)
    if sample.loses is not None and sample.status == "graded":
        losing = {q.id for q in result.questions if q.score < q.max_score}
        if losing != set(sample.loses):
            wanted, got = ", ".join(sample.loses) or "none", ", ".join(sorted(losing)) or "none"
            others = [c for c in lost(result) if c.question not in sample.loses]
            texts = "; ".join(f"{c.id}: {words.for_students(c)}" for c in others)
            yield f"expected points lost in {wanted}, got {got}{f' ({texts})' if texts else ''}"


def _unearned(sample: Sample, result: Result) -> Iterator[str]:
    """Yield what a cheating sample earned above its most, and what its edits cost in other questions."""
    questions = {question.id: question for question in result.questions}
    for name, most in sample.most.items():
        if name not in questions:
            yield f"expected a question among {', '.join(questions)}, got {name} in most"
        elif questions[name].score > most:
            yield f"expected at most {most} points in {name}, got {questions[name].score}"
    untouched = set(questions) - set(sample.most) if sample.most and _edits_the_solution(sample) else ()
    for check in lost(result):
        if check.question in untouched:
            yield f"expected full marks in {check.question}, lost {check.id}: {words.for_students(check)}"


def _edits_the_solution(sample: Sample) -> bool:
    return bool(sample.edits) and sample.base == "solution"


def leaked(check: CheckResult) -> list[str]:
    """Return the values for staff that the student can read in the text of a hidden check."""
    if check.visibility == "public" or check.fault is None:
        return []
    shown = FRACTION.findall(words.for_students(check))
    return [value for value in FRACTION.findall(check.fault.detail) if value in shown]


def prove(
    assignment: Assignment,
    kind: str,
    out: Path,
    seeds: int,
    jobs: int,
    folder: Path | None = None,
    on_result: batch.OnResult = lambda result: None,
    on_total: Callable[[int], None] = lambda count: None,
    part: Part = WHOLE,
) -> Proof:
    """Grade the corpus, or a `part` of it, at `seeds` seeds in `out`; a stopped run continues.

    What was graded there before is kept as far as no change touches it (again.py).

    `folder` contains the corpus (default: the assignment's own). `attacks` grades the hostile samples; all
    others are trusted and share workers, because starting a worker takes longer than grading. Before any is
    graded, raises AssignmentError that lists what does not fit together, and SuiteError for a bad suite.
    """
    listed, rules = prepared(assignment, folder or corpus.samples_of(assignment.name), part)
    samples = {sample.id: sample for sample in listed}
    built = part.corpus(out)
    if part:
        shutil.rmtree(built, ignore_errors=True)
    corpus.build(listed, built)
    work = [s for s in finding.find([built], assignment) if s.id in samples]
    on_total(seeds * len(work))
    graded = {}
    for seed in range(seeds):
        setting = Setting(assignment, kind, only=part.only, seed=seed, keep=True)
        graded[seed] = again.graded(work, setting, Store(part.store(out, seed)), jobs, on_result)
    return Proof(assignment, tuple(rules), tuple(listed), graded.pop(0), graded, part)


def prepared(assignment: Assignment, folder: Path, part: Part = WHOLE) -> tuple[list[Sample], list[Rule]]:
    """Return the samples below `folder` and the rules of the checks that are to judge them.

    Raises AssignmentError that lists what does not fit together, UsageError for an unknown sample, and
    SuiteError for a bad suite. Runs no sample.
    """
    every = corpus.load(folder)
    chosen = part.chosen([sample for sample in every if sample.kind != "hostile"], assignment)
    fits.require(assignment, chosen if part else every)
    rules, _ = plugin.run(assignment, None, ("public", "hidden"))
    return chosen, [rule for rule in rules if not part.question or rule.question == part.question]
