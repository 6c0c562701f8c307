"""Shows a student what their code returned: pictures as plain data, kept in the result of a check.

Only public checks may use it, because the student sees everything shown here; a hidden check that shows
something raises SuiteError. Values are those that the judge received; pixels become bytes to save space.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from autograder.errors import SuiteError
from autograder.judge import evidence
from autograder.records.results import Exhibit, Picture

MAX_PICTURES = 40  # in one exhibit
MAX_PIXELS = 32 * 32  # of one picture
MAX_POINTS = 32  # of a curve


def images(caption: str, width: int, rows: Mapping[str, np.ndarray]) -> None:
    """Show rows of images (n, pixels) in [0, 1], each row under its label."""
    pictures = [Picture(label, hexed(image)) for label, row in rows.items() for image in row]
    _show(Exhibit("images", caption, width, tuple(pictures)))


def strip(caption: str, width: int, terms: Sequence[tuple[str, str, np.ndarray]]) -> None:
    """Show images in one line as terms of a sum: (sign before it, label, pixels in [0, 1])."""
    pictures = [Picture(label, hexed(image), sign) for sign, label, image in terms]
    _show(Exhibit("strip", caption, width, tuple(pictures)))


def curve(
    caption: str,
    x: Sequence[float],
    y: Sequence[float],
    band: tuple[Sequence[float], Sequence[float]],
    names: tuple[str, str],
) -> None:
    """Show y over x, named by `names` (x, y), with the band (low, high) in which correct work lies."""
    low, high = map(_rounded, band)
    drawn = Exhibit("curve", caption, x=_rounded(x), y=_rounded(y), low=low, high=high)
    _show(replace(drawn, x_name=names[0], y_name=names[1]))


def mark(x: float, name: str) -> None:
    """Mark one x of the most recent curve as the student's `name`."""
    shown = evidence.running().exhibits
    shown[-1] = replace(shown[-1], mark=float(x), mark_name=name)


def hexed(image: np.ndarray) -> str:
    """Return pixels, clipped to [0, 1], as hexadecimal bytes."""
    return np.rint(np.clip(np.ravel(image), 0, 1) * 255).astype(np.uint8).tobytes().hex()


def _rounded(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(f"{value:.4g}") for value in values)


def _show(exhibit: Exhibit) -> None:
    pixels = max((len(p.pixels) // 2 for p in exhibit.pictures), default=0)
    if len(exhibit.pictures) > MAX_PICTURES or pixels > MAX_PIXELS or len(exhibit.x) > MAX_POINTS:
        raise SuiteError(
            f"exhibit: expected at most {MAX_PICTURES} pictures of {MAX_PIXELS} pixels and "
            f"{MAX_POINTS} points, got {len(exhibit.pictures)} of {pixels} and {len(exhibit.x)} points; "
            "show less"
        )
    evidence.running().exhibits.append(exhibit)
