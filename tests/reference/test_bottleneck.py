"""Kneedle on the curve of its paper, on sharp and on straight ones; votes where the answer is plain."""

import numpy as np
import pytest

from reference.bottleneck import ELBOWS, elbow_votes, kneedle

DIMS, SHARP = (2, 4, 8, 16, 32, 64), (0.040, 0.030, 0.005, 0.0049, 0.0048, 0.0047)


def test_the_knee_of_the_papers_figure_2_is_found():
    x = np.linspace(0, 1, 10)  # its curve is -1 / (x + 0.1) + 5, its knee at x = 0.22
    assert x[kneedle(range(1, 11), 1 / (x + 0.1), logarithmic=False) - 1] == pytest.approx(0.22, abs=0.01)


def test_a_sharp_corner_is_found_and_is_one_of_the_dimensions():
    assert kneedle(DIMS, SHARP) == 8


def test_a_straight_line_has_no_elbow():
    assert kneedle(DIMS, (6, 5, 4, 3, 2, 1)) is None


def test_every_way_of_looking_agrees_on_a_sharp_corner():
    curves = np.array(SHARP) + np.random.default_rng(0).normal(0, 1e-5, size=(5, 6))
    votes = elbow_votes(DIMS, curves, draws=20)
    assert set(votes) == set(ELBOWS)
    assert all(vote == {"8": 1.0} for vote in votes.values())


def test_votes_are_shares_and_an_unsure_elbow_is_shared():
    first, second = (10, 2, 1.9, 1.8, 1.7, 1.6), (10, 9, 2, 1.9, 1.8, 1.7)
    vote = elbow_votes(DIMS, [first, first, second, second], draws=100)["Kneedle, logarithmic axis"]
    assert sum(vote.values()) == pytest.approx(1)
    assert len(vote) > 1


def test_a_curve_without_an_elbow_is_counted_as_none():
    assert elbow_votes(DIMS, [(6, 5, 4, 3, 2, 1)] * 2, draws=5)["Kneedle, logarithmic axis"] == {"none": 1.0}


def test_the_same_seed_gives_the_same_votes():
    curves = np.random.default_rng(1).random((4, 6)).cumsum(axis=1)[:, ::-1]
    assert elbow_votes(DIMS, curves, draws=30) == elbow_votes(DIMS, curves, draws=30)
