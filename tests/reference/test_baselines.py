"""PCA against scikit-learn's, and the mean image against NumPy."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from reference import baselines
from reference.baselines import mean_predictor_error, pca_errors
from reference.losses import mse_loss
from reference.training import evaluate


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


def test_pca_as_an_autoencoder_spans_scikit_learns_components_and_has_their_error(digits):
    model = baselines.PCA(digits[0], 3)
    train = digits[0].dataset.tensors[0].flatten(1)
    expected = PCA(3).fit(train.double().numpy())
    cosines = np.linalg.svd(model.axes.numpy().T @ expected.components_.T, compute_uv=False)
    assert cosines.min() > 0.99999
    assert evaluate(model, digits[1], mse_loss, "cpu") == pytest.approx(pca_errors(*digits, [3])[0], rel=1e-4)
    z = model.encode(train)
    assert model(train)[1].equal(z)
    assert model.latent_dim == z.shape[1] == 3
