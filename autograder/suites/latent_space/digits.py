"""Real handwritten digits for the pictures that students see; nothing here is judged or secret.

`make digits` writes `digits.npz` (see assignments/latent_space/tools/make_digits.py): images and labels, the
weights of two models trained on digits, and the mean and standard deviation of the errors of right sweeps.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

WIDTH, PIXELS = 8, 64
LATENT = 12  # of the small model
MODEL_SIZES = (PIXELS, 256, 128, 16)  # of the model that question 1 asks for
MODEL_LATENT = MODEL_SIZES[-1]
DIMS = (2, 4, 8, 16, 32)
BATCH, EPOCHS, LR = 150, 3, 6e-2
N_TRAIN = 600
SEED = 12  # for first weights and the order of training digits: the nearest of 30 to the band's middle


@cache
def stored() -> dict[str, np.ndarray]:
    """Return everything in digits.npz by name."""
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as file:
        return dict(file)


def images() -> np.ndarray:
    """Return all digits (n, 1, 8, 8) in [0, 1], float32, in a fixed order."""
    return (stored()["pixels"].astype(np.float32) / 16).reshape(-1, 1, WIDTH, WIDTH)


def loaders(student):
    """Make loaders of the training and the test digits in the student's process.

    Training digits are shuffled because one writer's digits follow each other: similar batches train faster.
    """
    x, y = images(), stored()["labels"].astype(np.int64)
    order = np.random.default_rng(SEED).permutation(N_TRAIN)
    train = student.make("quick_loader", x[order], y[order], BATCH)
    return train, student.make("quick_loader", x[N_TRAIN:], y[N_TRAIN:], BATCH)


def first_ten() -> np.ndarray:
    """Return the first ten test digits, flat: (10, 64)."""
    return images()[N_TRAIN : N_TRAIN + 10].reshape(10, PIXELS)


def first_weights(k: int) -> list[np.ndarray]:
    """Return initial weights (down, bias_z, up, bias_x) of a model with one layer in, one out and k latents.

    Latents are random directions from the mean digit, and up is down's transpose, so that few steps suffice.
    """
    mean = images()[:N_TRAIN].reshape(N_TRAIN, PIXELS).mean(0)
    down = np.random.default_rng([SEED, k]).normal(size=(PIXELS, k)) * 0.25
    grey = mean.clip(0.02, 0.98)  # the sigmoid reaches neither 0 nor 1
    weights = down, -mean @ down, down.T * 2 / k**0.5, np.log(grey / (1 - grey))
    return [array.astype(np.float32) for array in weights]


def weights() -> list[np.ndarray]:
    """Return the small model's weights (down, bias_z, up, bias_x)."""
    return [stored()[name] for name in ("down", "bias_z", "up", "bias_x")]


def stack() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return trained (weight, bias) of question 1's six layers; the decoder's are transposed."""
    kept = stored()
    down = [kept[f"weight_{i}"] * kept[f"scale_{i}"] for i in range(3)]  # stored as integers
    bias = [kept[f"bias_{i}"] for i in range(4)]
    decoder = [(w.T, b) for w, b in zip(down[::-1], bias[2::-1], strict=True)]
    return [*zip(down, bias[1:], strict=True), *decoder]


def band() -> tuple[list[float], list[float]]:
    """Return the lowest and highest errors of right sweeps by dimension: mean ± 3 standard deviations."""
    mean, sd = stored()["errors_mean"], stored()["errors_sd"]
    return (mean - 3 * sd).tolist(), (mean + 3 * sd).tolist()
