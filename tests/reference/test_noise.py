"""The noise models against torch's distributions, gradients against autograd, answers by search."""

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Laplace, Normal

from reference import noise
from reference.losses import LOSSES, bce_loss, mae_loss, mse_loss

every_loss = pytest.mark.parametrize("loss", LOSSES)


def pair(binary=False):
    x_hat, x = torch.rand(5, 9, dtype=torch.float64).clamp(0.02, 0.98), torch.rand(5, 9, dtype=torch.float64)
    return x_hat, x.round() if binary else x


def test_the_squared_error_is_the_likelihood_of_gaussian_noise():
    x_hat, x = pair()
    expected = -Normal(x_hat, 0.3).log_prob(x).sum()
    torch.testing.assert_close(noise.gaussian_nll(x_hat, x, sigma=0.3), expected)


def test_the_cross_entropy_is_the_likelihood_of_black_and_white_pixels():
    x_hat, x = pair(binary=True)
    torch.testing.assert_close(noise.bernoulli_nll(x_hat, x), -Bernoulli(x_hat).log_prob(x).sum())


def test_the_absolute_error_is_the_likelihood_of_laplacian_noise():
    x_hat, x = pair()
    torch.testing.assert_close(noise.laplace_nll(x_hat, x, b=0.2), -Laplace(x_hat, 0.2).log_prob(x).sum())


@pytest.mark.parametrize(
    ("nll", "best"),
    [
        (noise.gaussian_nll, lambda x_hat, x: mse_loss(x_hat, x).sqrt().item()),
        (noise.laplace_nll, lambda x_hat, x: mae_loss(x_hat, x).item()),
    ],
)
def test_the_likeliest_scale_is_the_error_itself(nll, best):
    x_hat, x = pair()
    scales = np.linspace(0.05, 1, 2000)
    found = scales[np.argmin([nll(x_hat, x, scale).item() for scale in scales])]
    assert found == pytest.approx(best(x_hat, x), abs=1e-3)


@every_loss
def test_gradients_are_those_of_autograd_at_the_output_and_before_the_sigmoid(loss):
    _, x = pair()
    a = torch.randn(5, 9, dtype=torch.float64, requires_grad=True)
    x_hat = torch.sigmoid(a)
    x_hat.retain_grad()
    (x.numel() * LOSSES[loss](x_hat, x)).backward()
    torch.testing.assert_close(noise.gradient(loss, x_hat.detach(), x), x_hat.grad)
    torch.testing.assert_close(noise.logit_gradient(loss, x_hat.detach(), x), a.grad)


@every_loss
def test_the_best_single_image_is_the_one_that_a_search_finds(loss):
    images = torch.rand(9, 4, dtype=torch.float64)
    best = noise.best_single_image(loss, images)
    grid = torch.linspace(0.001, 0.999, 999, dtype=torch.float64)
    for pixel in range(4):
        column = images[:, pixel]
        losses = [LOSSES[loss](p.expand(9), column).item() for p in grid]
        assert grid[int(np.argmin(losses))].item() == pytest.approx(best[pixel].item(), abs=1.1e-3)


def test_an_edge_at_many_places_becomes_a_ramp_for_the_mean_and_a_step_for_the_median():
    edges = torch.stack([(torch.arange(11) >= place).double() for place in range(1, 10)])
    mean, median = noise.best_single_image("MSE", edges), noise.best_single_image("L1", edges)
    torch.testing.assert_close(mean[1:10], torch.arange(1, 10) / 9, check_dtype=False)
    assert median.tolist() == [0] * 5 + [1] * 6


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_outliers_move_the_mean_in_proportion_and_the_median_not_yet(share):
    black = torch.zeros(100, 7)
    assert noise.moved_by_outliers("MSE", black, share) == pytest.approx(share)
    assert noise.moved_by_outliers("L1", black, share) == 0
    assert noise.moved_by_outliers("L1", black, 0.6) == 1


def test_inverted_pixels_are_as_many_as_asked_for_and_the_others_stay():
    images = torch.rand(200, 50)
    spoilt = noise.invert_some(images, 0.2, torch.Generator().manual_seed(1))
    hit = spoilt != images
    assert hit.double().mean().item() == pytest.approx(0.2, abs=0.015)
    torch.testing.assert_close(spoilt[hit], 1 - images[hit])


def test_the_cross_entropy_of_grey_pixels_has_the_entropy_as_its_floor():
    x = torch.rand(300, dtype=torch.float64)
    floor = -(torch.xlogy(x, x) + torch.xlogy(1 - x, 1 - x)).mean()
    torch.testing.assert_close(bce_loss(x, x), floor)
