"""Ledgers of decisions by staff: files that grow by whole lines, which are never rewritten."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.errors import UsageError

BACK = "back"  # what staff type to undo a decision; the undoing is a further line


def require_reason(why: str) -> None:
    """Raise UsageError if a decision has no reason."""
    if not why.strip():
        raise UsageError("--reason: expected a sentence, got nothing; say why, the student may ask")


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of the ledger at `path` that are not blank, numbered from 1; none without a file."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return ((n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip())


def append_lines(path: Path, lines: Sequence[str]) -> None:
    """Add `lines` to the ledger at `path`, all in one write; they are on the disk when this returns.

    Ends a line that a crash cut short, so that reading the ledger reports that line alone.
    """
    cut = path.is_file() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * cut + "".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
