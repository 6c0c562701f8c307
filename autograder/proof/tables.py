"""Writes the results of `prove` and `calibrate` for reading: tables, pictures, and messages to students."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograder.proof.calibrate import CPU, FALSE_FAIL, FALSE_FAIL_OF_ALL, POWER, Row, Trial, misses
from autograder.proof.corpus import Sample
from autograder.proof.prove import Proof
from autograder.proof.told import VERDICTS, lost
from autograder.records import words
from autograder.records.assignment import Assignment
from autograder.records.results import Result

LETTERS = {"passed": "", "failed": "x", "raised": "r", "timeout": "t", "memory": "m", "crashed": "c"}
LETTERS |= {"malformed": "?", "untried": "n"}


def kill_matrix(proof: Proof) -> str:
    """Return the kill matrix as CSV: one row per check, one column per mistaken sample, a letter per kill."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    sole = proof.sole_kills()
    writer.writerow(["check", "points", "alone", "why it is there", *(s.name for s in proof.mistaken)])
    outcomes = {
        s.name: {c.id: LETTERS[c.outcome] for c in proof.results[s.id].checks} for s in proof.mistaken
    }
    for rule in proof.rules:
        cells = [outcomes[s.name].get(rule.id, "") for s in proof.mistaken]
        writer.writerow([rule.id, rule.points, len(sole[rule.id]), proof.worth(rule), *cells])
    return out.getvalue()


def messages(proof: Proof) -> str:
    """Return, as Markdown, what a student reads for each mistake, by question."""
    lines = ["# What a student reads for each known mistake", "", "Made by `make prove`; do not edit.", ""]
    for question in proof.assignment.questions:
        lines += [
            f"## {question.title}",
            "",
            "| mistake | points lost | first message |",
            "|---|---|---|",
        ]
        for sample in proof.mistaken:
            if question.id in (sample.loses or ()):
                lines.append(message_row(sample, proof.results[sample.id]))
        lines.append("")
    return "\n".join(lines)


def message_row(sample: Sample, result: Result) -> str:
    """Return a mistake's row in the table of messages, with the first message that names its cause."""
    checks = lost(result)
    points = sum(check.max_points - check.points for check in checks)
    named = [c for c in checks if sample.cause and words.tells(c, sample.cause)]
    first = ([words.for_students(c) for c in named or checks] or [""])[0]
    message = first.replace("\n", " ").replace("|", "\\|")
    return f"| {sample.description} (`{sample.name}`) | {points} | {message} |"


def every_message(proof: Proof) -> str:
    """Return, as CSV, every message for every mistake, one row per sample and failed check."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["sample", "check", "visibility", "outcome", "points lost", "message"])
    for sample in proof.mistaken:
        for c in lost(proof.results[sample.id]):
            message = words.for_students(c)
            writer.writerow([sample.name, c.id, c.visibility, c.outcome, c.max_points - c.points, message])
    return out.getvalue()


def causes_csv(proof: Proof) -> str:
    """Return, as CSV, which cause each mistake is told, one row per sample."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["sample", "question", "declared cause", "told", "wrong causes"])
    for told in proof.told():
        sample = told.sample
        asked = " ".join(sample.loses or ())
        writer.writerow([sample.name, asked, sample.cause, told.verdict, " | ".join(told.wrong)])
    return out.getvalue()


def causes_page(proof: Proof) -> str:
    """Return, as Markdown, how many mistakes are told their cause, none or a wrong one, by question."""
    every = proof.told()
    lines = ["# Which cause a student is told", "", "Made by `make prove`; do not edit. " + _TOLD, ""]
    lines += ["| question | mistakes | " + " | ".join(VERDICTS) + " |", "|---" * (2 + len(VERDICTS)) + "|"]
    rows = [(q.id, [t for t in every if q.id in (t.sample.loses or ())]) for q in proof.assignment.questions]
    for name, told in [*rows, ("**all**", every)]:
        counts = [sum(t.verdict == verdict for t in told) for verdict in VERDICTS]
        lines.append(f"| {name} | {len(told)} | {' | '.join(map(str, counts))} |")
    wrong = [t for t in every if t.wrong]
    if wrong:
        lines += ["", "| told a wrong cause | its own | wrong |", "|---|---|---|"]
        cells = [(t.sample.name, t.sample.cause, "; ".join(t.wrong)) for t in wrong]
        lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]
    return "\n".join([*lines, ""])


_TOLD = (
    "named: a lost check says the mistake's own cause, and none says another; mixed: one says its own, and "
    "one a wrong one; none: no check names a cause; wrong: only wrong ones are named."
)


def cheating(proof: Proof) -> str:
    """Return, as Markdown, the points that each cheating sample earns, and the most that it may."""
    lines = ["# What work that was not done earns", "", "Made by `make prove`; do not edit.", ""]
    lines += ["| cheat | question | earned | at most | of |", "|---|---|---|---|---|"]
    for sample in proof.cheating:
        scores = {question.id: question for question in proof.results[sample.id].questions}
        for name, most in sample.most.items():
            text = sample.description.replace("|", "\\|")
            of = scores.get(name)
            earned, worth = (of.score, of.max_score) if of else ("not graded", "")
            row = f"{text} (`{sample.name}`) | {name} | {earned} | {most} | {worth}"
            lines.append(f"| {row} |")
    return "\n".join([*lines, ""])


def draw_kills(proof: Proof, path: Path) -> None:
    """Draw the kill matrix: rows are checks, columns are mistaken samples in the order of the questions."""
    plt = _pyplot()
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
    axes.set_title("Checks and the mistakes they catch (red: only this check catches it)", fontsize=9)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _cell(name: str, check: str, kills: dict[str, list[str]], sole: dict[str, list[str]]) -> int:
    return 0 if name not in kills[check] else 2 if name in sole[check] else 1


def publish_proof(proof: Proof, folder: Path) -> None:
    """Write the evidence to `folder`: kill_matrix, messages and causes, for people and as CSV; cheating."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kill_matrix.csv").write_text(kill_matrix(proof), encoding="utf-8")
    (folder / "messages.md").write_text(messages(proof), encoding="utf-8")
    (folder / "messages.csv").write_text(every_message(proof), encoding="utf-8")
    (folder / "causes.md").write_text(causes_page(proof), encoding="utf-8")
    (folder / "causes.csv").write_text(causes_csv(proof), encoding="utf-8")
    (folder / "cheating.md").write_text(cheating(proof), encoding="utf-8")
    draw_kills(proof, folder / "kill_matrix.svg")


def calibration_csv(rows: Sequence[Row]) -> str:
    """Return the rows as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(Row.__dataclass_fields__)
    for row in rows:
        writer.writerow([_plain(getattr(row, name)) for name in Row.__dataclass_fields__])
    return out.getvalue()


def _pyplot() -> Any:
    """Import pyplot when needed, set to draw the same bytes each time."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "latentlab"
    from matplotlib import pyplot

    return pyplot


def _plain(value: object) -> object:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else value


def draw_margins(trials: Sequence[Trial], proof: Proof, path: Path) -> None:
    """Draw, for each check with margins, those of correct work and those of mistakes."""
    plt = _pyplot()

    margins = margins_by_check(trials, proof)
    figure, axes = plt.subplots(figsize=(9, 1.5 + 0.24 * len(margins)), layout="constrained")
    marks = {"ms": 7, "alpha": 0.6, "rasterized": True}  # thousands of marks: as paths they take megabytes
    for y, (right, wrong) in enumerate(margins.values()):
        axes.plot(np.maximum(right, 1e-7), [y + 0.12] * len(right), "|", color="#2a6f97", **marks)
        axes.plot(np.minimum(wrong, 1e7), [y - 0.12] * len(wrong), "|", color="#c8553d", **marks)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(margins)), list(margins), fontsize=6)
    axes.invert_yaxis()
    axes.set_xlabel("margin: fraction of the tolerance used (above 1 fails)")
    axes.set_title("Correct work (blue) and caught mistakes (red)", fontsize=9)
    figure.savefig(path, metadata={"Date": None}, dpi=200)
    plt.close(figure)


def margins_by_check(trials: Sequence[Trial], proof: Proof) -> Mapping[str, tuple[list[float], list[float]]]:
    """Return, for each check with margins, those of correct samples and those of mistakes it catches."""
    kinds = {sample.id: sample.kind for sample in proof.samples}
    margins: dict[str, tuple[list[float], list[float]]] = {}
    for rule in proof.rules:
        runs = [(t, t.margin) for t in trials if t.check == rule.id and t.margin is not None]
        right = [m for t, m in runs if kinds[t.sample] == "correct"]
        wrong = [m for t, m in runs if kinds[t.sample] == "mistaken" and not t.passed]
        if right:
            margins[rule.id] = (right, wrong)
    return margins


def calibration_page(rows: Sequence[Row], assignment: Assignment) -> str:
    """Return the rows as a Markdown table, and compare them with the targets."""
    lines = [
        f"# How sure each check is: {assignment.title}",
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
    lines += ["", *_summary(rows), ""]
    return "\n".join(lines)


def _summary(rows: Sequence[Row]) -> list[str]:
    fails, runs = sum(row.false_fails for row in rows), sum(row.runs for row in rows)
    chance = sum(row.statistical for row in rows)
    largest = max((row.largest for row in rows if row.largest is not None), default=0.0)
    rates, cpu = [row.false_fail for row in rows], sum(row.cpu for row in rows)
    some = any(row.resting for row in rows)
    certain = (
        "some mistakes depend on chance" if some else "an exact check catches every mistake at every seed"
    )
    return [
        f"- {len(rows)} checks, {chance} of them statistical; {fails} false fails "
        f"in {runs} runs of a check on correct work, whose largest margin is {largest:.2g}.",
        f"- False fails: at most {max(rates, default=0.0):.1g} per check (target {FALSE_FAIL:g}), "
        f"{sum(rates):.1g} per submission (target {FALSE_FAIL_OF_ALL:g}).",
        f"- Power: at least {min((row.power for row in rows), default=1.0):.4f} (target {POWER}); {certain}.",
        f"- CPU of the solution in all checks: {cpu:.2f} s (target {CPU:g}).",
        *(f"- Not met: {miss}." for miss in misses(rows)),
    ]


_LEGEND = (
    "Bold: statistical checks, whose margin changes with the seed or whose mistakes depend on chance; they",
    "ran many more times. Runs: correct samples × seeds; in brackets, the upper 95 % bound of the false-fail",
    "rate by counting. Margin: the fraction of a tolerance that correct work uses; a check without one",
    "compares only shapes, names and truth values. Tail: P(margin > 1) by a fitted tail. Caught: runs of the",
    "mistakes that this check catches; in brackets, the lower 95 % bound, which shows only their number if",
    "an exact check catches each of them at every seed.",
    "CPU: time of the student's process, with forking but without starting.",
)


def publish_calibration(rows: Sequence[Row], trials: Sequence[Trial], proof: Proof, folder: Path) -> None:
    """Write calibration.csv, calibration.md and calibration.svg to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calibration.csv").write_text(calibration_csv(rows), encoding="utf-8")
    (folder / "calibration.md").write_text(calibration_page(rows, proof.assignment), encoding="utf-8")
    draw_margins(trials, proof, folder / "calibration.svg")
