"""What stands on the report's page: for each place in its template a figure, a table and sentences.

`seeds` is a list of what `study.measure` returns, one per seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reference.report import curve, sentences, tables
from reference.report.study import Settings
from reference.report.tables import Table
from reference.report.words import Seeds

__all__ = ["Part", "parts"]


@dataclass(frozen=True)
class Part:
    """One step of a section: a figure with its caption, a table, or both, and the sentences about them."""

    caption: str = ""
    figure: str = ""  # a name in DRAWERS
    table: Table | None = None
    findings: list[str] = field(default_factory=list)


def parts(s: Settings, seeds: Seeds, pixels: int) -> Mapping[str, Part]:
    """Every part of the page by the name under which the template places it.

    `pixels` is the number of pixels of one image.
    """
    return {
        **_losses(s, seeds),
        **_outliers(s, seeds),
        **_latent_space(s, seeds),
        **_bottleneck(s, seeds),
        **_arithmetic(s, seeds),
        "differences": Part(table=tables.differences(s, seeds, pixels)),
    }


def _example(s: Settings) -> str:
    """Which model a figure of one model shows."""
    return f"k = {s.latent_dim}, seed {s.seeds[0]}"


def _losses(s: Settings, seeds: Seeds) -> dict[str, Part]:
    return {
        "noise_models": Part(
            "One white pixel. The squared and the absolute error hardly pull where the model is sure and "
            "wrong (right panel, left end); the cross entropy pulls hardest there.",
            "noise_models",
        ),
        "one_answer": Part(
            "Training images of a 3, and the one image with the least mean loss against all of them. Mean: "
            "every edge becomes a ramp. Median: edges stay, and what most images lack is gone.",
            "one_answer",
        ),
        "matrix": Part(table=tables.matrix(seeds), findings=sentences.about_losses(seeds)),
        "reconstructions": Part(f"One test image of each class, {_example(s)}.", "reconstructions"),
        "looks": Part(
            "Reconstructions of all test images. Bars: 95 % interval of the mean over seeds; small dots: "
            "seeds; dashed: the originals.",
            "looks",
            tables.looks(seeds),
            sentences.about_looks(seeds),
        ),
        "learning": Part(
            "Losses have different units: compare the shapes of these curves, never their heights. A "
            "plateau at the start, where there is one, is the time in which all pictures get the same "
            "answer.",
            "learning",
            findings=sentences.about_small_gradients(seeds),
        ),
    }


def _outliers(s: Settings, seeds: Seeds) -> dict[str, Part]:
    return {
        "robustness": Part(
            "Left: exact, for the training images of each class. Right: hollow, trained on clean images; "
            "full, on spoilt ones; both measured on clean test images.",
            "robustness",
            tables.robustness(s, seeds),
            sentences.about_robustness(s, seeds),
        ),
    }


def _latent_space(s: Settings, seeds: Seeds) -> dict[str, Part]:
    k, first = s.latent_dim, f"seed {s.seeds[0]}"
    return {
        "plane": Part(
            f"A latent space of two dimensions as it is ({first}): direct scatter, and the decoder's "
            "image of each place.",
            "plane",
        ),
        "tsne": Part(
            f"The latent space of k = {k} through t-SNE (perplexity 30, seed 42, {first}). t-SNE keeps "
            "neighbours, not distances: sizes of islands and gaps between them mean nothing.",
            "tsne",
        ),
        "properties": Part(table=tables.properties(seeds), findings=sentences.about_properties(s, seeds)),
        "interpolations": Part(
            f"From one test image to another, {_example(s)}: decoded from a straight line in latent "
            "space, and a cross-fade of the pixels.",
            "interpolations",
            tables.interpolation(seeds),
            sentences.about_interpolation(seeds),
        ),
        "disentanglement": Part(
            table=tables.disentanglement(seeds), findings=sentences.about_disentanglement(seeds)
        ),
    }


def _bottleneck(s: Settings, seeds: Seeds) -> dict[str, Part]:
    return {
        "bottleneck": Part(
            "Left: bands are 95 % intervals of the mean over seeds. Right: participation ratio of the latent "
            "covariance, from 1 to k.",
            "bottleneck",
            tables.sweep(s, seeds),
            curve.about_the_sweep(s, seeds),
        ),
        "elbows": Part(table=tables.elbows(s, seeds)),
        "known_dimension": Part(
            "The same sweep where the answer is known. The axis of the error is logarithmic.",
            "known_dimension",
            findings=curve.about_known_dimension(seeds),
        ),
        "errors": Part(f"Every test image's own error, {_example(s)}.", "errors"),
        "errors_by_class": Part(
            "The mean of each class over the seeds.",
            "errors_by_class",
            findings=curve.about_errors(seeds),
        ),
    }


def _arithmetic(s: Settings, seeds: Seeds) -> dict[str, Part]:
    return {
        "examples": Part(
            f"Decoded arithmetic with centroids, {_example(s)}, under each picture the class that a "
            "classifier sees in it. Below: of all 720 triples, the nearest to real training images and the "
            "farthest.",
            "examples",
        ),
        "opinions": Part(
            "For every pair of added classes, over the eight c and all seeds: how often the classifier "
            "sees the one in the row (the one in the column is at the mirrored place), and how often "
            "neither. The diagonal is empty: a and b differ.",
            "opinions",
            tables.arithmetic(seeds),
            sentences.about_arithmetic(seeds),
        ),
        "known_answers": Part(
            table=tables.known_answers(seeds), findings=sentences.about_known_answers(seeds)
        ),
    }
