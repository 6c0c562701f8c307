"""Draws formulas as inline SVG, so that a page shows them without scripts, fonts or a network."""

from __future__ import annotations

from functools import cache
from typing import Any

from markupsafe import Markup

SIZE = 9.0  # points of a formula to an em of the page: STIX looks small beside a page's own letters
SET_IN = 10.0  # points
MARGIN = 0.6  # points around a formula
CODES = {1: ("M", 1), 2: ("L", 1), 3: ("Q", 2), 4: ("C", 3)}  # matplotlib's path codes: letter, points
CLOSE = 79
MOST_HANGING = 12  # tenths of an em below the line that the style has classes for
SPOKEN = {  # what a screen reader says, in the order of replacement
    **{r"\frac": "", r"\left": "", r"\right": "", r"\mathrm": "", r"\mathbb": "", r"\,": " ", r"\;": " "},
    **{r"\quad": " ", r"\hat": "estimated ", r"\bar": "mean ", r"\in": " in ", r"\to": " to "},
    **{r"\mid": " given ", r"\times": " times ", r"\sum": "sum over ", r"\geq": " at least "},
    r"\partial": "d ",
    **{"}{": " over ", "{": " ", "}": " ", "\\": ""},
}


@cache
def svg(tex: str) -> Markup:
    """Return a formula in LaTeX (what matplotlib understands of it) as SVG in the colour of its text.

    Raises ValueError, which quotes the formula, if it cannot be read.
    """
    path, (width, height, depth) = _outline(tex)
    box = f"{-MARGIN:g} {-height - MARGIN:.2f} {width + 2 * MARGIN:.2f} {height + depth + 2 * MARGIN:.2f}"
    wide, tall = (width + 2 * MARGIN) / SIZE, (height + depth + 2 * MARGIN) / SIZE
    hangs = min(MOST_HANGING, round((depth + MARGIN) / SIZE * 10))  # tenths of an em: a class of the style
    drawn = '<svg class="formula hangs-{}" role="img" aria-label="{}" viewBox="{}" '
    return Markup(drawn + 'width="{}em" height="{}em"><path d="{}"/></svg>').format(
        hangs, spoken(tex), box, f"{wide:.3f}", f"{tall:.3f}", path
    )


def _outline(tex: str) -> tuple[str, tuple[float, float, float]]:
    """Return the formula's outline as an SVG path, and its width, its height and its depth in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family="STIXGeneral", size=SET_IN, math_fontfamily="stix")
    setter = TextToPath()
    try:
        width, whole, depth = setter.get_text_width_height_descent(f"${tex}$", font, ismath=True)
        points, codes = setter.get_text_path(font, f"${tex}$", ismath=True)
    except ValueError as error:
        raise ValueError(f"{tex!r}: expected a formula that matplotlib can set: {error}") from error
    scale = SET_IN / setter.FONT_SCALE
    return _path(points, codes, scale), (width, whole - depth, depth)


def _path(points: Any, codes: Any, scale: float) -> str:
    parts, i = [], 0
    while i < len(codes):
        if codes[i] == CLOSE:
            parts.append("Z")
            i += 1
            continue
        letter, n = CODES[int(codes[i])]
        numbers = " ".join(f"{x * scale:.2f} {-y * scale:.2f}" for x, y in points[i : i + n])
        parts.append(f"{letter}{numbers}")
        i += n
    return "".join(parts)


def spoken(tex: str) -> str:
    """Return a formula as a screen reader can say it."""
    text = tex
    for sign, words in SPOKEN.items():
        text = text.replace(sign, words)
    return " ".join(text.split())
