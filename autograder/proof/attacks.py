"""Proves on the hostile samples that nothing is gained, leaked or lost; writes the table of attacks.

`gained` counts the points above what the same file is worth without its trick, which its sample declares; a
sample that edits the solution declares what it must lose instead, and is held to that as a mistake is.
Marks in what a student sees tell a leak: an attack writes STOLEN before whatever it should not have been able
to reach, and ECHO before what hidden checks must not repeat, though public ones may.
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
from autograder.proof import corpus
from autograder.proof.corpus import Sample
from autograder.proof.prove import Problem, problems_of
from autograder.records import words
from autograder.records.assignment import Assignment
from autograder.records.results import Result

STOLEN, ECHO = re.compile("STOLEN|98765432"), re.compile("ECHO")
CODE = re.compile(r"\b(?:student|expect|oracle)\.\w+\(")
HEAD = """# Attacks: what each came to

Made by `make attacks`; do not edit. {count} attacks (docs/attacks.md says what the letters stand for): \
points gained, what leaked, and what became of the checks, in each official sandbox. {sums}

| attack | what it does | sandbox | outcome | gained | leaked | lost | flagged | seconds |
|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Outcome:
    """What one attack came to in one sandbox; `faults` are all that should not have been."""

    sample: Sample
    kind: str
    result: Result
    faults: tuple[Problem, ...]

    @property
    def gained(self) -> int:
        """Points above what the file is worth without its trick, where that is declared."""
        worth = self.sample.score
        return 0 if worth is None else max(0, (self.result.score or 0) - worth)

    def told(self, kind: str) -> str:
        """Return in words the faults of one kind, or `nothing`."""
        return "; ".join(fault.text for fault in self.faults if fault.kind == kind) or "nothing"


def judge(sample: Sample, kind: str, result: Result, assignment: Assignment, checks: int) -> Outcome:
    """Hold a result against what an attack may come to: `checks` is how many checks there must be."""
    faults = problems_of(sample, result)
    if result.status == "graded" and len(result.checks) != checks:
        faults.append(Problem(f"expected {checks} checks, got {len(result.checks)}", "lost"))
    limit = assignment.limits.submission_wall_seconds + 2 * assignment.limits.check_wall_seconds
    if result.timing.get("seconds", 0.0) > limit:
        faults.append(Problem(f"expected an end within {limit} s, took {result.timing['seconds']:.0f} s"))
    if not re.search(sample.flag, "\n".join(result.flags)):
        faults.append(Problem(f"expected a flag that says {sample.flag!r}, got {list(result.flags)}"))
    told = (Problem(leak, "leaked") for leak in leaks(result, assignment))
    return Outcome(sample, kind, result, (*faults, *told))


def leaks(result: Result, assignment: Assignment) -> list[str]:
    """Return, in words, what a student can see that no student should."""
    page = feedback.page_of(replace(result, cells=()), assignment)  # what they wrote is no news to them
    found = [f"the page says {mark!r}" for mark in sorted(set(STOLEN.findall(page)))]
    hidden = "\n".join(words.for_students(c) for c in result.checks if c.visibility == "hidden")
    elsewhere = "\n".join([hidden, *result.notes, result.reason or ""])
    if ECHO.search(elsewhere):
        found.append("a hidden check repeats what it handed over")
    return found + [f"the page holds code of a suite: {line}" for line in CODE.findall(page)]


def run(
    assignment: Assignment,
    kinds: Sequence[str],
    out: Path,
    jobs: int,
    on_result: batch.OnResult = lambda result: None,
    on_total: Callable[[int], None] = lambda count: None,
) -> list[Outcome]:
    """Grade every attack in each sandbox of `kinds` and judge it; goes on where it was stopped."""
    folder = corpus.samples_of(assignment.name)
    samples = {s.id: s for s in corpus.load(folder) if s.kind == "hostile"}
    if not samples:
        raise UsageError(f"{folder}: expected hostile samples, got none; nothing would be tried")
    corpus.build(list(samples.values()), out / "samples")
    work = [one for one in finding.find([out / "samples"], assignment) if one.id in samples]
    checks = len(plugin.run(assignment, None, grading.OFFICIAL)[0])
    on_total(len(work) * len(kinds))
    found = []
    for kind in kinds:
        setting, store = Setting(assignment, kind), Store(out / kind)
        known = batch.known(work, setting, store)
        for result in known.values():
            on_result(result)
        todo = [submission for submission in work if submission.id not in known]
        results = {**known, **batch.run(todo, setting, store, jobs, on_result)}
        found += [judge(samples[i], kind, results[i], assignment, checks) for i in sorted(results)]
    return found


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the table of attacks as Markdown."""
    by_attack: Mapping[str, Sample] = {o.sample.id: o.sample for o in outcomes}
    total = sum(o.gained for o in outcomes)
    faulty = sum(bool(o.faults) for o in outcomes)
    sums = f"In all: {total} points gained, {faulty} of {len(outcomes)} outcomes not as they must be."
    return HEAD.format(count=len(by_attack), sums=sums) + "\n".join(map(_row, outcomes)) + "\n"


def _row(outcome: Outcome) -> str:
    result, sample = outcome.result, outcome.sample
    counts = Counter(check.outcome for check in result.checks)
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or (result.reason or "")
    leaked, lost = outcome.told("leaked"), outcome.told("lost")
    flagged = "yes" if result.flags else "no"
    seconds = f"{result.timing.get('seconds', 0.0):.0f}"
    status = result.status if result.status != "graded" else ""
    cells = [f"{sample.attack} `{sample.name}`".strip(), sample.description, outcome.kind]
    cells += [f"{status} {told}".strip(), str(outcome.gained), leaked, lost, flagged, seconds]
    return f"| {' | '.join(c.replace('|', ' ').replace(chr(10), ' ')[:160] for c in cells)} |"
