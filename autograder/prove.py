"""Proves the suites on the corpus: right work gets full marks, a mistake costs its own question and is named.

The evidence is written for reading: the kill matrix (checks × mistaken samples) as data and as a picture,
and what a student reads for every mistake.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import batch, corpus, intake
from autograder.assignment import Assignment
from autograder.corpus import Sample
from autograder.judge import plugin
from autograder.judge.plugin import Rule
from autograder.results import CheckResult, Result
from autograder.submission import Submission

LETTERS = {"passed": "", "failed": "x", "raised": "r", "timeout": "t", "memory": "m", "crashed": "c"}


@dataclass(frozen=True)
class Proof:
    """The samples, what each got, and the rules of the checks that judged them."""

    assignment: Assignment
    rules: tuple[Rule, ...]
    samples: tuple[Sample, ...]
    results: Mapping[str, Result]  # by a sample's id
    seeds: Mapping[int, Mapping[str, Result]]  # the correct samples again, by seed

    @property
    def mistaken(self) -> tuple[Sample, ...]:
        """The samples with one known mistake each."""
        return tuple(s for s in self.samples if s.kind == "mistaken")

    def kills(self) -> dict[str, list[str]]:
        """Return, for each check, the mistaken samples that lose points in it."""
        found: dict[str, list[str]] = {rule.id: [] for rule in self.rules}
        for sample in self.mistaken:
            for check in lost(self.results[sample.id]):
                found[check.id].append(sample.name)
        return found

    def concerned(self, checks: Collection[str]) -> set[str]:
        """Return the ids of the correct samples, and of the mistaken ones that lose points in `checks`."""
        losing = {name for check in checks for name in self.kills()[check]}
        return {
            s.id for s in self.samples if s.kind == "correct" or (s in self.mistaken and s.name in losing)
        }

    def problems(self) -> list[str]:
        """Return, in words, all that is not as it must be."""
        wrong = [f"{s.id}: {p}" for s in self.samples for p in problems_of(s, self.results[s.id])]
        for seed, results in self.seeds.items():
            right = [s for s in self.samples if s.id in results]
            wrong += [f"{s.id}, seed {seed}: {p}" for s in right for p in problems_of(s, results[s.id])]
        return wrong + self._idle_checks()

    def _idle_checks(self) -> list[str]:
        return [
            f"{rule.id}: catches no mistake that no other check catches; add such a sample, say in its mark "
            "why it is kept, or delete it"
            for rule in self.rules
            if not self.worth(rule)
        ]

    def worth(self, rule: Rule) -> str:
        """Return in words why a check is there: what it alone catches, or the reason that it gives."""
        alone, among = self.sole_kills()[rule.id], self.sole_kills(rule.visibility)[rule.id]
        if alone:
            return f"alone catches {len(alone)}"
        if rule.kept:
            return rule.kept
        twin = "the hidden checks repeat it" if rule.visibility == "public" else "it repeats a public one"
        return f"of the {rule.visibility} checks alone catches {len(among)}; {twin}" if among else ""

    def sole_kills(self, visibility: str | None = None) -> dict[str, list[str]]:
        """Return, for each check, the mistaken samples that it alone catches (of those of one visibility)."""
        rivals = {rule.id for rule in self.rules if visibility in (None, rule.visibility)}
        kills = self.kills()
        killers = {s.name: {i for i in rivals if s.name in kills[i]} for s in self.mistaken}
        return {i: [n for n in names if killers[n] == {i}] for i, names in kills.items()}


def lost(result: Result) -> list[CheckResult]:
    """Return the checks in which points were lost."""
    return [check for check in result.checks if check.points < check.max_points]


def problems_of(sample: Sample, result: Result) -> list[str]:
    """Hold one result against what the sample declares; an empty list when all is as it must be."""
    if result.status != sample.status:
        return [f"expected {sample.status}, got {result.status}: {result.reason}"]
    found = []
    if sample.score is not None and result.score != sample.score:
        found.append(f"expected {sample.score} points, got {result.score}")
    if sample.loses is not None and sample.status == "graded":
        losing = {q.id for q in result.questions if q.score < q.max_score}
        if losing != set(sample.loses):
            wanted, got = ", ".join(sample.loses) or "none", ", ".join(sorted(losing)) or "none"
            told = "; ".join(f"{c.id}: {c.message}" for c in lost(result) if c.question not in sample.loses)
            found.append(f"expected points lost in {wanted}, got {got}{f' ({told})' if told else ''}")
    if sample.cause.lower() not in said(result).lower():
        found.append(f"expected feedback that says {sample.cause!r}, got: {said(result)}")
    return found


def said(result: Result) -> str:
    """Return all that the student reads about what went wrong."""
    return "\n".join([*filter(None, [result.reason]), *(check.message for check in lost(result))])


def prove(
    assignment: Assignment,
    kind: str,
    out: Path,
    seeds: int,
    jobs: int,
    folder: Path | None = None,
    on_result: batch.OnResult = lambda result: None,
    on_total: Callable[[int], None] = lambda count: None,
) -> Proof:
    """Grade the corpus, and its correct samples at `seeds` seeds, in `out`; goes on where it was stopped.

    The corpus is in `folder`, by default the assignment's own.
    """
    samples = corpus.load(folder or corpus.SOLUTIONS / assignment.name / "submissions")
    corpus.build(samples, out / "samples")
    work = intake.find([out / "samples"], assignment)
    correct = [s for s in work if s.id.startswith("correct-")]
    trials = {seed: correct if seed else work for seed in range(seeds)}
    on_total(sum(map(len, trials.values())))
    graded = {}
    for seed, submissions in trials.items():
        setting = batch.Setting(assignment, kind, seed=seed)
        graded[seed] = _graded(submissions, setting, out / f"seed-{seed}", jobs, on_result)
    rules, _ = plugin.run(assignment, None, ("public", "hidden"))
    return Proof(assignment, tuple(rules), tuple(samples), graded.pop(0), graded)


def _graded(
    work: Sequence[Submission], setting: batch.Setting, out: Path, jobs: int, tell: batch.OnResult
) -> dict[str, Result]:
    """Return the results of `work` by id: those that are there already, and the others."""
    known = batch.known(work, setting, out)
    for result in known.values():
        tell(result)
    todo = [submission for submission in work if submission.id not in known]
    return {**known, **batch.run(todo, setting, out, jobs, tell)}


def kill_matrix(proof: Proof) -> str:
    """Return the kill matrix as CSV: a row per check, a column per mistaken sample, how each was lost."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    sole = proof.sole_kills()
    writer.writerow(["check", "points", "alone", "why it is there", *(s.name for s in proof.mistaken)])
    outcomes = {
        s.name: {c.id: LETTERS.get(c.outcome, "?") for c in proof.results[s.id].checks}
        for s in proof.mistaken
    }
    for rule in proof.rules:
        cells = [outcomes[s.name].get(rule.id, "") for s in proof.mistaken]
        writer.writerow([rule.id, rule.points, len(sole[rule.id]), proof.worth(rule), *cells])
    return out.getvalue()


def messages(proof: Proof) -> str:
    """Return, as Markdown, what a student reads for each mistake, question by question."""
    lines = ["# What a student reads for each known mistake", "", "Made by `make prove`; do not edit.", ""]
    for question in proof.assignment.questions:
        lines += [
            f"## {question.title}",
            "",
            "| mistake | points lost | first of what is said |",
            "|---|---|---|",
        ]
        for sample in proof.mistaken:
            if question.id in (sample.loses or ()):
                lines.append(_message_row(sample, proof.results[sample.id]))
        lines.append("")
    return "\n".join(lines)


def _message_row(sample: Sample, result: Result) -> str:
    checks = lost(result)
    points = sum(check.max_points - check.points for check in checks)
    named = [c.message for c in checks if sample.cause and sample.cause.lower() in c.message.lower()]
    words = (named or [c.message for c in checks] or [""])[0].replace("\n", " ").replace("|", "\\|")
    return f"| {sample.description} (`{sample.name}`) | {points} | {words} |"


def picture(proof: Proof, path: Path) -> None:
    """Draw the kill matrix: rows are checks, columns mistaken samples, in the order of the questions."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "latentlab"
    from matplotlib import pyplot as plt
    from matplotlib.colors import ListedColormap

    order = [question.id for question in proof.assignment.questions]
    columns = sorted(proof.mistaken, key=lambda s: (order.index((s.loses or order)[0]), s.name))
    kills, sole = proof.kills(), proof.sole_kills()
    cells = [[_cell(s.name, rule.id, kills, sole) for s in columns] for rule in proof.rules]
    figure, axes = plt.subplots(
        figsize=(3.5 + 0.17 * len(columns), 2.5 + 0.2 * len(cells)), layout="constrained"
    )
    axes.imshow(cells, aspect="auto", cmap=ListedColormap(["#f4f4f2", "#7aa6c2", "#c8553d"]), vmin=0, vmax=2)
    axes.set_xticks(range(len(columns)), [s.name for s in columns], rotation=90, fontsize=6)
    names = [f"{rule.id} ({rule.points})" for rule in proof.rules]
    axes.set_yticks(range(len(names)), names, fontsize=6)
    axes.set_title("Which check catches which mistake (red: no other check does)", fontsize=9)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _cell(name: str, check: str, kills: dict[str, list[str]], sole: dict[str, list[str]]) -> int:
    return 0 if name not in kills[check] else 2 if name in sole[check] else 1


def publish(proof: Proof, folder: Path) -> None:
    """Write the evidence to `folder`: kill_matrix.csv, kill_matrix.svg and messages.md."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kill_matrix.csv").write_text(kill_matrix(proof), encoding="utf-8")
    (folder / "messages.md").write_text(messages(proof), encoding="utf-8")
    picture(proof, folder / "kill_matrix.svg")
