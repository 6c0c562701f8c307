"""Capacity: PCA against scikit-learn's and a linear network, the collapse, denoising, the figures."""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from reference.baselines import mean_predictor_error, pca_errors
from reference.capacity_figures import plot_capacity, plot_penalty, plot_restored
from reference.data import make_loader
from reference.undercomplete_overcomplete import (
    Autoencoder,
    Noise,
    active_units,
    experiment,
    measure,
    pca_reconstruction,
    sparse_loss,
    train_denoising,
)


def flat(loader):
    return torch.cat([images.flatten(1) for images, _ in loader])


def test_pca_is_scikit_learns_and_has_the_errors_of_the_baseline(digits):
    train, test = map(flat, digits)
    pca = PCA(5).fit(train.numpy())
    expected = pca.inverse_transform(pca.transform(test.numpy()))
    rebuilt = pca_reconstruction(train, test, 5)
    assert np.abs(rebuilt.numpy() - expected).max() < 1e-4
    error = float((rebuilt - test).square().mean())
    assert error == pytest.approx(pca_errors(*digits, [5])[0], rel=1e-3)


def test_no_direction_is_the_mean_and_all_are_the_image(digits):
    train, test = map(flat, digits)
    assert torch.equal(pca_reconstruction(train, test, 0), train.mean(0).expand_as(test))
    assert (pca_reconstruction(train, test, 64) - test).abs().max() < 1e-4


def test_a_linear_network_comes_close_to_pca_and_never_beats_it_on_its_own_images(digits):
    train = flat(digits[0])
    torch.manual_seed(0)
    model = Autoencoder(8, linear=True)
    train_denoising(model, digits[0], partial(sparse_loss, weight=0.0), Noise(0.0), epochs=15, lr=1e-2)
    error = float((model(train)[0] - train).square().mean().detach())
    best = float((pca_reconstruction(train, train, 8) - train).square().mean())
    assert best < error < 1.1 * best


def test_the_loss_is_the_sum_of_both_means_and_a_latent_of_zero_has_a_finite_gradient():
    x_hat, x = torch.tensor([[0.5, 0.0]], requires_grad=True), torch.tensor([[0.0, 0.0]])
    z = torch.tensor([[2.0, 0.0, -1.0, 0.0]], requires_grad=True)
    loss = sparse_loss(x_hat, x, z, 0.4)
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0.125 + 0.4 * 0.75)
    assert z.grad.tolist() == [[pytest.approx(0.1), 0, pytest.approx(-0.1), 0]]


def test_units_are_counted_by_their_variance_relative_to_the_largest():
    z = torch.tensor([[9.0, 1.0, 0.05], [9.0, -1.0, 0.1]])
    assert active_units(z) == active_units(z * 1e-9) == 1
    assert active_units(z, 1e-4) == 2
    assert active_units(torch.ones(4, 3)) == 0
    assert type(active_units(z)) is int


def test_training_corrupts_every_batch_and_returns_the_mean_over_samples():
    torch.manual_seed(0)
    x = torch.rand(10, 1, 8, 8)
    seen: list[int] = []

    def corrupt(batch):
        seen.append(len(batch))
        return batch * 0.5

    model = Autoencoder(3)
    before = sparse_loss(model(x.flatten(1) * 0.5)[0], x.flatten(1), torch.zeros(1), 0.0).item()
    loss_fn = partial(sparse_loss, weight=0.0)
    history = train_denoising(model.eval(), make_loader(x, torch.zeros(10), 4), loss_fn, corrupt, 2, 0.0)
    assert seen == [4, 4, 2] * 2
    assert history == pytest.approx([before, before], rel=1e-5)
    assert model.training


def test_a_penalty_of_weight_one_collapses_to_the_mean_image(digits):
    model, row = experiment(128, weight=1.0)
    assert row["error"] == pytest.approx(mean_predictor_error(*digits), rel=0.02)
    assert row["size"] < 0.002
    assert row["used"] > 0  # the relative count does not show it
    assert measure(model, digits[1])["error"] == pytest.approx(row["error"], rel=0.05)


def test_the_figures_show_every_seed():
    rows = [{"error": 0.02, "used": 3, "size": 0.5}, {"error": 0.03, "used": 4, "size": 0.6}]
    capacity = plot_capacity({2: rows, 128: rows}, {8: rows}, {2: 0.05}, 0.07)
    dots = [
        line for line in capacity.axes[0].lines if line.get_marker() == "." and len(line.get_xdata()) == 2
    ]
    assert len(dots) == 3
    penalty = plot_penalty({0.0: rows, 0.1: rows}, 0.07)
    assert [axes.get_title() for axes in penalty.axes][1] == "active units"
    restored = plot_restored({"digits": torch.rand(3, 64), "restored": torch.rand(3, 64)})
    assert len(restored.axes) == 6
    plt.close("all")


def test_noise_is_drawn_anew_and_is_the_same_for_the_same_seed():
    x, noise = torch.zeros(50, 64), Noise(0.3, seed=1)
    first, second = noise(x), noise(x)
    assert not torch.equal(first, second)
    assert torch.equal(first, Noise(0.3, seed=1)(x))
    assert float(first.std()) == pytest.approx(0.3, rel=0.05)
    assert isinstance(Autoencoder(2, linear=True).encoder, nn.Linear)
