"""Intervals against scipy's t-tests, by simulation, and what they refuse."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_rel

from reference.report.intervals import difference, interval

A, B = [0.31, 0.28, 0.35, 0.30], [0.25, 0.27, 0.26, 0.24]


def test_the_interval_is_that_of_the_t_test():
    found, expected = interval(A), ttest_1samp(A, 0).confidence_interval(0.95)
    assert (found.mean, found.n) == (pytest.approx(np.mean(A)), 4)
    assert (found.low, found.high) == pytest.approx(tuple(expected))
    assert found.half == pytest.approx((expected.high - expected.low) / 2)


def test_a_difference_is_taken_seed_by_seed():
    expected = ttest_rel(A, B).confidence_interval(0.95)
    assert (difference(A, B).low, difference(A, B).high) == pytest.approx(tuple(expected))


def test_the_sign_is_told_only_where_the_interval_leaves_out_zero():
    assert [difference(A, B).sign, difference(B, A).sign, difference(A, A[::-1]).sign] == [1, -1, 0]


def test_it_holds_the_true_mean_in_95_of_100_samples():
    samples = np.random.default_rng(0).normal(3, 2, size=(4000, 5))
    found = [interval(sample) for sample in samples]
    assert np.mean([i.low < 3 < i.high for i in found]) == pytest.approx(0.95, abs=0.012)


def test_one_seed_has_no_interval():
    with pytest.raises(ValueError, match="expected the values of two seeds or more, got 1; run more seeds"):
        interval([1.0])


def test_runs_of_different_seeds_are_not_compared():
    with pytest.raises(ValueError, match="expected one value of each per seed, got 4 and 3"):
        difference(A, B[:3])
