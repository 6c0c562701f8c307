"""PCA against scikit-learn's, and the mean image against NumPy."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from reference.baselines import mean_predictor_error, pca_errors


def test_errors_are_those_of_scikit_learns_pca(digits):
    train, test = (loader.dataset.tensors[0].flatten(1).double().numpy() for loader in digits)
    expected = []
    for k in (2, 8, 32):
        pca = PCA(k).fit(train)
        expected.append(np.mean((test - pca.inverse_transform(pca.transform(test))) ** 2))
    assert pca_errors(*digits, (2, 8, 32)) == pytest.approx(expected, rel=1e-6)


def test_as_many_components_as_pixels_reproduce_every_image(digits):
    assert pca_errors(*digits, [64, 256]) == pytest.approx([0, 0], abs=1e-12)


def test_no_component_is_the_mean_image(digits):
    train, test = (loader.dataset.tensors[0].flatten(1).double().numpy() for loader in digits)
    expected = np.mean((test - train.mean(axis=0)) ** 2)
    assert mean_predictor_error(*digits) == pytest.approx(expected, rel=1e-9)
    assert pca_errors(*digits, [0]) == pytest.approx([expected], rel=1e-9)
