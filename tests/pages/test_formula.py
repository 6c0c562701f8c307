"""Formulas as SVG: drawn in the text's colour and size, spoken by a screen reader, refused if unreadable."""

from __future__ import annotations

import re

import pytest

from autograder.pages import formula
from autograder.pages.formula import svg


def box(tex: str) -> tuple[float, ...]:
    (found,) = re.findall(r'viewBox="([^"]+)"', svg(tex))
    return tuple(map(float, found.split()))


def test_a_formula_fills_its_box_and_nothing_is_outside() -> None:
    left, top, width, height = box(r"\frac{1}{n} \sum_i (x_i - \hat{x}_i)^2")
    (path,) = re.findall(r'<path d="([^"]+)"', svg(r"\frac{1}{n} \sum_i (x_i - \hat{x}_i)^2"))
    numbers = [float(n) for n in re.findall(r"-?\d+\.\d+", path)]
    xs, ys = numbers[::2], numbers[1::2]
    assert left <= min(xs) <= max(xs) <= left + width
    assert top <= min(ys) <= max(ys) <= top + height
    assert max(xs) - min(xs) > 0.8 * width


def test_a_longer_formula_is_wider_and_a_fraction_hangs_lower() -> None:
    assert box("x + y")[2] > box("x")[2]
    hanging = [int(re.findall(r"hangs-(\d+)", svg(tex))[0]) for tex in ("x", r"\sum_{i=1}^n x_i")]
    assert hanging[0] < hanging[1] <= formula.MOST_HANGING


def test_a_screen_reader_hears_words() -> None:
    said = formula.spoken(r"\frac{1}{n} \sum_i (x_i - \hat{x}_i)^2")
    assert said == "1 over n sum over _i (x_i - estimated x _i)^2"
    assert "\\" not in formula.spoken(r"z = f_\theta(x) \in \mathbb{R}^k, \; k \geq d")


def test_a_formula_that_cannot_be_read_is_quoted() -> None:
    with pytest.raises(ValueError, match=r"'\\\\nonsense\{x': expected a formula that matplotlib can set"):
        svg(r"\nonsense{x")
