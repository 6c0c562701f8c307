"""Shows whether any drawing of the hidden checks' numbers is as good as another: samples graded under many.

For each secret, the suites are drawn and the same samples are graded: correct work must pass every check,
a mistake must cost points in its question, and cheating must earn no more than it declares, as they do with
the drawing of the checkout.
"""

from __future__ import annotations

import json
from collections import Counter
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

CHOSEN = ("correct", "mistaken", "cheating")  # kinds of samples
Work = tuple[Submission, tuple[str, ...], Mapping[str, int]]  # what of it to grade, and its `most`


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


def chosen(assignment: Assignment, most: int) -> list[Sample]:
    """Return the solution and at most `most` samples of each kind, spread evenly over it."""
    every = [s for s in corpus.load(corpus.samples_of(assignment.name)) if s.kind in CHOSEN]
    solution = [s for s in every if s.id == "correct-solution"]
    return solution + [s for s in corpus.spread(every, most) if s not in solution]


def run(
    assignment: Assignment,
    kind: str,
    samples: Sequence[Sample],
    secrets: Sequence[str],
    out: Path,
    jobs: int,
    on_done: Callable[[], None] = lambda: None,
) -> list[Trial]:
    """Grade every sample under every secret, in the sandbox `kind`; write the suites drawn to `out`.

    Of a sample that is not correct, only the questions that must lose points are graded. What was graded by
    the same suites is read from trials.jsonl in `out`, so a run that was stopped continues.
    """
    fits.require(assignment, samples)
    corpus.build(samples, out / "samples")
    only = {s.id: s.loses or tuple(s.most) for s in samples if s.kind != "correct"}
    most = {s.id: s.most for s in samples}
    found = [s for s in finding.find([out / "samples"], assignment) if s.id in {x.id for x in samples}]
    work = [(submission, only.get(submission.id, ()), most[submission.id]) for submission in found]
    log, suite = out / "trials.jsonl", grading.suite_hash(assignment, grading.OFFICIAL)
    wanted = {(secret, submission.id) for secret in secrets for submission, *_ in work}
    trials = [trial for trial in known(log, suite) if (trial.secret, trial.sample) in wanted]
    missing = wanted - {(trial.secret, trial.sample) for trial in trials}
    with processes.pool(jobs) as pool:
        waiting = []
        for secret in secrets:
            todo = [each for each in work if (secret, each[0].id) in missing]
            waiting += [pool.submit(_under, secret, assignment, kind, todo, out)] if todo else []
        for future in waiting:
            trials += _logged(future.result(), log, suite)
            on_done()
    return trials


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


def rows(trials: Sequence[Trial], samples: Sequence[Sample]) -> list[tuple[str, int, int, int, int]]:
    """Return for each check: runs of correct work, false fails, kills with the checkout's drawing under all
    other secrets together (how many there would be if all drawings were alike), and how many there are.
    """
    correct = {sample.id for sample in samples if sample.kind == "correct"}
    others = [t for t in trials if t.secret != drawing.DEVELOPMENT]
    first = [t for t in trials if t.secret == drawing.DEVELOPMENT and t.sample not in correct]
    secrets = len({t.secret for t in others})
    alike = Counter({(c, t.sample): secrets for t in first for c in t.lost})
    false = Counter(check for t in trials if t.sample in correct for check in t.lost)
    seen = Counter((c, t.sample) for t in others for c in t.lost if (c, t.sample) in alike)
    ids = sorted({check for check, _ in alike} | set(false))
    runs = sum(t.sample in correct for t in trials)
    wanted, caught = Counter[str](), Counter[str]()
    for (check, sample), count in alike.items():
        wanted[check] += count
        caught[check] += seen[check, sample]
    return [(check, runs, false[check], wanted[check], caught[check]) for check in ids]


def table(trials: Sequence[Trial], samples: Sequence[Sample], assignment: Assignment) -> str:
    """Return the page docs/proof/secrets.md for an assignment."""
    counts = Counter(sample.kind for sample in samples)
    secrets = len({t.secret for t in trials})
    words = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    head = [
        f"# Any draw is as good as another: {assignment.title}",
        "",
        f"{words} samples, graded under {secrets} secrets: the checkout's and {secrets - 1} others. "
        f"{len(misses(trials, samples))} deviations.",
        "",
        "| check | runs of correct work | false fails | kills expected | kills |",
        "|---|---:|---:|---:|---:|",
    ]
    body = [f"| `{check}` | {' | '.join(map(str, figures))} |" for check, *figures in rows(trials, samples)]
    faults = [f"- {text}" for text in misses(trials, samples)]
    return "\n".join([*head, *body, "", *(faults or ["No deviation."]), ""])
