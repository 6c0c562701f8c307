"""Writes a file or folder completely or not at all: no reader sees half of it, even after a crash.

Ledgers grow by whole lines, which are never rewritten.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

READABLE, PRIVATE = 0o666, 0o600  # modes of a new file, before the umask


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` to write to; move it to `path` if the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    yield partial
    partial.replace(path)


def write_whole(path: Path, content: str | bytes, durable: bool = False, mode: int = READABLE) -> None:
    """Write `content` (text as UTF-8) to `path` and create its folder; if `durable`, wait for the disk."""
    data = content.encode() if isinstance(content, str) else content
    with whole(path) as partial, open(partial, "wb", opener=lambda p, flags: os.open(p, flags, mode)) as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())


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
