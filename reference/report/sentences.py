"""The report's sentences: every claim is computed, and a sentence says so where the numbers cannot decide.

A difference is claimed only when the 95 % interval of the paired differences excludes zero (see `intervals`);
otherwise the sentence says that this many seeds cannot tell the two apart, which does not mean that they are
equal. `curve` has the sentences about the error curve.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference.losses import LOSSES
from reference.report.intervals import difference, interval
from reference.report.study import Settings
from reference.report.words import Seeds, compared, joined, number, percent, ranged, values
from reference.triples import all_triples, shares

__all__ = [
    "about_arithmetic",
    "about_disentanglement",
    "about_interpolation",
    "about_known_answers",
    "about_looks",
    "about_losses",
    "about_properties",
    "about_robustness",
    "about_small_gradients",
]


# losses


def about_losses(seeds: Seeds) -> list[str]:
    """The matrix: for each loss as a measure, every pair of models; then whether each is best by its own."""
    names = list(LOSSES)
    said = [f"Errors by {measure}: {_pairs(seeds, names, measure)}." for measure in names]
    for measure in names:
        others = [name for name in names if name != measure]
        own = values(seeds, "losses", measure, measure)
        d = {name: difference(values(seeds, "losses", name, measure), own) for name in others}
        if all(i.sign > 0 for i in d.values()):
            said.append(
                f"The model trained with {measure} is the best of the three by {measure}, as one would "
                "expect."
            )
        if beaten := [name for name, i in d.items() if i.sign < 0]:
            said.append(
                f"By {measure} itself, the model that was trained to minimise {measure} is beaten by the one "
                f"trained with {joined(beaten)}: with this much training, to minimise a loss is not yet to "
                "be the best by it."
            )
    return said


def _pairs(seeds: Seeds, names: Sequence[str], *path: Any) -> str:
    """Every pair of names compared, in one sentence without its full stop."""
    found = {name: values(seeds, "losses", name, *path) for name in names}
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    return "; ".join(compared(a, found[a], b, found[b]) for a, b in pairs)


def about_looks(seeds: Seeds) -> list[str]:
    """Sharpness and saturation: against the originals, then against each other."""
    said = []
    for what, plain, less, more in (
        ("gradient energy", "sharpness", "blurrier", "sharper"),
        ("saturation", "share of black or white pixels", "greyer", "more black and white"),
    ):
        original = values(seeds, "losses", "originals", what)
        parts = {
            name: interval(np.divide(values(seeds, "losses", name, what), original) - 1) for name in LOSSES
        }
        for sign, word in ((-1, less), (1, more), (0, "not told apart from the originals")):
            if some := [
                f"{name} ({percent(1 + i.mean)} of the originals' {plain})"
                for name, i in parts.items()
                if i.sign == sign
            ]:
                than = " than the originals" if sign else ""
                said.append(f"{word.capitalize()}{than}: the pictures of {joined(some)}.")
        said.append(f"In {plain}: {_pairs(seeds, list(LOSSES), what)}.")
    return said


def about_small_gradients(seeds: Seeds) -> list[str]:
    """Are L1's gradients 'sparser'? At the output and before the sigmoid."""
    said = []
    for where in ("output", "logit"):
        share = {
            name: interval(values(seeds, "losses", name, f"small gradients at the {where}"))
            for name in LOSSES
        }
        said.append(
            f"Gradients below a hundredth of the largest, at the {where}: "
            + ", ".join(f"{n} {percent(i.mean)}" for n, i in share.items())
            + "."
        )
    return said


def about_robustness(s: Settings, seeds: Seeds) -> list[str]:
    """What spoilt training pixels cost each loss on clean images, by absolute and by squared error."""
    said = []
    for measure in ("L1", "MSE"):
        growth = {
            name: np.divide(
                values(seeds, "outliers", name, "spoilt", measure),
                values(seeds, "outliers", name, "clean", measure),
            )
            - 1
            for name in LOSSES
        }
        said.append(
            f"With {percent(s.outliers)} of the training pixels inverted, the {measure} error on clean "
            "images changes by "
            + ", ".join(f"{ranged(interval(g), percent)} for {n}" for n, g in growth.items())
            + "."
        )
        least = min(growth, key=lambda n: float(np.mean(growth[n])))
        if all(difference(g, growth[least]).sign > 0 for n, g in growth.items() if n != least):
            said.append(f"Measured by {measure}, the model trained with {least} loses least.")
        spoilt = {name: values(seeds, "outliers", name, "spoilt", measure) for name in LOSSES}
        best = min(spoilt, key=lambda n: float(np.mean(spoilt[n])))
        if all(difference(v, spoilt[best]).sign > 0 for n, v in spoilt.items() if n != best):
            said.append(
                f"Among the models trained on spoilt images, the one trained with {best} has the lowest "
                f"{measure} error."
            )
    return said


# latent space


def about_properties(s: Settings, seeds: Seeds) -> list[str]:
    """The trained space against the untrained one and against PCA's, metric by metric; then the plane."""
    said = []
    ours = f"autoencoder, k = {s.latent_dim}"
    for other in (f"untrained, k = {s.latent_dim}", f"PCA, k = {s.latent_dim}"):
        said.append(_against(seeds, ours, other))
    said.append(_against(seeds, "autoencoder, k = 2", "PCA, k = 2"))
    return said


def _against(seeds: Seeds, ours: str, other: str) -> str:
    found: dict[int, list[str]] = {1: [], -1: [], 0: []}
    for metric in seeds[0]["properties"][ours]:
        sign = difference(
            values(seeds, "properties", ours, metric), values(seeds, "properties", other, metric)
        ).sign
        found[sign].append(metric)
    words = {1: "higher in", -1: "lower in", 0: "not told apart in"}
    return (
        f"{ours} against {other}: "
        + "; ".join(f"{words[k]} {joined(v)}" for k, v in found.items() if v)
        + "."
    )


def about_interpolation(seeds: Seeds) -> list[str]:
    """Half way in latent space against half way in pixels, by distance to the nearest real image."""
    latent = values(seeds, "interpolation", "half way in latent space")
    pixels = values(seeds, "interpolation", "half way in pixels")
    real = values(seeds, "interpolation", "test images")
    said = [
        "Distance to the nearest training image: "
        f"{compared('half way in pixels', pixels, 'half way in latent space', latent)}."
    ]
    ratio = interval(np.divide(latent, real))
    near = (
        "as near as a real test image is"
        if ratio.low <= 1 <= ratio.high
        else ("nearer than a real test image is" if ratio.high < 1 else "farther than a real test image is")
    )
    said.append(
        f"A picture half way in latent space is {near} (ratio {ranged(ratio)}); nearness alone does not "
        "make it a digit."
    )
    return said


def about_disentanglement(seeds: Seeds) -> list[str]:
    """The autoencoder's indices against those of the true factors, and of the same factors rotated."""
    said = []
    for index in ("DCI disentanglement", "mutual information gap"):
        ours, rotated, true = (
            values(seeds, "known", "disentanglement", name, index)
            for name in ("autoencoder", "true factors, rotated", "true factors")
        )
        said.append(
            f"{index}: {compared('autoencoder', ours, 'true factors, rotated', rotated)}; "
            f"{compared('true factors', true, 'autoencoder', ours)}."
        )
    kept = interval(values(seeds, "known", "disentanglement", "autoencoder", "linear R²"))
    said.append(
        f"A linear regression reads the true factors from its latents with R² {ranged(kept)}: what is "
        "missing is separation, not information."
        if kept.mean > 0.9
        else f"A linear regression reads the true factors from its latents with R² {ranged(kept)} only."
    )
    return said


# arithmetic


def about_arithmetic(seeds: Seeds) -> list[str]:
    """What all triples are seen as, by two opinions, and the triple of the exercise."""
    every, said = all_triples(), []
    for name, words in (
        ("autoencoder", "the large latent space"),
        ("k = 2", "the plane"),
        ("untrained", "an untrained model"),
    ):
        part = _mean_shares(seeds, name, "seen")
        said.append(
            f"In {words}, the classifier sees one of the two added classes in {percent(part['a or b'])} of "
            f"the triples, the class taken away in {percent(part['c'])}, another in "
            f"{percent(part['another'])}."
        )
    near = {
        name: [shares(every, v)["a or b"] for v in values(seeds, "arithmetic", name, "near")]
        for name in ("autoencoder", "untrained")
    }
    if difference(near["autoencoder"], near["untrained"]).sign <= 0:
        said.append(
            "The nearest centroid is one of the two added classes in "
            f"{percent(np.mean(near['autoencoder']))}, but in "
            f"{percent(np.mean(near['untrained']))} for an untrained model: that opinion is about the "
            "geometry of averages and proves nothing."
        )
    same = [
        np.mean(
            np.equal(seed["arithmetic"]["autoencoder"]["seen"], seed["arithmetic"]["autoencoder"]["near"])
        )
        for seed in seeds
    ]
    said.append(f"Classifier and nearest centroid agree on {percent(np.mean(same))} of the triples.")
    seen = values(seeds, "arithmetic", "autoencoder", "seen", every.index((3, 8, 0)))
    said.append(
        "z₃ + (z₈ − z₀), decoded, is seen as "
        + ", ".join(f"{c} in {seen.count(c)} of {len(seen)} seeds" for c in sorted(set(seen)))
        + "."
    )
    return said


def _mean_shares(seeds: Seeds, space: str, opinion: str) -> dict[str, float]:
    found = [shares(all_triples(), v) for v in values(seeds, "arithmetic", space, opinion)]
    return {what: float(np.mean([share[what] for share in found])) for what in found[0]}


def about_known_answers(seeds: Seeds) -> list[str]:
    """Arithmetic on images of known factors, where the right picture is known."""
    latent, right, pixels, nothing = (
        values(seeds, "known", "arithmetic", name)
        for name in ("latent", "reconstruction", "pixels", "nothing")
    )
    share = percent(np.mean(latent) / np.mean(nothing))
    return [
        "Error against the right picture: "
        f"{compared('arithmetic with pixels', pixels, 'latent arithmetic', latent)}; "
        f"{compared('latent arithmetic', latent, 'a plain reconstruction', right)}.",
        f"Leaving the image as it is would cost {number(float(np.mean(nothing)))}; "
        f"latent arithmetic costs {share} of that.",
    ]
