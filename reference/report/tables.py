"""The report's tables: means over the seeds with their intervals, as words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reference.bottleneck import elbow_votes
from reference.losses import LOSSES
from reference.report.intervals import interval
from reference.report.study import Settings
from reference.report.words import Seeds, percent, values
from reference.triples import all_triples, shares

__all__ = [
    "Table",
    "arithmetic",
    "differences",
    "disentanglement",
    "elbows",
    "interpolation",
    "known_answers",
    "looks",
    "matrix",
    "properties",
    "robustness",
    "sweep",
]


@dataclass(frozen=True)
class Table:
    """A table of texts. The first column names the row."""

    title: str
    header: list[str]
    rows: list[list[str]]


def pm(numbers: Sequence[float], digits: int = 4) -> str:
    """Mean ± half the interval."""
    i = interval(numbers)
    return f"{i.mean:.{digits}f} ± {i.half:.{digits}f}"


def matrix(seeds: Seeds) -> Table:
    rows = [[name, *(pm(values(seeds, "losses", name, measure)) for measure in LOSSES)] for name in LOSSES]
    return Table(
        "Test error of each model by each loss", ["trained by", *(f"measured by {m}" for m in LOSSES)], rows
    )


def looks(seeds: Seeds) -> Table:
    what = ("gradient energy", "saturation", "entropy")
    rows = [[name, *(pm(values(seeds, "losses", name, w)) for w in what)] for name in ("originals", *LOSSES)]
    return Table("What the reconstructions of the test images look like", ["trained by", *what], rows)


def robustness(s: Settings, seeds: Seeds) -> Table:
    rows = [
        [
            name,
            *(
                pm(values(seeds, "outliers", name, when, m))
                for m in ("L1", "MSE")
                for when in ("clean", "spoilt")
            ),
        ]
        for name in LOSSES
    ]
    header = [f"{m}, trained on {when} images" for m in ("L1", "MSE") for when in ("clean", "spoilt")]
    return Table(
        f"Error on clean test images; spoilt: {percent(s.outliers)} of training pixels inverted",
        ["trained by", *header],
        rows,
    )


def properties(seeds: Seeds) -> Table:
    spaces = seeds[0]["properties"]
    metrics = list(next(iter(spaces.values())))
    rows = [[m, *(pm(values(seeds, "properties", space, m), 3) for space in spaces)] for m in metrics]
    return Table("Latent spaces in numbers", ["metric", *spaces], rows)


def interpolation(seeds: Seeds) -> Table:
    rows = [[name, pm(values(seeds, "interpolation", name))] for name in seeds[0]["interpolation"]]
    return Table("Cosine distance to the nearest training image", ["picture", "distance"], rows)


def disentanglement(seeds: Seeds) -> Table:
    table = seeds[0]["known"]["disentanglement"]
    metrics = list(next(iter(table.values())))
    rows = [
        [name, *(pm(values(seeds, "known", "disentanglement", name, m), 3) for m in metrics)]
        for name in table
    ]
    return Table("Disentanglement on images of known factors", ["latents", *metrics], rows)


def sweep(s: Settings, seeds: Seeds) -> Table:
    def column(what: str, i: int) -> list[float]:
        return [row[i] for row in values(seeds, "sweep", what)]

    rows = [
        [
            str(k),
            pm(column("autoencoder", i)),
            f"{np.mean(column('pca', i)):.4f}",
            pm(column("participation", i), 2),
        ]
        for i, k in enumerate(s.dims)
    ]
    mean = np.mean(values(seeds, "sweep", "mean image"))
    return Table(
        "Test mean squared error by latent dimension",
        ["k", "autoencoder", "PCA", "directions in use"],
        [["0 (the mean image)", "", f"{mean:.4f}", ""], *rows],
    )


def elbows(s: Settings, seeds: Seeds) -> Table:
    votes = elbow_votes(s.dims, values(seeds, "sweep", "autoencoder"))
    rows = [
        [
            name,
            ", ".join(
                f"k = {k}: {percent(share)}" if k != "none" else f"none: {percent(share)}"
                for k, share in v.items()
            ),
        ]
        for name, v in votes.items()
    ]
    return Table(
        "The elbow in 200 resampled sets of seeds", ["way of looking", "elbow: share of the sets"], rows
    )


def arithmetic(seeds: Seeds) -> Table:
    every, rows = all_triples(), []
    for space in ("autoencoder", "k = 2", "untrained"):
        for opinion, words in (("seen", "classifier"), ("near", "nearest centroid")):
            found = [shares(every, v) for v in values(seeds, "arithmetic", space, opinion)]
            rows.append([f"{space}, {words}", *(pm([f[w] for f in found], 3) for w in found[0])])
    return Table(
        "What z_a + (z_b − z_c) is taken for, over 720 triples",
        ["space and opinion", "a or b", "c", "another class"],
        rows,
    )


def known_answers(seeds: Seeds) -> Table:
    rows = [
        [name, pm(values(seeds, "known", "arithmetic", name), 5)] for name in seeds[0]["known"]["arithmetic"]
    ]
    return Table(
        "Arithmetic on images of known factors: error against the right picture",
        ["picture", "mean squared error"],
        rows,
    )


def differences(s: Settings, seeds: Seeds, pixels: int) -> Table:
    """Where the lesson's text and its code differ, with the size of the difference as measured here."""
    floor = np.mean(values(seeds, "losses", "originals", "entropy"))
    bce = np.mean(values(seeds, "losses", "BCE", "BCE"))
    zero = np.mean(values(seeds, "losses", "L1", "small gradients at the output"))
    mse = np.mean(values(seeds, "losses", "MSE", "small gradients at the output"))
    rows = [
        [
            "MSE, BCE and L1 as a sum over pixels, averaged over images",
            "means over all elements, as nn.MSELoss",
            f"a factor of {pixels}, the number of pixels; with Adam it hardly changes the training, "
            "since Adam divides by the gradient's size",
        ],
        [
            "an epoch's loss and a test error are averages",
            "means of batch means, which weigh a short last batch too much",
            "here every image counts the same; the two agree where all batches are equally long",
        ],
        [
            "a perfect reconstruction has loss 0",
            "true of MSE and L1; BCE of grey pixels is at least their entropy",
            f"{floor:.3f} on these test images, of the {bce:.3f} that the model trained with BCE reaches",
        ],
        [
            "log 0 in the BCE",
            "nn.BCELoss cuts the logarithm off at −100; here x̂ is kept an epsilon away from 0 and 1",
            "in float32 1 − 1e-8 is 1, so an epsilon of 1e-8 protects nothing",
        ],
        [
            "L1 has sparser gradients",
            "its gradient at the output is ±1/n, never small",
            f"near zero at the output: {percent(zero)} of the gradients for L1, {percent(mse)} for MSE",
        ],
        [
            "smaller k, higher error",
            "true of the best possible codes; trained ones differ by their noise as well",
            "see which steps of k can be told apart above: never expect a curve that falls at every step",
        ],
        [
            "reconstructions of ten test images",
            "images[:10].view(10, -1) fails when the first batch is shorter",
            "here as many as there are, up to ten",
        ],
        [
            "any images",
            "model_class() has 784 inputs",
            "functools.partial(AutoencoderWithAnalysis, 64) fits the digits",
        ],
        [
            "plots",
            "boxplot(labels=…) was renamed tick_labels in matplotlib 3.9; plt.show() waits for a window",
            "here figures are returned, and nothing waits",
        ],
    ]
    return Table(
        "Where the text and the code of the lesson differ",
        ["the text says", "the code does", "how much it matters"],
        rows,
    )
