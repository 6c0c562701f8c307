"""Writes digits.npz of the suite: what the pictures for students are drawn on. Not used in grading.

Digits come from scikit-learn; two models are trained on them here; the band comes from right sweeps: the
known-good solution with other first weights and another order of the digits each time, through the same
check, so that student and band went the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from autograder.intake import finding
from autograder.grading import OFFICIAL, standins_source
from autograder.judge.plugin import run
from autograder.judge.session import Session
from autograder.records import assignment as assignments
from autograder.records.assignment import Assignment
from autograder.sandbox.process import ProcessSandbox
from autograder.suites.latent_space import digits

ROOT = Path(__file__).parents[3]
PLACE = Path(digits.__file__).with_name("digits.npz")
CHECK = "sweep.picture_of_the_curve"
N_TEST, SEEDS = 100, 30
TRAINING_EPOCHS, TRAINING_LR = 150, 5e-3
Arrays = dict[str, np.ndarray]


def chosen() -> Arrays:
    """Return digits and labels: the first of scikit-learn's, as whole numbers from 0 to 16."""
    from sklearn.datasets import load_digits

    data, n = load_digits(), digits.N_TRAIN + N_TEST
    return {"pixels": data.data[:n].astype(np.uint8), "labels": data.target[:n].astype(np.uint8)}


def small_model(pixels: np.ndarray) -> Arrays:
    """Return the weights of a small curved model, trained on `pixels`."""
    import torch

    d, k = digits.PIXELS, digits.LATENT
    own = {
        "down": torch.randn(d, k) * 0.1,
        "bias_z": torch.zeros(k),
        "up": torch.randn(k, d) * 0.3,
        "bias_x": torch.zeros(d),
    }

    def reconstruct(x: Any) -> Any:
        return torch.sigmoid(torch.tanh(x @ own["down"] + own["bias_z"]) @ own["up"] + own["bias_x"])

    train(list(own.values()), reconstruct, pixels)
    return {name: value.detach().numpy() for name, value in own.items()}


def model(pixels: np.ndarray) -> Arrays:
    """Return the weights of the model that question 1 asks for, decoder and encoder sharing them.

    Weights are rounded to one byte each, so that the file stays small.
    """
    import torch

    sizes = digits.MODEL_SIZES
    weights = [torch.randn(b, a) * (1.5 / a) ** 0.5 for a, b in pairwise(sizes)]
    biases = [torch.zeros(n) for n in sizes]

    def reconstruct(x: Any) -> Any:
        for w, b in zip(weights, biases[1:], strict=True):
            x = (x @ w.T + b).relu() if w is not weights[-1] else x @ w.T + b
        for w, b in zip(weights[::-1], biases[2::-1], strict=True):
            x = (x @ w + b).relu() if w is not weights[0] else torch.sigmoid(x @ w + b)
        return x

    train([*weights, *biases], reconstruct, pixels)
    found = {f"bias_{i}": b.detach().numpy() for i, b in enumerate(biases)}
    for i, w in enumerate(weights):
        scale = np.float32(w.detach().abs().max() / 127)
        found |= {f"weight_{i}": np.rint(w.detach().numpy() / scale).astype(np.int8), f"scale_{i}": scale}
    return found


def train(parameters: list[Any], reconstruct: Callable[[Any], Any], pixels: np.ndarray) -> None:
    """Train `parameters` in place, so that `reconstruct` gives back the pixels."""
    import torch

    for parameter in parameters:
        parameter.requires_grad_()
    optimizer = torch.optim.Adam(parameters, lr=TRAINING_LR)
    x = torch.tensor(pixels / 16, dtype=torch.float32)
    for _ in range(TRAINING_EPOCHS):
        for batch in x[torch.randperm(len(x))].split(100):
            optimizer.zero_grad()
            torch.nn.functional.binary_cross_entropy(reconstruct(batch), batch).backward()
            optimizer.step()


def right_errors(assignment: Assignment, seeds: int = SEEDS) -> np.ndarray:
    """Return the errors (seeds, dims) that the known-good solution's sweep comes to."""
    (work,) = finding.find([ROOT / "solutions" / assignment.name / f"{assignment.name}.py"], assignment)
    run(assignment, None, OFFICIAL)  # from now on, its suite's modules are those that are imported
    with Session(ProcessSandbox(), work, assignment, standins_source(assignment)) as session:
        return np.array([swept(assignment, session, seed) for seed in range(seeds)])


def swept(assignment: Assignment, session: Session, seed: int) -> tuple[float, ...]:
    """Return the errors that the picture shows with this seed's first weights and order of the digits."""
    used = import_module(digits.__name__)  # not always the object imported above: see judge.plugin.run
    with patch.object(used, "SEED", seed):
        (check,) = run(assignment, session, OFFICIAL, (CHECK,), seed)[1]
    return check.exhibits[0].y


def write(arrays: Arrays) -> None:
    """Write digits.npz and forget what was read of it before."""
    np.savez_compressed(PLACE, **arrays)  # type: ignore[arg-type]
    digits.stored.cache_clear()


def main() -> None:
    """Write digits.npz: first with no band, then with the one that right sweeps draw."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    arrays = chosen()
    arrays |= {**small_model(arrays["pixels"]), **model(arrays["pixels"])}
    none = np.zeros(len(digits.DIMS))
    write({**arrays, "errors_mean": none, "errors_sd": none})
    errors = right_errors(assignments.load(ROOT / "assignments/latent_space/assignment.toml"))
    write({**arrays, "errors_mean": errors.mean(0), "errors_sd": errors.std(0, ddof=1)})
    print(f"{PLACE}: {PLACE.stat().st_size} bytes; errors {np.round(errors.mean(0), 4)}")


if __name__ == "__main__":
    main()
