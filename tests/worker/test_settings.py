"""Settings that cells leave behind are reset before checks, and a kernel's own come back afterwards."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from autograder.worker import settings


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = settings.read()
    with warnings.catch_warnings():
        yield
    settings.apply(before)


LEFT = {
    "grad mode": "torch.set_grad_enabled(False)",
    "inference mode": "guard = torch.inference_mode(); guard.__enter__()",
    "default dtype": "torch.set_default_dtype(torch.float64)",
    "default device": "torch.set_default_device('meta')",
    "matmul precision": "torch.set_float32_matmul_precision('medium')",
    "deterministic algorithms": "torch.use_deterministic_algorithms(True)",
    "anomaly detection": "torch.autograd.set_detect_anomaly(True)",
    "autocast": "torch.set_autocast_enabled('cpu', True)",
    "errors of NumPy": "np.seterr(all='raise')",
    "warnings": "warnings.simplefilter('error')",
}


@pytest.mark.parametrize("left", LEFT)
def test_what_a_cell_leaves_is_reset_and_can_come_back(left: str) -> None:
    before = settings.read()
    kept: dict[str, object] = {}
    exec(LEFT[left], {"torch": torch, "np": np, "warnings": warnings}, kept)
    changed = settings.read()
    assert changed != before
    settings.apply(before)
    assert settings.read() == before
    settings.apply(changed)
    assert settings.read() == changed


def test_fresh_settings_are_those_of_this_fresh_process() -> None:
    found = settings.read()
    assert {name: found[name] for name in settings.FRESH} == settings.FRESH


def test_a_model_trains_again_after_inference_mode_was_left_on() -> None:
    guard = torch.inference_mode()
    guard.__enter__()
    settings.apply(settings.FRESH)
    assert torch.nn.Linear(2, 2)(torch.zeros(1, 2)).requires_grad
