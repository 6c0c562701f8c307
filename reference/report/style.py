"""How the report's figures look, and how they show the results of many seeds.

A band or a bar is the 95 % interval of the mean over the seeds, a small dot one seed. Colours are those of
Okabe & Ito, which colour-blind readers can tell apart; a label or a marker repeats what a colour says.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reference.report.intervals import interval

__all__ = [
    "BLUE",
    "COLOURS",
    "GREEN",
    "GREY",
    "MARKERS",
    "ORANGE",
    "RED",
    "STYLE",
    "band",
    "dots",
    "subplots",
]

COLOURS = {"MSE": "#0072B2", "BCE": "#E69F00", "L1": "#009E73"}
MARKERS = {"MSE": "o", "BCE": "s", "L1": "^"}
BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "0.45"
STYLE = {
    "font.size": 11,
    "axes.titlesize": 11.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "axes.titlelocation": "left",
}


def subplots(columns: int, width: float = 11, height: float = 3.6) -> tuple[Figure, Any]:
    """One row of axes."""
    figure, axes = plt.subplots(1, columns, figsize=(width, height), layout="constrained", squeeze=False)
    return figure, axes[0]


def band(
    axes: Axes, x: Sequence[float], rows: Sequence[Sequence[float]], colour: str, label: str, **line: Any
) -> None:
    """The mean of each column of rows (seeds, points), with its interval as a band and a name at its end."""
    points = [interval(column) for column in zip(*rows, strict=True)]
    axes.fill_between(
        x, [p.low for p in points], [p.high for p in points], color=colour, alpha=0.2, linewidth=0
    )
    axes.plot(x, [p.mean for p in points], color=colour, label=label, **{"marker": "o", "ms": 5, **line})


def dots(axis: Axes, y: float, values: Sequence[float], colour: str, marker: str) -> None:
    """The mean of the values with its interval at height y, and each value as a small dot below."""
    mean = interval(values)
    axis.plot(values, np.full(len(values), y) - 0.22, linestyle="none", marker=".", color=colour, alpha=0.5)
    axis.errorbar(
        mean.mean,
        y,
        xerr=[[mean.mean - mean.low], [mean.high - mean.mean]],
        color=colour,
        marker=marker,
        ms=7,
        capsize=4,
        linewidth=2,
    )
