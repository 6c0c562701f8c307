"""`python -m joins [CLASSES] [FIRST SEED]`: see the package."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from joins import compare
from joins.compare import Count

SHOWN = 20
MEMORY = Path("/dev/shm")  # a disk would have to keep each small file


def drawn(classes: int, begin: int = 0, only: str = "") -> Count:
    """Run `classes` classes and return what became of their marks."""
    count = Count()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for seed in range(begin, begin + classes):
            compare.run(seed, Path(folder), count, only)
    return count


def main() -> int:
    """Run and print; return 1 if a mark is wrong or lost."""
    began = time.monotonic()
    numbers = [*map(int, sys.argv[1:3])]
    done = drawn(*(numbers or [10000]), only=sys.argv[3] if len(sys.argv) > 3 else "")
    for line in [*done.wrong[:SHOWN], *done.lost[:SHOWN]]:
        print(line)
    print(
        f"{done.classes} classes, {sum(done.right.values())} marks right, {sum(done.told.values())} blank "
        f"and told, {len(done.wrong)} wrong, {len(done.lost)} lost, {done.settled} doubts settled, "
        f"{sum(done.refused.values())} downloads and {sum(done.exports.values())} exports refused with a "
        f"message, {time.monotonic() - began:.0f} s"
    )
    for why, times in done.why.most_common(12):
        print(f"{times:6} {why}")
    return bool(done.wrong or done.lost)


if __name__ == "__main__":
    sys.exit(main())
