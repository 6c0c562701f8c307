"""The report's figures of the latent space: how small it may be, and what arithmetic in it gives.

`seeds` is a list of what `study.measure` returns, one per seed.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from reference.analysis import show
from reference.report.intervals import interval
from reference.report.study import KNOWN_DIM, KNOWN_DIMS, Settings
from reference.report.style import BLUE, GREY, ORANGE, RED, band, subplots
from reference.report.words import Seeds

__all__ = ["bottleneck", "errors_by_class", "examples", "known_dimension", "opinions"]


def bottleneck(s: Settings, seeds: Seeds, elbow: int | None) -> Figure:
    """Error by k beside PCA's and the mean image's; and how many directions the latents use."""
    figure, (left, right) = subplots(2, height=4)
    _errors(left, s, seeds, elbow)
    _directions(right, s, seeds)
    for axis in (left, right):
        _log_dims(axis, s.dims)
        axis.legend(fontsize=10)
    return figure


def _errors(axes: Axes, s: Settings, seeds: Seeds, elbow: int | None) -> None:
    autoencoder, pca = ([seed["sweep"][name] for seed in seeds] for name in ("autoencoder", "pca"))
    band(axes, s.dims, autoencoder, BLUE, "autoencoder")
    band(axes, s.dims, pca, ORANGE, "PCA (best linear)", marker="s", linestyle="--")
    mean = np.mean([seed["sweep"]["mean image"] for seed in seeds])
    axes.axhline(mean, linestyle=":", color=GREY, label="always the mean image")
    if elbow is not None:
        height = np.mean([row[s.dims.index(elbow)] for row in autoencoder])
        ring = {"marker": "o", "ms": 16, "mfc": "none", "mec": RED, "mew": 2, "linestyle": "none"}
        axes.plot(elbow, height, label=f"elbow (Kneedle): k = {elbow}", **ring)
    axes.set(title="error against latent dimension", ylabel="test mean squared error", ylim=(0, None))


def _directions(axes: Axes, s: Settings, seeds: Seeds) -> None:
    used = [seed["sweep"]["participation"] for seed in seeds]
    band(axes, s.dims, used, BLUE, "autoencoder's latents")
    pixels = np.mean([seed["sweep"]["participation of the pixels"] for seed in seeds])
    axes.axhline(pixels, linestyle=":", color=GREY, label="the pixels themselves")
    top = 1.15 * max(pixels, *map(max, used))
    axes.plot(s.dims, s.dims, color="0.7", linewidth=1, label="all k")
    axes.set(title="directions in use (participation ratio)", ylabel="directions", ylim=(0, top))


def _log_dims(axis: Axes, dims: Sequence[int]) -> None:
    axis.set_xscale("log", base=2)
    axis.set_xticks(dims, [str(k) for k in dims])
    axis.minorticks_off()
    axis.set_xlabel("latent dimension k")


def known_dimension(seeds: Seeds) -> Figure:
    """The same sweep on images of KNOWN_DIM known factors: there the right answer is known."""
    figure, (axes,) = subplots(1, 6)
    band(axes, KNOWN_DIMS, [seed["known"]["errors"] for seed in seeds], BLUE, "autoencoder")
    band(
        axes, KNOWN_DIMS, [seed["known"]["pca"] for seed in seeds], ORANGE, "PCA", marker="s", linestyle="--"
    )
    axes.axvline(KNOWN_DIM, color=RED, linestyle=":")
    axes.text(KNOWN_DIM + 0.1, 0.03, f"true dimension: {KNOWN_DIM}", color=RED)
    axes.set(
        title=f"images made of {KNOWN_DIM} known factors",
        xlabel="latent dimension k",
        ylabel="test mean squared error",
        yscale="log",
        xticks=KNOWN_DIMS,
    )
    axes.legend()
    return figure


def errors_by_class(seeds: Seeds) -> Figure:
    """The test images' mean squared error, class by class."""
    figure, (axes,) = subplots(1, 6)
    for c in sorted(seeds[0]["errors"]):
        values = [seed["errors"][c] for seed in seeds]
        mean = interval(values)
        axes.plot(
            np.full(len(values), int(c)) - 0.2, values, linestyle="none", marker=".", color=BLUE, alpha=0.5
        )
        axes.errorbar(int(c), mean.mean, yerr=mean.half, color=BLUE, marker="o", capsize=4, linewidth=2)
    axes.set(
        title="error by class",
        xlabel="class",
        ylabel="test mean squared error",
        xticks=range(10),
        ylim=(0, None),
    )
    return figure


def opinions(table: Mapping[str, np.ndarray]) -> Figure:
    """Shares of the eight c of each pair (a, b): 10 x 10 tables, each under its title."""
    figure, axes = subplots(len(table), height=4.3)
    for axis, (title, values) in zip(axes, table.items(), strict=True):
        drawn = axis.imshow(values, cmap="cividis", vmin=0, vmax=1)
        axis.set(title=title, xlabel="added class", ylabel="added class", xticks=range(10), yticks=range(10))
        axis.spines[:].set_visible(False)
    figure.colorbar(drawn, ax=axes, label="share of the triples", shrink=0.85)
    return figure


def examples(rows: Mapping[str, Sequence[tuple[str, Tensor]]]) -> Figure:
    """Rows of decoded pictures, each under its own words."""
    n = max(len(row) for row in rows.values())
    figure, axes = plt.subplots(
        len(rows), n, figsize=(11, 1.75 * len(rows)), squeeze=False, layout="constrained"
    )
    for line, (name, row) in zip(axes, rows.items(), strict=True):
        for axis in line:
            axis.set_axis_off()
        for axis, (words, image) in zip(line, row, strict=False):
            show(axis, image)
            axis.set_title(words, fontsize=9.5)
        line[0].text(-0.12, 0.5, name, transform=line[0].transAxes, ha="right", va="center", fontsize=11)
    return figure
