"""Seeding a check's process: the numbers are those that `manual_seed` gives."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from autograder.worker.pristine import seed_everything

SEEDS = (0, 7, 2**62 + 1)


def drawn() -> tuple[object, ...]:
    return (
        random.random(),
        np.random.rand(),
        torch.rand(3).tolist(),
        torch.randn(2).tolist(),
        torch.initial_seed(),
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("version", ["2.13.0+cpu", "2.13.0"])
def test_all_generators_are_seeded_alike_on_every_build_of_torch(
    seed: int, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    wanted = drawn()
    monkeypatch.setattr(torch, "__version__", version)
    seed_everything(seed)
    assert drawn() == wanted
    assert torch.get_num_threads() == 1
