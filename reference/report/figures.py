"""The report's figures of the losses; `maps` has those of the latent space, `analysis` those of one model.

`seeds` is a list of what `study.measure` returns, one per seed.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from reference.analysis import image_grid, show
from reference.losses import LOSSES
from reference.noise import NOISE, best_single_image, gradient, logit_gradient
from reference.report.intervals import interval
from reference.report.study import SHARES, Settings
from reference.report.style import COLOURS, GREY, MARKERS, band, dots, subplots
from reference.report.words import Seeds

__all__ = ["learning", "looks", "noise_models", "one_answer", "reconstructions", "robustness"]


def noise_models() -> Figure:
    """For a white pixel: each loss, and how hard it pulls at the output and before the sigmoid."""
    x_hat = torch.linspace(0.004, 0.996, 249, dtype=torch.float64)
    white = torch.ones_like(x_hat)
    value = {name: [float(loss(p[None], white[:1])) for p in x_hat] for name, loss in LOSSES.items()}
    figure, axes = subplots(3)
    for name, colour in COLOURS.items():
        style = {"color": colour, "marker": MARKERS[name], "markevery": 31, "ms": 5}
        style["label"] = f"{name} ({NOISE[name]})"
        axes[0].plot(x_hat, value[name], **style)
        axes[1].plot(x_hat, -gradient(name, x_hat, white), **style)
        axes[2].plot(x_hat, -logit_gradient(name, x_hat, white), **style)
    titles = (
        "loss of a white pixel, x = 1",
        "pull at the output, $-dL/d\\hat{x}$",
        "pull before the sigmoid, $-dL/da$",
    )
    for axis, title, top in zip(axes, titles, (4, 6, 1.05), strict=True):
        axis.set(title=title, xlabel="output $\\hat{x}$ (1 is right)", ylim=(0, top), xlim=(0, 1))
    axes[0].legend(fontsize=10)
    return figure


def one_answer(images: Tensor) -> Figure:
    """Images that a model cannot tell apart, and the one answer to all of them that each loss prefers."""
    some = images[:6]
    answers = {name: best_single_image(name, images) for name in LOSSES}
    figure, axes = subplots(len(some) + 1 + len(answers), height=1.65)
    for axis, image in zip(axes, some, strict=False):
        show(axis, image)
    axes[0].set_title(f"6 of {len(images)}", fontsize=10)
    axes[len(some)].set_axis_off()
    axes[len(some)].text(
        0.5, 0.5, "one answer\nto all →", ha="center", va="center", transform=axes[len(some)].transAxes
    )
    for axis, (name, image) in zip(axes[len(some) + 1 :], answers.items(), strict=True):
        show(axis, image)
        what = "median" if name == "L1" else "mean"
        axis.set_title(f"{name}: {what}", fontsize=10, loc="center")
    return figure


def reconstructions(rows: Mapping[str, Tensor]) -> Figure:
    """Originals above each model's reconstructions: one row of images per name."""
    n = len(next(iter(rows.values())))
    figure, axes = plt.subplots(len(rows), n, figsize=(11, 1.05 * len(rows)), layout="constrained")
    image_grid(axes, rows)
    return figure


def learning(seeds: Seeds) -> Figure:
    """Training loss relative to the first epoch's; the losses have different units."""
    figure, (axes,) = subplots(1, 6)
    for name, colour in COLOURS.items():
        rows = [np.array(seed["histories"][name]) / seed["histories"][name][0] for seed in seeds]
        band(axes, range(1, len(rows[0]) + 1), rows, colour, name, marker=MARKERS[name], ms=4)
    axes.set(title="training loss / that of the first epoch", xlabel="epoch", ylim=(0, 1.05))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend()
    return figure


def looks(seeds: Seeds) -> Figure:
    """Sharpness, saturation and entropy of the three models' test reconstructions, beside the originals'."""
    figure, axes = subplots(3, height=2.6)
    titles = {
        "gradient energy": "gradient energy (sharpness)",
        "saturation": "black or white pixels (share)",
        "entropy": "entropy of a pixel (nats)",
    }
    for axis, (what, title) in zip(axes, titles.items(), strict=True):
        names = ["originals", *LOSSES]
        axis.axvline(
            np.mean([seed["losses"]["originals"][what] for seed in seeds]), color=GREY, linestyle="--"
        )
        for row, name in enumerate(names):
            values = [seed["losses"][name][what] for seed in seeds]
            dots(axis, 3 - row, values, COLOURS.get(name, GREY), MARKERS.get(name, "D"))
        axis.set(title=title, yticks=(3, 2, 1, 0), yticklabels=names, ylim=(-0.5, 3.4))
    return figure


def robustness(s: Settings, seeds: Seeds) -> Figure:
    """Outliers: how far they move the best single image, and what they do to a trained model."""
    figure, (left, right) = subplots(2, height=3.4)
    _moved_images(left, seeds)
    _errors_after_outliers(right, seeds)
    right.set_title(f"trained with {s.outliers:.0%} of the pixels inverted")
    return figure


def _moved_images(axes: Axes, seeds: Seeds) -> None:
    for name, colour in COLOURS.items():
        rows = [[seed["outliers"][name]["moved"][str(share)] for share in SHARES] for seed in seeds]
        style = {"linestyle": "--"} if name == "BCE" else {}
        band(axes, SHARES, rows, colour, name, marker=MARKERS[name], **style)
    axes.set(
        title="outlying images move the best single image",
        xlabel="share of images inverted",
        ylabel="mean change of a pixel",
        ylim=(0, None),
    )
    axes.legend()


def _errors_after_outliers(axes: Axes, seeds: Seeds) -> None:
    """For each loss two points: hollow, trained on clean images; full, on spoilt ones."""
    states = {"clean": (-0.15, "white"), "spoilt": (0.15, None)}
    errors = {
        (name, state): [seed["outliers"][name][state]["L1"] for seed in seeds]
        for name in LOSSES
        for state in states
    }
    for i, name in enumerate(LOSSES):
        look = {"color": COLOURS[name], "marker": MARKERS[name], "ms": 8, "capsize": 4, "linewidth": 2}
        for state, (offset, fill) in states.items():
            mean = interval(errors[name, state])
            axes.errorbar(i + offset, mean.mean, yerr=mean.half, mfc=fill or COLOURS[name], **look)
            axes.annotate(
                state, (i + offset, mean.high), (0, 5), textcoords="offset points", ha="center", fontsize=9
            )
    axes.set(
        xticks=range(3),
        xticklabels=list(LOSSES),
        xlabel="trained by",
        ylabel="absolute error, clean test images",
        ylim=(0, 1.15 * max(map(max, errors.values()))),
        xlim=(-0.5, 2.5),
    )
