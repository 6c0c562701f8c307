"""Charts: PNGs that another decoder can read, axes that cover all values, bars that add up."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from papers import CURVE, IMAGES
from PIL import Image

from autograder.pages import charts


def test_another_decoder_reads_the_same_pixels_from_a_png() -> None:
    pixels = bytes(range(0, 240, 10))
    data = charts.png(pixels, 6).removeprefix("data:image/png;base64,")
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert (image.size, image.mode) == ((6, 4), "L")
    assert np.asarray(image).tobytes() == pixels


def test_a_screen_reader_sees_a_row_of_images_as_one_picture() -> None:
    drawn = charts.draw(IMAGES)
    assert re.findall('aria-label="([^"]+)"', drawn) == ["digits: 1 images", "yours: 1 images"]


@pytest.mark.parametrize(("top", "last"), [(0.07, 0.08), (1, 1), (37, 40), (0.0301, 0.04), (0, 1e-12)])
def test_ticks_are_round_and_reach_the_top(top: float, last: float) -> None:
    marks = charts.ticks(top)
    assert marks[0] == 0
    assert marks[-1] == pytest.approx(last)
    assert 2 <= len(marks) <= 8


def test_a_curve_stays_in_its_frame_and_falls_with_its_values() -> None:
    drawn = charts.draw(replace(CURVE, y=(0.9, 0.2, -1.0)))
    (line,) = re.findall('class="line" points="([^"]+)"', drawn)
    points = [tuple(map(float, point.split(","))) for point in line.split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted(y for _, y in points)
    assert all(0 <= x <= charts.WIDTH and 0 <= y <= charts.HEIGHT for x, y in points)


def test_a_histogram_counts_every_score_once() -> None:
    drawn = charts.histogram([0, 8, 9, 45, 89, 90, 90], 90)
    counts = [int(n) for n in re.findall('class="count"[^>]*>(\\d+)<', drawn)]
    assert sum(counts) == 7
    assert "submissions by points: 0 to 10: 3, 40 to 50: 1, 80 to 90: 3" in drawn


def test_a_histogram_without_scores_is_drawn() -> None:
    assert "submissions by points: none" in charts.histogram([], 90)
