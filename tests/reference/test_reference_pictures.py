"""The measures of pictures against NumPy and scipy, and what blur does to them."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from scipy.special import entr

from reference import pictures


def test_the_energy_is_that_of_numpys_differences():
    images = torch.rand(6, 25)
    x = images.double().numpy().reshape(6, 5, 5)
    expected = (np.diff(x, axis=1) ** 2).sum() + (np.diff(x, axis=2) ** 2).sum()
    assert pictures.gradient_energy(images) == pytest.approx(expected / x.size, rel=1e-5)


def test_blur_lowers_sharpness_and_saturation_and_raises_entropy(digits):
    sharp = digits[1].dataset.tensors[0][:100, 0]
    blurred = torch.from_numpy(gaussian_filter(sharp.numpy(), (0, 0.7, 0.7)))
    a, b = sharp.flatten(1), blurred.flatten(1)
    assert pictures.gradient_energy(b) < 0.5 * pictures.gradient_energy(a)
    assert pictures.saturation(b) < pictures.saturation(a)
    assert pictures.entropy(b) > pictures.entropy(a)


def test_saturation_counts_what_is_near_black_or_white():
    assert pictures.saturation(
        torch.tensor([[0.0, 0.04, 0.06, 0.5, 0.94, 0.96, 1.0, 0.3, 0.2]])
    ) == pytest.approx(4 / 9)


def test_entropy_is_scipys_and_vanishes_for_black_and_white():
    images = torch.rand(4, 9)
    p = images.double().numpy()
    assert pictures.entropy(images) == pytest.approx((entr(p) + entr(1 - p)).mean())
    assert pictures.entropy(images.round()) == 0
