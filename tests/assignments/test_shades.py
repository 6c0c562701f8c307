"""The judge's stand-in of one weight per pixel: it trains as torch's does, and its runs tell shortcuts apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from autograder.judge import drawn
from autograder.suites.latent_space import shades, standins
from autograder.suites.latent_space.oracle import flat

LOSSES = {"MSE": nn.MSELoss(), "BCE": nn.BCELoss(), "L1": nn.L1Loss()}
DRAWN = drawn.of(shades.__file__)
DIMS = tuple(DRAWN["sweep"]["whole_dims"])
# seeds, sizes and losses of the hidden checks' long runs
COMPARED = [(DRAWN["losses"]["whole"], 1, loss) for loss in LOSSES]
SWEPT = [(DRAWN["sweep"]["whole"], k, "MSE") for k in DIMS]


def course(seed: int, k: int, loss: str) -> tuple[shades.Course, np.ndarray]:
    weights, x, test = shades.restless(seed, DIMS if (seed, k, loss) in SWEPT else (k,))
    return shades.Course(weights[k], x, loss=loss), test


@pytest.mark.parametrize(("seed", "k", "loss"), COMPARED)
def test_the_judge_trains_as_torch_does(seed: int, k: int, loss: str) -> None:
    run, _ = course(seed, k, loss)
    model = standins.shade_class({k: torch.from_numpy(run.first)}, run.contrast)(latent_dim=k)
    optimizer = torch.optim.Adam(model.parameters(), lr=run.lr)
    for _ in range(run.epochs):
        for batch in torch.from_numpy(run.x).flatten(1).split(shades.SIZES[0]):
            optimizer.zero_grad()
            LOSSES[loss](model(batch)[0], batch).backward()
            optimizer.step()
    np.testing.assert_allclose(model.shade.detach().numpy(), run.last, rtol=2e-5, atol=2e-7)


@pytest.mark.parametrize("loss", LOSSES)
def test_one_large_step_does_not_lead_where_ten_small_ones_do(loss: str) -> None:
    weights, _, x = shades.restless(71, [1])  # the run of the hidden check of the defaults
    small = shades.Course(weights[1], x, (len(x),), loss, 10, 1e-3, shades.MIDDLE)
    large = replace(small, epochs=1, lr=1e-2)
    allowed = 1e-3 * np.abs(small.last) + 1e-3 / shades.MIDDLE
    assert (np.abs(large.last - small.last) / allowed).max() > 10


@pytest.mark.parametrize(("seed", "k", "loss"), COMPARED + SWEPT)
def test_no_shortcut_leads_to_the_right_weights(seed: int, k: int, loss: str) -> None:
    run, _ = course(seed, k, loss)
    for cause, weights in run.shortcuts().items():
        for last in weights:
            assert np.abs(last - run.last).max() > 2e-3 * np.abs(run.last).max(), cause


@pytest.mark.parametrize(("seed", "k", "loss"), COMPARED + SWEPT)
def test_early_stopping_and_the_best_epoch_show(seed: int, k: int, loss: str) -> None:
    run, test = course(seed, k, loss)
    model, batches = shades.Shade(run.first, run.contrast), np.split(flat(run.x), np.cumsum(run.sizes)[:-1])
    history = [np.mean([model.step(x, loss, run.lr) for x in batches]) for _ in range(run.epochs)]
    ends = run.path[len(run.sizes) - 1 :: len(run.sizes)]
    tested = [
        LOSSES[loss](torch.from_numpy(run.reconstructions(w, test)), torch.from_numpy(flat(test)))
        for w in ends
    ]
    for errors in (history, [float(error) for error in tested]):
        waited = max(np.diff([i for i, e in enumerate(errors) if e <= min(errors[: i + 1])] + [len(errors)]))
        assert waited > 3
        assert np.argmin(errors) < len(errors) - 1


def test_the_nearest_cause_is_named_and_only_if_it_fits() -> None:
    got = np.array([1.0, 2.0])
    likely = {"far": [got + 1], "near": [got + 1e-5], "nearer": [got + 1, got + 1e-6]}
    assert shades.nearest(got, likely, 1e-4) == "nearer"
    assert shades.nearest(got, {"far": [got + 1]}, 1e-4) is None
    assert shades.nearest(got, {}, 1e-4) is None


def test_a_flickering_loader_gives_other_images_in_each_pass() -> None:
    images = torch.full((5, 1, 2, 2), 0.5)
    loader = standins.flickering_loader(images, torch.zeros(5), 2)
    first, second = (torch.cat([x for x, _ in loader]) for _ in range(2))
    assert first.shape == images.shape
    assert ((first - second).abs() > 0.01).all()


def test_the_judge_knows_how_bright_the_images_of_each_pass_are() -> None:
    images = torch.full((3, 1, 2, 2), 0.5)
    loader = standins.flickering_loader(images, torch.zeros(3), 2)
    for n in range(1, 6):
        seen = torch.cat([x for x, _ in loader])
        np.testing.assert_allclose(seen.numpy(), shades.brightness(n) * images.numpy(), rtol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_no_two_passes_over_a_flickering_loader_have_the_same_loss(loss: str) -> None:
    first, x, _ = shades.restless(DRAWN["losses"]["again"], [1])
    model = standins.shade_class({1: torch.from_numpy(first[1])}, shades.STRONG)(latent_dim=1)
    loader = standins.flickering_loader(torch.from_numpy(x), torch.zeros(len(x)), 8)
    passes = [
        np.mean([LOSSES[loss](model(batch.flatten(1))[0], batch.flatten(1)).item() for batch, _ in loader])
        for _ in range(4 * len(LOSSES))
    ]
    assert np.abs(np.diff(passes)).min() > 5e-5 * max(passes)  # the hidden check asks for 1e-5


@pytest.mark.parametrize("cap", [2, 8, 64, 128])
def test_a_cap_on_the_dimensions_of_a_sweep_shows_by_default(cap: int) -> None:
    weights, test, x = shades.restless(DRAWN["sweep"]["defaults"], shades.DIMS)
    settings = {"sizes": (len(x),), "epochs": 15, "lr": 1e-3, "contrast": shades.MIDDLE}
    runs = [shades.Course(weights[k], x, **settings) for k in shades.DIMS]
    errors = np.array([run.error(run.last, test[:16]) for run in runs])
    capped = errors[[shades.DIMS.index(min(k, cap)) for k in shades.DIMS]]
    assert np.abs(capped / errors - 1).max() > 1e-3
