"""Reads one class's centroid from whatever a submission returns them in: rows, or a mapping by label."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.judge import expect


def row(centroids: Any, label: int, k: int) -> np.ndarray:
    """Return the centroid of `label` as (k,), from rows (n, k), a list of rows, or a mapping by label."""
    if isinstance(centroids, dict):
        found = next((centroids[key] for key in (label, str(label), float(label)) if key in centroids), None)
        expect.true(found is not None, f"class_centroids(…): no entry for class {label}")
    else:
        rows = expect.sequence("class_centroids(…)", centroids)
        expect.true(
            label < len(rows), f"class_centroids(…): expected a row for class {label}, got {len(rows)} rows"
        )
        found = rows[label]
    values = expect.array(f"centroid of class {label}", found)
    expect.true(values.size == k, f"centroid of class {label}: expected {k} values, got shape {values.shape}")
    return values.reshape(k)
