"""Shows whether any drawing of the hidden checks' numbers is as good as another: samples graded under many.

For each secret, the suites are drawn, and some samples are graded, in turn: correct work must pass every
check, a mistake must cost points in its question, and cheating must earn no more than it declares, as they do
with the drawing of the checkout.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from autograder import grading
from autograder.authoring import drawing
from autograder.grading import processes
from autograder.grading.setting import sandbox_of
from autograder.intake import finding
from autograder.proof import corpus, fits
from autograder.proof.corpus import Sample
from autograder.records.assignment import Assignment
from autograder.records.submission import Submission

SOLUTION = "correct-solution"
CHOSEN = ("correct", "mistaken", "cheating")  # kinds of samples
Work = tuple[Submission, tuple[str, ...], Mapping[str, int]]  # what of it to grade, and its `most`
Plan = Mapping[str, Sequence[Sample]]  # secret → what to grade under it


@dataclass(frozen=True)
class Trial:
    """One sample under one secret: the checks that it lost, or why it was not graded.

    `above` says where a cheating sample earned more than it may.
    """

    secret: str
    sample: str
    lost: tuple[str, ...]
    reason: str = ""
    above: tuple[str, ...] = ()


def text_of(number: int) -> str:
    """Return the secret with a number; 0 is the one whose drawing the checkout holds."""
    return f"calibration-{number:05d}" if number else drawing.DEVELOPMENT


def plan(assignment: Assignment, count: int, most: int) -> Plan:
    """Return, for the checkout's secret and `count` others, which samples are graded under it.

    Under each, these are the solution and `most` samples of each kind, in turn: every sample is graded under
    some secret once `count` times `most` is their number.
    """
    every = [s for s in corpus.load(corpus.samples_of(assignment.name)) if s.kind in CHOSEN]
    solution = [s for s in every if s.id == SOLUTION]
    kinds = [[s for s in every if s.kind == kind and s.id != SOLUTION] for kind in CHOSEN]
    return {
        text_of(number): solution + [s for kind in kinds for s in _turn(kind, number, most)]
        for number in range(count + 1)
    }


def _turn(samples: Sequence[Sample], number: int, most: int) -> list[Sample]:
    count = min(most, len(samples))
    return [samples[(number * count + i) % len(samples)] for i in range(count)]


def run(
    assignment: Assignment,
    kind: str,
    wanted: Plan,
    out: Path,
    jobs: int,
    on_done: Callable[[], None] = lambda: None,
) -> list[Trial]:
    """Grade the samples `wanted` under each secret, in the sandbox `kind`; write the suites drawn to `out`.

    Of a sample that is not correct, only the questions that must lose points are graded. What was graded by
    the same suites is read from trials.jsonl in `out`, so a run that was stopped continues.
    """
    samples = samples_in(wanted)
    fits.require(assignment, samples)
    corpus.build(samples, out / "samples")
    only = {s.id: s.loses or tuple(s.most) for s in samples if s.kind != "correct"}
    most = {s.id: s.most for s in samples}
    found = finding.find([out / "samples"], assignment)
    work = {s.id: (s, only.get(s.id, ()), most[s.id]) for s in found if s.id in most}
    log, suite = out / "trials.jsonl", grading.suite_hash(assignment, grading.OFFICIAL)
    pairs = {(secret, sample.id) for secret, each in wanted.items() for sample in each}
    trials = [trial for trial in known(log, suite) if (trial.secret, trial.sample) in pairs]
    missing = pairs - {(trial.secret, trial.sample) for trial in trials}
    with processes.pool(jobs) as pool:
        waiting = []
        for secret, each in wanted.items():
            todo = [work[sample.id] for sample in each if (secret, sample.id) in missing]
            waiting += [pool.submit(_under, secret, assignment, kind, todo, out)] if todo else []
        for future in waiting:
            trials += _logged(future.result(), log, suite)
            on_done()
    return trials


def samples_in(wanted: Plan) -> list[Sample]:
    """Return every sample of a plan once."""
    return list({sample.id: sample for each in wanted.values() for sample in each}.values())


def known(log: Path, suite: str) -> list[Trial]:
    """Return the trials in a log that suites with this hash made."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    records = [record for record in map(json.loads, lines) if record.pop("suite") == suite]
    return [
        Trial(**{**record, **{name: tuple(record[name]) for name in ("lost", "above")}}) for record in records
    ]


def _logged(trials: list[Trial], log: Path, suite: str) -> list[Trial]:
    with log.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps({**asdict(trial), "suite": suite}) + "\n" for trial in trials)
    return trials


def _under(
    secret: str,
    assignment: Assignment,
    kind: str,
    work: Sequence[Work],
    out: Path,
) -> list[Trial]:
    suites = drawing.suite_for(assignment, secret, out / "drawn" / secret, least=0)
    drawn, sandbox = replace(assignment, suites=suites), sandbox_of(kind, keep=True)
    trials = []
    for submission, only, most in work:
        result = grading.grade(submission, drawn, sandbox, only=only)
        lost = tuple(check.id for check in result.checks if check.points < check.max_points)
        above = tuple(
            f"earns {q.score} points in {q.id}, {most[q.id]} at most"
            for q in result.questions
            if q.score > most.get(q.id, q.score)
        )
        trials.append(Trial(secret, submission.id, lost, result.reason or "", above))
    return trials


# --- what they show ---------------------------------------------------------------------------------------


def misses(trials: Sequence[Trial], samples: Sequence[Sample]) -> list[str]:
    """Return in words every false fail, every mistake or cheat that got away, and what was not graded."""
    kinds = {sample.id: sample for sample in samples}
    missed = []
    for trial in trials:
        sample, where = kinds[trial.sample], f"{trial.sample} under {trial.secret}"
        if trial.reason:
            missed.append(f"{where}: not graded: {trial.reason}")
        elif sample.kind == "correct" and trial.lost:
            missed.append(f"{where}: correct work loses {', '.join(trial.lost)}")
        elif trial.above:
            missed += [f"{where}: {text}" for text in trial.above]
        elif sample.loses:
            free = set(sample.loses) - {check.split(".")[0] for check in trial.lost}
            missed += [f"{where}: the mistake costs nothing in {question}" for question in sorted(free)]
    return missed


def rows(trials: Sequence[Trial], samples: Sequence[Sample], assignment: Assignment) -> list[tuple[str, ...]]:
    """Return for each question and kind of sample: samples, results, and how many of these deviate."""
    kinds = {sample.id: sample for sample in samples}
    table = []
    for question in (q.id for q in assignment.questions):
        for kind in CHOSEN:
            seen = [t for t in trials if _concerns(kinds[t.sample], kind, question)]
            bad = sum(_deviates(trial, kind, question) for trial in seen)
            table.append((question, kind, *map(str, (len({t.sample for t in seen}), len(seen), bad))))
    return table


def _concerns(sample: Sample, kind: str, question: str) -> bool:
    """Whether a sample is of this kind and says something about a question."""
    return sample.kind == kind and (kind == "correct" or question in (*(sample.loses or ()), *sample.most))


def _deviates(trial: Trial, kind: str, question: str) -> bool:
    lost = any(check.split(".")[0] == question for check in trial.lost)
    above = any(f" in {question}, " in text for text in trial.above)
    return bool(trial.reason) or {"correct": lost, "mistaken": not lost, "cheating": above}[kind]


def table(trials: Sequence[Trial], samples: Sequence[Sample], assignment: Assignment) -> str:
    """Return what was graded under many secrets, as a page."""
    secrets, graded = (len({getattr(t, name) for t in trials}) for name in ("secret", "sample"))
    missed = misses(trials, samples)
    head = [
        f"# Any draw is as good as another: {assignment.title}",
        "",
        f"{graded} samples, graded under {secrets} secrets, in turn: {len(trials)} results, "
        f"{len(missed)} deviations. Correct work must pass every check, a mistake must cost points in its "
        "question, cheating may earn no more than it declares.",
        "",
        "| question | kind | samples | results | deviations |",
        "|---|---|---:|---:|---:|",
    ]
    body = [f"| {' | '.join(row)} |" for row in rows(trials, samples, assignment)]
    faults = [f"- {text}" for text in missed]
    return "\n".join([*head, *body, "", *(faults or ["No deviation."]), ""])
