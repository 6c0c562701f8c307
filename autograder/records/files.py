"""Writes a file or folder completely or not at all: no reader sees half of it, even after a crash."""

from __future__ import annotations

import os
from collections.abc import Iterator
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
