"""Writes the benchmark's results as a table and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

PANELS = (
    ("cpu_per_submission", "CPU per submission [s]"),
    ("per_hour", "submissions per hour, all cores busy"),
    ("peak_mb", "peak memory [MB]"),
)


def table(report: dict[str, Any]) -> str:
    """Return medians and targets as Markdown."""
    facts = ", ".join(f"{name} {value}" for name, value in report["facts"].items())
    lines = [f"Medians; {facts}.", ""]
    lines += ["| | CPU-s | ÷ bare | wall s | per hour | ÷ bare | peak MB |", "|---|---|---|---|---|---|---|"]
    for row in report["medians"]:
        cpu, wall = (f"{row[f'{kind}_per_submission']:.2f}" for kind in ("cpu", "wall"))
        rate = f"{row['per_hour']:.0f} | {row['throughput_ratio']:.2f} | {row['peak_mb']:.0f}"
        lines.append(f"| {row['title']} | {cpu} | {row['cpu_ratio']:.2f} | {wall} | {rate} |")
    lines += ["", "| target | asked | measured | |", "|---|---|---|---|"]
    for name, target in report["targets"].items():
        verdict = "met" if target["met"] else "**not met**"
        lines.append(f"| {name} | {target['target']} | {target['measured']:g} | {verdict} |")
    return "\n".join(lines) + "\n"


def draw(rows: Sequence[dict[str, Any]], medians: Sequence[dict[str, Any]], path: Path) -> None:
    """Write a plot to `path`: bars for the medians, a dot for every round."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "latentlab"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(PANELS), figsize=(11, 3), sharey=True, layout="constrained")
    places = range(len(medians))
    for panel, (field, title) in zip(axes, PANELS, strict=True):
        colours = ["#1f6f8b" if row["title"].startswith("Latent") else "#b0b7bd" for row in medians]
        panel.barh(places, [row[field] for row in medians], color=colours)
        for place, median in zip(places, medians, strict=True):
            values = [row[field] for row in rows if row["contender"] == median["contender"]]
            panel.plot(values, [place] * len(values), ".", color="black", markersize=4)
        panel.set_title(title, fontsize=10)
        panel.set_yticks(places, [row["title"] for row in medians])
        panel.invert_yaxis() if panel is axes[0] else None
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
