"""Measures the numbers that handout and model answer quote: the notebook's experiments, over five seeds.

    python assignments/undercomplete_overcomplete/tools/measure.py

writes docs/numbers/undercomplete_overcomplete.json, in about two minutes on one core.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from reference.data import all_images, digits  # noqa: E402
from reference.undercomplete_overcomplete import experiment, pca_reconstruction  # noqa: E402

OUT = ROOT / "docs/numbers/undercomplete_overcomplete.json"
SEEDS = 5
DIMS = (2, 8, 32, 64, 128)
PLANS = (
    [{"k": k} for k in DIMS]
    + [{"k": k, "linear": True} for k in DIMS]
    + [{"k": 128, "weight": weight} for weight in (0.01, 0.1, 0.3, 1.0)]
    + [{"k": k, "sigma": 0.3, "linear": linear} for k in (8, 128) for linear in (False, True)]
)


def pca(seed: int) -> dict[str, float]:
    """Return the test error of PCA by k; k = 0 is the mean image."""
    train, test = map(all_images, digits(seed=seed))
    return {str(k): float((pca_reconstruction(train, test, k) - test).square().mean()) for k in (0, *DIMS[:4])}


def main() -> None:
    """Run every plan at every seed, and write the measurements."""
    torch.set_num_threads(1)
    runs = [{**plan, "seed": seed, **experiment(seed=seed, **plan)[1]} for plan in PLANS for seed in range(SEEDS)]
    lines = ",\n".join(json.dumps(run) for run in runs)
    baselines = json.dumps([pca(seed) for seed in range(SEEDS)])
    OUT.write_text(f'{{"pca": {baselines},\n"runs": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
