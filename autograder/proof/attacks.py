"""Grades the hostile samples, verifies that they gain, leak and lose nothing, and writes their table.

`gained` counts the points above what the same file earns without its attack, which its sample declares. A
sample that edits the solution instead declares what it must lose, and is judged like a mistake. Marks in
what a student sees reveal a leak: an attack writes STOLEN before anything that it should not have reached,
and ECHO before inputs that public checks may repeat but hidden checks must not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder import grading
from autograder.errors import UsageError
from autograder.grades.store import Store
from autograder.grading import batch
from autograder.grading.setting import Setting
from autograder.intake import finding
from autograder.judge import plugin
from autograder.pages import feedback
from autograder.proof import corpus, fits
from autograder.proof.corpus import Sample
from autograder.proof.prove import Problem, problems_of
from autograder.records import words
from autograder.records.assignment import Assignment
from autograder.records.results import Result

STOLEN, ECHO = re.compile("STOLEN|98765432"), re.compile("ECHO")
CODE = re.compile(r"\b(?:student|expect|oracle)\.\w+\(")
HEAD = """# Attacks and their outcomes

Made by `make attacks`; do not edit. {count} attacks (docs/attacks.md explains the letters): points gained, \
leaks, and outcomes of the checks, in each official sandbox. {sums}

| attack | what it does | sandbox | outcome | gained | leaked | lost | flagged | seconds |
|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one attack in one sandbox; `faults` lists everything that should not have happened."""

    sample: Sample
    kind: str
    result: Result
    faults: tuple[Problem, ...]

    @property
    def gained(self) -> int:
        """Points above what the file earns without its attack; 0 if its sample declares no score."""
        worth = self.sample.score
        return 0 if worth is None else max(0, (self.result.score or 0) - worth)

    def listed(self, kind: str) -> str:
        """Return the faults of one kind as text, or "nothing"."""
        return "; ".join(fault.text for fault in self.faults if fault.kind == kind) or "nothing"


def judge(sample: Sample, kind: str, result: Result, assignment: Assignment, checks: int) -> Outcome:
    """Compare a result with what its attack may achieve; it must have `checks` checks."""
    faults = problems_of(sample, result)
    if result.status == "graded" and len(result.checks) != checks:
        faults.append(Problem(f"expected {checks} checks, got {len(result.checks)}", "lost"))
    limit = assignment.limits.submission_wall_seconds + 2 * assignment.limits.check_wall_seconds
    if result.timing.get("seconds", 0.0) > limit:
        faults.append(Problem(f"expected an end within {limit} s, took {result.timing['seconds']:.0f} s"))
    if not re.search(sample.flag, "\n".join(result.flags)):
        faults.append(Problem(f"expected a flag that says {sample.flag!r}, got {list(result.flags)}"))
    leaked = (Problem(leak, "leaked") for leak in leaks(result, assignment))
    return Outcome(sample, kind, result, (*faults, *leaked))


def leaks(result: Result, assignment: Assignment) -> list[str]:
    """Describe everything that the student can see but should not."""
    page = feedback.page_of(replace(result, cells=()), assignment)  # without the student's own code
    problems = [f"the page says {mark!r}" for mark in sorted(set(STOLEN.findall(page)))]
    hidden = "\n".join(words.for_students(c) for c in result.checks if c.visibility == "hidden")
    elsewhere = "\n".join([hidden, *result.notes, result.reason or ""])
    if ECHO.search(elsewhere):
        problems.append("a hidden check repeats its inputs")
    return problems + [f"the page contains code of a suite: {line}" for line in CODE.findall(page)]


def run(
    assignment: Assignment,
    kinds: Sequence[str],
    out: Path,
    jobs: int,
    on_result: batch.OnResult = lambda result: None,
    on_total: Callable[[int], None] = lambda count: None,
) -> list[Outcome]:
    """Grade every attack in each sandbox of `kinds` and judge it; a stopped run continues."""
    folder = corpus.samples_of(assignment.name)
    samples = {s.id: s for s in corpus.load(folder) if s.kind == "hostile"}
    if not samples:
        raise UsageError(f"{folder}: expected hostile samples, got none; add some, or skip this command")
    fits.require(assignment, list(samples.values()))
    corpus.build(list(samples.values()), out / "samples")
    work = [s for s in finding.find([out / "samples"], assignment) if s.id in samples]
    checks = len(plugin.run(assignment, None, grading.OFFICIAL)[0])
    on_total(len(work) * len(kinds))
    outcomes = []
    for kind in kinds:
        setting, store = Setting(assignment, kind), Store(out / kind)
        known = batch.known(work, setting, store)
        for result in known.values():
            on_result(result)
        todo = [submission for submission in work if submission.id not in known]
        results = {**known, **batch.run(todo, setting, store, jobs, on_result)}
        outcomes += [judge(samples[i], kind, results[i], assignment, checks) for i in sorted(results)]
    return outcomes


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the table of attacks as Markdown."""
    by_attack: Mapping[str, Sample] = {o.sample.id: o.sample for o in outcomes}
    total = sum(o.gained for o in outcomes)
    faulty = sum(bool(o.faults) for o in outcomes)
    sums = f"In all: {total} points gained, {faulty} of {len(outcomes)} outcomes not as they should be."
    return HEAD.format(count=len(by_attack), sums=sums) + "\n".join(map(_row, outcomes)) + "\n"


def _row(outcome: Outcome) -> str:
    result, sample = outcome.result, outcome.sample
    counts = Counter(check.outcome for check in result.checks)
    ended = ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or (result.reason or "")
    leaked, lost = outcome.listed("leaked"), outcome.listed("lost")
    flagged = "yes" if result.flags else "no"
    seconds = f"{result.timing.get('seconds', 0.0):.0f}"
    status = result.status if result.status != "graded" else ""
    cells = [f"{sample.attack} `{sample.name}`".strip(), sample.description, outcome.kind]
    cells += [f"{status} {ended}".strip(), str(outcome.gained), leaked, lost, flagged, seconds]
    return f"| {' | '.join(c.replace('|', ' ').replace(chr(10), ' ')[:160] for c in cells)} |"
