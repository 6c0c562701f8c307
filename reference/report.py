"""The whole lesson as one page: trains what is missing, measures, draws, and says what the numbers support.

Writes `report.html` (self-contained: its pictures are inside), the same pictures as PNG, and `numbers.json`.
The same settings give the same bytes, on the same machine and versions, whether runs were resumed or not.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import matplotlib
import numpy
import sklearn
import torch

from reference import curve, sentences, tables
from reference.drawing import DRAWERS, SCALE, Drawn, draw
from reference.intervals import LEVEL
from reference.runs import images_of, run_all, workers
from reference.study import Settings, every_seed, plans
from reference.tables import Table

__all__ = ["Part", "parts", "write_report"]

Say = Callable[[str], None]
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Part:
    """One step of a section: a figure with its caption, a table, or both, and what can be said of them."""

    caption: str = ""
    figure: str = ""  # a name in DRAWERS
    table: Table | None = None
    findings: list[str] = field(default_factory=list)


def write_report(
    s: Settings,
    out: Path,
    runs: Path,
    device: str = "cpu",
    jobs: int | None = None,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Make the report of these settings in `out`, keeping finished runs in `runs`; returns the numbers.

    Creates both folders. Stopped at any moment and started again, it trains only what was not finished.
    `jobs` processes share the work (default: one per core). `say` is told of each run that ended and of
    each step.
    """
    out.mkdir(parents=True, exist_ok=True)
    wanted = [plan for seed in s.seeds for plan in plans(s, seed).values()]
    with workers(device, jobs) as pool:
        run_all(wanted, runs, pool, device, say)
        say("measuring every run")
        mapper = map if pool is None else pool.map
        seeds = list(every_seed(s, runs, mapper))
        say(f"drawing {len(DRAWERS)} figures")
        drawn, n = Drawn(s, seeds, runs), len(DRAWERS)
        list(mapper(draw, DRAWERS, [drawn] * n, [out] * n))
    numbers = {"settings": asdict(s) | {"root": None}, "seeds": seeds}
    (out / "numbers.json").write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    pixels = images_of(wanted[0])[0][0][0].numel()
    (out / "report.html").write_text(page(s, parts(s, seeds, pixels), out), encoding="utf-8")
    return numbers


def parts(s: Settings, seeds: Sequence[dict[str, Any]], pixels: int) -> dict[str, Part]:
    """Everything that is measured or drawn, by the name under which the page's template places it."""
    k, first = s.latent_dim, f"seed {s.seeds[0]}"
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
        "reconstructions": Part(f"One test image of each class, k = {k}, {first}.", "reconstructions"),
        "looks": Part(
            "Reconstructions of all test images. Bars: 95 % interval of the mean over seeds; small dots: "
            "seeds; "
            "dashed: the originals.",
            "looks",
            tables.looks(seeds),
            sentences.about_looks(seeds),
        ),
        "learning": Part(
            "Losses have different units: compare the shapes of these curves, never their heights. A "
            "plateau at "
            "the start, where there is one, is the time in which all pictures get the same answer.",
            "learning",
            findings=sentences.about_small_gradients(seeds),
        ),
        "robustness": Part(
            "Left: exact, for the training images of each class. Right: hollow, trained on clean images; "
            "full, on spoilt ones; both measured on clean test images.",
            "robustness",
            tables.robustness(s, seeds),
            sentences.about_robustness(s, seeds),
        ),
        "plane": Part(
            f"A latent space of two dimensions as it is ({first}): direct scatter, and the decoder's "
            "image of each "
            "place.",
            "plane",
        ),
        "tsne": Part(
            f"The latent space of k = {k} through t-SNE (perplexity 30, seed 42, {first}). t-SNE keeps "
            "neighbours, not "
            "distances: sizes of islands and gaps between them mean nothing.",
            "tsne",
        ),
        "properties": Part(table=tables.properties(seeds), findings=sentences.about_properties(s, seeds)),
        "interpolations": Part(
            f"From one test image to another, k = {k}, {first}: decoded from a straight line in latent "
            "space, "
            "and a cross-fade of the pixels.",
            "interpolations",
            tables.interpolation(seeds),
            sentences.about_interpolation(seeds),
        ),
        "disentanglement": Part(
            table=tables.disentanglement(seeds), findings=sentences.about_disentanglement(seeds)
        ),
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
        "errors": Part(f"Every test image's own error, k = {k}, {first}.", "errors"),
        "errors_by_class": Part(
            "The mean of each class over the seeds.",
            "errors_by_class",
            findings=curve.about_errors(seeds),
        ),
        "examples": Part(
            f"Decoded arithmetic with centroids, k = {k}, {first}, under each picture the class that a "
            "classifier sees "
            "in it. Below: of all 720 triples, the nearest to real training images and the farthest.",
            "examples",
        ),
        "opinions": Part(
            "For every pair of added classes, over the eight c and all seeds: how often the classifier "
            "sees the one "
            "in the row (the one in the column is at the mirrored place), and how often neither. The "
            "diagonal is "
            "empty: a and b differ.",
            "opinions",
            tables.arithmetic(seeds),
            sentences.about_arithmetic(seeds),
        ),
        "known_answers": Part(
            table=tables.known_answers(seeds), findings=sentences.about_known_answers(seeds)
        ),
        "differences": Part(table=tables.differences(s, seeds, pixels)),
    }


def page(s: Settings, found: dict[str, Part], out: Path) -> str:
    """The page, its pictures inside."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pictures = {
        part.figure: (out / f"{part.figure}.png").read_bytes() for part in found.values() if part.figure
    }
    images = {
        name: (base64.b64encode(data).decode(), round(int.from_bytes(data[16:20]) / SCALE))  # PNG's width
        for name, data in pictures.items()
    }
    versions = {
        "torch": torch.__version__.split("+")[0],
        "numpy": numpy.__version__,
        "scikit-learn": sklearn.__version__,
        "matplotlib": matplotlib.__version__,
    }
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("report.html")
    return template.render(s=s, parts=found, images=images, versions=versions, level=LEVEL) + "\n"
