"""The autoencoder against the same function computed by NumPy, and what its callers rely on."""

import numpy as np
import pytest
import torch

from reference.model import AutoencoderWithAnalysis


def by_numpy(model, x):
    """(reconstruction, latent) from the model's weights alone, in float64."""
    w = [p.detach().double().numpy() for p in model.parameters()]

    def layer(h, i):
        return h @ w[2 * i].T + w[2 * i + 1]

    def relu(h):
        return np.maximum(h, 0)

    z = layer(relu(layer(relu(layer(x, 0)), 1)), 2)
    return 1 / (1 + np.exp(-layer(relu(layer(relu(layer(z, 3)), 4)), 5))), z


@pytest.mark.parametrize(("input_dim", "latent_dim"), [(784, 32), (64, 2), (5, 7)])
def test_it_computes_the_function_that_its_weights_define(input_dim, latent_dim):
    model = AutoencoderWithAnalysis(input_dim, latent_dim)
    x = torch.rand(6, input_dim)
    reconstruction, latent = model(x)
    expected = by_numpy(model, x.double().numpy())
    np.testing.assert_allclose(reconstruction.detach(), expected[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(latent.detach(), expected[1], rtol=1e-4, atol=1e-6)


def test_layers_have_the_taught_sizes():
    shapes = [tuple(p.shape) for p in AutoencoderWithAnalysis().parameters() if p.ndim == 2]
    assert shapes == [(256, 784), (128, 256), (32, 128), (128, 32), (256, 128), (784, 256)]


def test_the_latent_dimension_is_an_attribute():
    assert AutoencoderWithAnalysis().latent_dim == 32
    assert AutoencoderWithAnalysis(latent_dim=3).latent_dim == 3


@pytest.mark.parametrize("batch", [1, 2, 9])
def test_forward_is_encode_then_decode(batch):
    model, x = AutoencoderWithAnalysis(16, 3), torch.rand(batch, 16)
    reconstruction, latent = model(x)
    assert latent.shape == (batch, 3)
    assert torch.equal(latent, model.encode(x))
    assert torch.equal(reconstruction, model.decode(latent))


def test_pixels_lie_between_zero_and_one_and_latents_anywhere():
    model = AutoencoderWithAnalysis(16, 4)
    pixels = model.decode(1000 * torch.randn(50, 4))
    assert 0 <= pixels.min() < 0.1
    assert 0.9 < pixels.max() <= 1
    z = model.encode(100 * torch.randn(50, 16))
    assert z.min() < 0 < z.max()


def test_every_parameter_learns():
    model = AutoencoderWithAnalysis(16, 4)
    reconstruction, _ = model(torch.rand(8, 16))
    reconstruction.sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_two_models_share_nothing():
    a, b = AutoencoderWithAnalysis(16, 4), AutoencoderWithAnalysis(16, 4)
    assert not {p.data_ptr() for p in a.parameters()} & {p.data_ptr() for p in b.parameters()}


def test_weights_survive_a_round_trip():
    a, b, x = AutoencoderWithAnalysis(16, 4), AutoencoderWithAnalysis(16, 4), torch.rand(3, 16)
    b.load_state_dict(a.state_dict())
    assert torch.equal(a(x)[0], b(x)[0])
