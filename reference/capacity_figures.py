"""The figures of the second assignment: errors, units in use and restored images, over several seeds.

Every function draws on a new figure and returns it at once. A dot is one seed; lines join the seeds' means.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from torch import Tensor

__all__ = ["plot_capacity", "plot_penalty", "plot_restored"]

Rows = Sequence[Mapping[str, float]]


def _plot_seeds(axes: "plt.Axes", results: Mapping[float, Rows], name: str, label: str, colour: str) -> None:
    """Draw the measurement `name` of each seed as a dot, and the means as a line."""
    for place, rows in results.items():
        axes.plot([place] * len(rows), [row[name] for row in rows], ".", color=colour)
    means = [np.mean([row[name] for row in rows]) for rows in results.values()]
    axes.plot(list(results), means, color=colour, label=label)


def plot_capacity(
    network: Mapping[int, Rows], linear: Mapping[int, Rows], pca: Mapping[int, float], mean_image: float
) -> "plt.Figure":
    """Test error against the number of latent units k: the network, the linear one, PCA, the mean image.

    `network` and `linear` have one row of `measure` per seed, by k; `pca` one error by k. Returns the figure.
    """
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    _plot_seeds(axes, network, "error", "network", "#0072B2")
    _plot_seeds(axes, linear, "error", "linear network", "#009E73")
    axes.plot(list(pca), list(pca.values()), "s--", ms=4, color="#E69F00", label="PCA")
    axes.axhline(mean_image, linestyle=":", color="0.4", label="always the mean image")
    axes.axvline(64, color="0.85", zorder=0)
    axes.text(64, 0.97 * mean_image, " overcomplete: k > 64", va="top", color="0.4")
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(network), [str(k) for k in network])
    axes.set(title="Undercomplete and overcomplete", xlabel="latent units k", ylabel="test squared error")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    return figure


def plot_penalty(results: Mapping[float, Rows], mean_image: float) -> "plt.Figure":
    """Test error, units in use and mean absolute latent against the weight of the penalty, side by side.

    `results` has one row of `measure` per seed, by weight. Returns the figure.
    """
    figure, panels = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    names = {"error": "test mean squared error", "used": "active units", "size": "mean absolute latent"}
    for axes, (name, label) in zip(panels, names.items(), strict=True):
        _plot_seeds(axes, results, name, label, "#0072B2")
        axes.set_xscale("symlog", linthresh=min(weight for weight in results if weight > 0))
        axes.set_xticks(list(results), [f"{weight:g}" for weight in results])
        axes.set(title=label, xlabel="weight of the penalty")
    panels[0].axhline(mean_image, linestyle=":", color="0.4", label="always the mean image")
    panels[0].legend(frameon=False)
    panels[0].set_ylim(bottom=0)
    return figure


def plot_restored(rows: Mapping[str, Tensor]) -> "plt.Figure":
    """Rows of images (n, 64), with the name of each at its left. Returns the figure."""
    n = len(next(iter(rows.values())))
    size = (2.2 + n, 1.05 * len(rows))
    figure, axes = plt.subplots(len(rows), n, figsize=size, squeeze=False, layout="constrained")
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for axis, image in zip(line, images, strict=True):
            axis.imshow(image.reshape(8, 8).numpy(), cmap="gray", vmin=0, vmax=1)
            axis.set_axis_off()
        line[0].text(-0.15, 0.5, name, transform=line[0].transAxes, ha="right", va="center", fontsize=12)
    return figure
