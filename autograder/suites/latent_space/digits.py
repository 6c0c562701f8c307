"""Real handwritten digits for the pictures that students are shown; nothing here is judged or secret.

`digits.npz` is written by `make digits` (see autograder/digits.py): images and labels, the weights of a small
model that knows digits, and the errors, mean and standard deviation, of right sweeps.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

WIDTH, PIXELS = 8, 64
LATENT = 12  # of the small model
DIMS = (2, 4, 8, 16, 32)
BATCH, EPOCHS, LR = 100, 8, 1e-2
N_TRAIN = 600


@cache
def stored() -> dict[str, np.ndarray]:
    """Return everything in digits.npz by name."""
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as file:
        return dict(file)


def images() -> np.ndarray:
    """Return all digits (n, 1, 8, 8) in [0, 1], float32, in a fixed order."""
    return (stored()["pixels"].astype(np.float32) / 16).reshape(-1, 1, WIDTH, WIDTH)


def loaders(student):
    """Make loaders of the training and the test digits in the student's process."""
    x, y = images(), stored()["labels"].astype(np.int64)
    train = student.make("quick_loader", x[:N_TRAIN], y[:N_TRAIN], BATCH)
    return train, student.make("quick_loader", x[N_TRAIN:], y[N_TRAIN:], BATCH)


def first_ten() -> np.ndarray:
    """Return the first ten test digits, flat: (10, 64)."""
    return images()[N_TRAIN : N_TRAIN + 10].reshape(10, PIXELS)


def weights() -> list[np.ndarray]:
    """Return the small model's weights (down, bias_z, up, bias_x)."""
    return [stored()[name] for name in ("down", "bias_z", "up", "bias_x")]


def band() -> tuple[list[float], list[float]]:
    """Return the errors between which right work lies, by dimension: three standard deviations either way."""
    mean, sd = stored()["errors_mean"], stored()["errors_sd"]
    return (mean - 3 * sd).tolist(), (mean + 3 * sd).tolist()
