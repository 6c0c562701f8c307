"""Draws every figure of the report into a folder; processes can draw them in parallel.

A drawer takes the numbers and the finished runs of the first seed, and returns one figure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from reference import analysis, triples
from reference.arithmetic import class_centroids, decode_arithmetic
from reference.data import Batches
from reference.losses import LOSSES
from reference.report import figures, maps, style
from reference.report.curve import elbow
from reference.report.runs import images_of
from reference.report.study import Settings, plans, trained

__all__ = ["DRAWERS", "SCALE", "Drawn", "draw"]

SCALE = 1.3  # pixels of a picture per pixel of the page


@dataclass(frozen=True)
class Drawn:
    """What a drawer draws from."""

    settings: Settings
    seeds: Sequence[Mapping[str, Any]]  # what `study.measure` returned, one per seed
    folder: Path  # where the finished runs are

    def model(self, *what: Any) -> nn.Module:
        """The first seed's model for a purpose, such as ("loss", "MSE") or ("sweep", 2)."""
        return trained(plans(self.settings, self.settings.seeds[0])[what], self.folder)[0]

    def images(self, part: int) -> Batches:
        """The first seed's images: 0 to train on, 1 to test on."""
        first = plans(self.settings, self.settings.seeds[0])["loss", "MSE"]
        return Batches(*images_of(first)[part], 500)

    def flat(self, part: int) -> Tensor:
        return self.images(part).tensors[0].flatten(1)


def _one_answer(d: Drawn) -> Figure:
    """Threes that a model with too few latents could not tell apart."""
    return figures.one_answer(d.flat(0)[d.images(0).tensors[1] == 3][:200])


@torch.no_grad()
def _reconstructions(d: Drawn) -> Figure:
    labels = d.images(1).tensors[1]
    x = d.flat(1)[torch.stack([(labels == c).nonzero()[0, 0] for c in range(10)])]  # (10, d), one per class
    rows = {f"trained by {name}": d.model("loss", name)(x)[0] for name in LOSSES}
    return figures.reconstructions({"original": x} | rows)


def _strips(d: Drawn) -> Figure:
    x, labels = d.flat(1), d.images(1).tensors[1]
    first = {c: x[(labels == c).nonzero()[0, 0]] for c in range(10)}
    starts, ends = (torch.stack([first[c] for c in classes]) for classes in ((3, 4, 1), (8, 9, 7)))
    return analysis.plot_interpolations(d.model("loss", "MSE"), starts, ends, "cpu")


def _opinions(d: Drawn) -> Figure:
    every = triples.all_triples()
    a, b, _ = np.array(every).T
    hits = np.mean([np.equal(seed["arithmetic"]["autoencoder"]["seen"], a) for seed in d.seeds], axis=0)
    as_row = np.full((10, 10), np.nan)
    for i, j in {(i, j) for i, j, _ in every}:
        as_row[i, j] = hits[(a == i) & (b == j)].mean()
    return maps.opinions({"seen as the class in the row": as_row, "seen as neither": 1 - as_row - as_row.T})


def _examples(d: Drawn) -> Figure:
    """The exercise's triple and its parts; then the triples nearest to and farthest from real images."""
    model, every, found = (
        d.model("loss", "MSE"),
        triples.all_triples(),
        d.seeds[0]["arithmetic"]["autoencoder"],
    )
    centroids = class_centroids(model, d.images(0), "cpu")

    def picture(triple: tuple[int, int, int]) -> tuple[str, Tensor]:
        a, b, c = triple
        return (
            f"{a} + ({b} − {c})\nseen as {found['seen'][every.index(triple)]}",
            decode_arithmetic(model, centroids, "cpu", a, b, c),
        )

    order = [i for i in np.argsort(found["distance"], kind="stable") if every[i][0] < every[i][1]]
    own = [(f"centroid\nof {c}", decode_arithmetic(model, centroids, "cpu", c, c, c)) for c in (3, 8, 0)]
    others = [picture(t) for t in ((3, 8, 0), (0, 8, 3), (9, 4, 7), (1, 7, 4), (5, 6, 2))]
    return maps.examples(
        {
            "some": own + others,
            "most like\nreal images": [picture(every[i]) for i in order[:8]],
            "least like\nreal images": [picture(every[i]) for i in order[::-1][:8]],
        }
    )


def _errors(d: Drawn) -> Figure:
    analysis.analyze_reconstruction_quality(d.model("loss", "MSE"), d.images(1), "cpu")
    return plt.gcf()


DRAWERS: dict[str, Callable[[Drawn], Figure]] = {
    "tsne": lambda d: analysis.visualize_latent_space(d.model("loss", "MSE"), d.images(1), "cpu", "tsne"),
    "plane": lambda d: analysis.plot_latent_plane(d.model("sweep", 2), d.images(1), "cpu"),
    "noise_models": lambda d: figures.noise_models(),
    "one_answer": _one_answer,
    "reconstructions": _reconstructions,
    "looks": lambda d: figures.looks(d.seeds),
    "learning": lambda d: figures.learning(d.seeds),
    "robustness": lambda d: figures.robustness(d.settings, d.seeds),
    "interpolations": _strips,
    "errors": _errors,
    "errors_by_class": lambda d: maps.errors_by_class(d.seeds),
    "bottleneck": lambda d: maps.bottleneck(d.settings, d.seeds, elbow(d.settings, d.seeds)),
    "known_dimension": lambda d: maps.known_dimension(d.seeds),
    "opinions": _opinions,
    "examples": _examples,
}


def draw(name: str, d: Drawn, out: Path) -> None:
    """Draw one figure into `out`/NAME.png: the same numbers give the same bytes."""
    plt.switch_backend("Agg")
    with plt.rc_context(style.STYLE):
        DRAWERS[name](d).savefig(out / f"{name}.png", dpi=100 * SCALE, metadata={"Software": None})
    plt.close("all")
