"""What a suite drew for its release: the numbers in drawn.json, and the seed of each check.

A suite's draw.py makes that file from a secret (autograder/authoring/drawing.py). A suite without the file,
as students have it, draws nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from autograder.errors import SuiteError

FILE = "drawn.json"
T = TypeVar("T")


def of(place: str | Path) -> dict[str, Any]:
    """Return the numbers drawn for the suite that the file at `place` belongs to, by part.

    Reads drawn.json in the file's folder or the one above. Raises SuiteError if there is none, or if it is
    not a table.
    """
    folders = Path(place).resolve().parents[:2]
    path = next((folder / FILE for folder in folders if (folder / FILE).is_file()), None)
    if path is None:
        raise SuiteError(
            f"{folders[0]}: expected {FILE}, got none; run python -m autograder.authoring.drawing"
        )
    return _read(path)


def key_of(suite: Path) -> str:
    """Return the key from which a suite derives its seeds; empty if nothing was drawn. Raises SuiteError."""
    path = suite / FILE
    return str(_read(path).get("key", "")) if path.is_file() else ""


def _read(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SuiteError(f"{path}: expected JSON, got something else ({error}); draw it again") from error
    if not isinstance(table, dict):
        raise SuiteError(f"{path}: expected a table, got {type(table).__name__}; draw it again")
    return table


def number(key: str, *words: object) -> int:
    """Return a number of 63 bits that `words` lead to, and that says nothing to those without the key."""
    text = "|".join([key, *map(str, words)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


# --- for a suite's draw.py --------------------------------------------------------------------------------


def key(secret: str) -> str:
    """Return the key that belongs to a secret; it does not lead back to the secret."""
    return hashlib.blake2b(f"key|{secret}".encode(), digest_size=16).hexdigest()


def generator(secret: str, part: str) -> np.random.Generator:
    """Return the random numbers of one part of a drawing; other parts do not change them."""
    digest = hashlib.blake2b(f"{part}|{secret}".encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest))


def until(make: Callable[[], T], good: Callable[[T], bool], tries: int = 5000) -> T:
    """Return the first value made that is good. Raises SuiteError after so many tries."""
    for _ in range(tries):
        value = make()
        if good(value):
            return value
    raise SuiteError(f"{good.__name__}: expected a good draw, got none in {tries} tries; widen the ranges")
