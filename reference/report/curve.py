"""The sentences about the error curve: its steps, its elbow, PCA, the known dimension, the hard classes.

As in `sentences`, every claim is computed, and a sentence says so where the numbers cannot decide.
"""

import numpy as np

from reference.bottleneck import elbow_votes, kneedle
from reference.report.intervals import difference, interval
from reference.report.study import KNOWN_DIM, KNOWN_DIMS, Settings
from reference.report.words import Seeds, joined, percent, ranged, values

__all__ = ["about_errors", "about_known_dimension", "about_the_sweep", "elbow"]


def about_the_sweep(s: Settings, seeds: Seeds) -> list[str]:
    """Which steps of k certainly lower the error; where it is below PCA's; how stable the elbow is."""
    errors = {k: [row[i] for row in values(seeds, "sweep", "autoencoder")] for i, k in enumerate(s.dims)}
    pca = {k: [row[i] for row in values(seeds, "sweep", "pca")] for i, k in enumerate(s.dims)}
    steps = {(a, b): difference(errors[a], errors[b]) for a, b in zip(s.dims, s.dims[1:], strict=False)}
    said = []
    for sign, words in (
        (1, "The error falls for sure from k = {}"),
        (0, "No fall can be told from k = {}"),
        (-1, "The error rises from k = {}"),
    ):
        if some := [f"{a} to {b}" for (a, b), d in steps.items() if d.sign == sign]:
            said.append(words.format(joined(some)) + ".")
    signs = {k: difference(errors[k], pca[k]).sign for k in s.dims}
    for sign, words in (
        (-1, "The autoencoder beats PCA at k = {}"),
        (1, "PCA, which needs no training, beats it at k = {}"),
        (0, "The two cannot be told apart at k = {}"),
    ):
        if some := [k for k in s.dims if signs[k] == sign]:
            said.append(words.format(joined(some)) + ".")
    return said + _about_the_elbow(s, seeds) + _about_participation(s, seeds)


def elbow(s: Settings, seeds: Seeds) -> int | None:
    """The elbow of the mean curve, by Kneedle on a logarithmic axis."""
    return kneedle(s.dims, np.mean(values(seeds, "sweep", "autoencoder"), axis=0))


def _about_the_elbow(s: Settings, seeds: Seeds) -> list[str]:
    votes = elbow_votes(s.dims, values(seeds, "sweep", "autoencoder"))
    first = {name: next(iter(v)) for name, v in votes.items()}
    sure = next(iter(votes["Kneedle, logarithmic axis"].values()))
    where = elbow(s, seeds)
    said = [
        f"Kneedle on a logarithmic axis puts the elbow at k = {where}, and in {percent(sure)} of the "
        f"resampled sets of seeds at k = {first['Kneedle, logarithmic axis']}."
        if where
        else "Kneedle on a logarithmic axis finds no elbow."
    ]
    named = sorted(set(first.values()), key=lambda k: (not k.isdigit(), int(k) if k.isdigit() else 0))
    said.append(
        f"All {len(first)} ways of looking name the same one."
        if len(named) == 1
        else f"Other axes, ranges and methods name k = {joined(named)}: the elbow is a way of looking at "
        "the curve more than a property of the data."
    )
    return said


def _about_participation(s: Settings, seeds: Seeds) -> list[str]:
    used = {
        k: interval([row[i] for row in values(seeds, "sweep", "participation")]) for i, k in enumerate(s.dims)
    }
    last = s.dims[-1]
    return [
        f"With k = {last} latents, their variance spreads over no more than {ranged(used[last])} directions."
        if used[last].high < last / 2
        else f"With k = {last} latents, their variance spreads over {ranged(used[last])} directions."
    ]


def about_known_dimension(seeds: Seeds) -> list[str]:
    """Does the sweep find the known dimension?"""
    rows = np.array(values(seeds, "known", "errors"))  # (seeds, dims)
    drops = rows[:, :-1] / rows[:, 1:]
    found = [KNOWN_DIMS[1:][i] for i in drops.argmax(axis=1)]
    hits = sum(k == KNOWN_DIM for k in found)
    largest = drops[:, KNOWN_DIMS.index(KNOWN_DIM) - 1]
    return [
        f"The largest drop from one k to the next ends at the true dimension {KNOWN_DIM} in {hits} of "
        f"{len(found)} seeds; there the error falls to 1/{largest.min():.0f} or less of what it was."
    ]


def about_errors(seeds: Seeds) -> list[str]:
    """Which classes are the hardest and the easiest, seed by seed."""
    said = []
    for word, pick in (("hardest", max), ("easiest", min)):
        found = [pick(seed["errors"], key=seed["errors"].__getitem__) for seed in seeds]
        said.append(
            f"The {word} class is "
            + ", ".join(f"{c} in {found.count(c)} of {len(found)} seeds" for c in sorted(set(found)))
            + "."
        )
    return said
