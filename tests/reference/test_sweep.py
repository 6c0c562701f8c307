"""The sweep on data of known intrinsic dimension and on tiny known models; the elbow on known curves."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from reference.data import make_loader, synthetic
from reference.model import AutoencoderWithAnalysis
from reference.sweep import find_elbow, find_optimal_latent_dim


class Small(nn.Module):
    """32 - 128 - k - 128 - 32: learns the synthetic images in half a second."""

    def __init__(self, latent_dim):
        super().__init__()
        self.down = nn.Sequential(nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, latent_dim))
        self.up = nn.Sequential(nn.Linear(latent_dim, 128), nn.ReLU(), nn.Linear(128, 32))

    def forward(self, x):
        z = self.down(x)
        return self.up(z).sigmoid(), z


class Constant(nn.Module):
    """Reconstructs latent_dim / 10 everywhere, half of it in train mode; learns nothing. Counts its kind."""

    made: list = []  # noqa: RUF012

    def __init__(self, latent_dim=32):
        super().__init__()
        self.level, self.unused = latent_dim / 10, nn.Parameter(torch.zeros(1))
        self.made.append(latent_dim)

    def forward(self, x):
        return torch.full_like(x, self.level * (0.5 if self.training else 1)) + 0 * self.unused, x


@pytest.mark.parametrize("r", [2, 4])
def test_the_error_collapses_at_the_intrinsic_dimension(r):
    train, test = synthetic(r, d=32, n=1024, batch_size=64, seed=r)
    results = find_optimal_latent_dim(train, test, "cpu", range(1, 7), epochs=8, lr=1e-2, model_class=Small)
    errors = np.array([result["error"] for result in results])
    drops = errors[:-1] / errors[1:]
    assert np.argmax(drops) + 2 == r
    assert drops.max() > 8


def test_few_dimensions_cost_more_than_some_on_digits(digits):
    model_class = partial(AutoencoderWithAnalysis, 64)
    few, some = find_optimal_latent_dim(*digits, "cpu", (2, 8), epochs=12, model_class=model_class)
    assert few["error"] > 1.1 * some["error"]


def test_the_error_is_the_mean_over_test_samples_in_eval_mode():
    labels = torch.zeros(9, dtype=torch.long)
    images = torch.cat([torch.full((8, 1, 2, 2), 0.5), torch.ones(1, 1, 2, 2)])
    test = make_loader(images, labels, batch_size=8)
    train = make_loader(torch.zeros(9, 1, 2, 2), labels, batch_size=4)
    results = find_optimal_latent_dim(train, test, "cpu", dims=(2, 4), epochs=1, model_class=Constant)
    expected = [(8 * (0.5 - level) ** 2 + (1 - level) ** 2) / 9 for level in (0.2, 0.4)]
    assert [r["error"] for r in results] == pytest.approx(expected, rel=1e-6)


def test_there_is_a_fresh_model_and_a_result_per_dimension_in_the_order_given():
    loader = make_loader(torch.rand(4, 1, 2, 2), torch.zeros(4, dtype=torch.long))
    Constant.made.clear()
    results = find_optimal_latent_dim(loader, loader, "cpu", [5, 1, 3, 1], epochs=1, model_class=Constant)
    assert Constant.made == [5, 1, 3, 1]
    assert [r["dim"] for r in results] == [5, 1, 3, 1]
    assert all(set(r) == {"dim", "error"} and isinstance(r["error"], float) for r in results)


@pytest.mark.parametrize(
    ("dims", "errors", "elbow"),
    [
        ((2, 4, 8, 16, 32, 64), (0.040, 0.030, 0.005, 0.0049, 0.0048, 0.0047), 8),
        ((1, 2, 3, 4, 5), (0.5, 0.02, 0.019, 0.018, 0.017), 2),
        (range(1, 9), (8, 6, 4, 0.5, 0.4, 0.3, 0.2, 0.1), 4),
        ((64, 2, 16, 8, 32, 4), (0.0047, 0.040, 0.0049, 0.005, 0.0048, 0.030), 8),
    ],
)
def test_the_elbow_is_the_sharp_corner(dims, errors, elbow):
    assert find_elbow(dims, errors) == elbow


@pytest.mark.parametrize("errors", [(3, 2, 1), (1, 1, 1), (1, 2, 3), (1, 5, 1)])
def test_the_elbow_is_always_one_of_the_dimensions(errors):
    assert find_elbow((2, 4, 8), errors) in (2, 4, 8)
    assert find_elbow([7], errors[:1]) == 7
    assert find_elbow([7, 9], errors[:2]) in (7, 9)


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor, lambda v: [torch.tensor(e) for e in v]])
def test_the_elbow_takes_lists_arrays_and_tensors(kind):
    elbow = find_elbow(np.array([2, 4, 8, 16]), kind([0.4, 0.1, 0.09, 0.08]))
    assert elbow == 4
    assert type(elbow) is int


def test_the_elbow_leaves_its_inputs_alone():
    dims, errors = [8, 2, 4], [0.1, 0.9, 0.2]
    find_elbow(dims, errors)
    assert (dims, errors) == ([8, 2, 4], [0.1, 0.9, 0.2])


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_elbow_does_not_depend_on_the_unit_of_the_error(scale):
    assert find_elbow((2, 4, 8, 16), [scale * e for e in (9, 7, 1, 0.9)]) == 8


def test_the_elbow_agrees_with_kneedle_on_a_logarithmic_axis():
    from kneed import KneeLocator

    dims, errors = np.array([2, 4, 8, 16, 32, 64]), np.array([39.1, 25.6, 17.9, 17.0, 15.8, 15.7])
    kneedle = KneeLocator(np.log2(dims), errors, curve="convex", direction="decreasing").knee
    assert find_elbow(dims, errors) == 2**kneedle
