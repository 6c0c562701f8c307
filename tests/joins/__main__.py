"""`python -m joins [CLASSES] [FIRST SEED]`: see the package."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import classroom

from joins import compare, large
from joins.compare import Count
from joins.downloads import SOURCES
from joins.exports import EXPORTS

SHOWN = 20  # failures that are printed
STEP = 1000  # classes between two lines of progress
MEMORY = Path("/dev/shm")  # a disk would have to keep each small file


def drawn(classes: int, begin: int = 0, only: str = "") -> Count:
    """Run `classes` classes, of one source or of all, and return what became of their marks."""
    count = Count()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for seed in range(begin, begin + classes):
            before = len(count.wrong) + len(count.lost)
            compare.run(seed, Path(folder), count, only)
            if before < len(count.wrong) + len(count.lost):
                print(f"seed {seed}: a mark is wrong or lost", file=sys.stderr)
            if count.classes % STEP == 0:
                print(f"{count.classes}: {len(count.wrong)} wrong, {len(count.lost)} lost", file=sys.stderr)
    return count


def table(count: Count) -> str:
    """Return the drawn classes as a table in Markdown, by source and export."""
    rows = [
        f"| {source} | {count.of[source]} | " + " | ".join(_cell(count, source, to) for to in EXPORTS) + " |"
        for source in SOURCES
    ]
    return "\n".join(
        [f"| source | classes | {' | '.join(EXPORTS)} |", f"|---|{'---:|' * (1 + len(EXPORTS))}", *rows]
    )


def _cell(count: Count, source: str, to: str) -> str:
    """Return the marks that were right and those that were blank and told, and the exports refused."""
    key = (source, to)
    refused = f", {count.exports[key]} refused" if count.exports[key] else ""
    return f"{count.right[key]} / {count.told[key]}{refused}"


def main() -> int:
    """Run and print; return 1 if a mark is wrong or lost."""
    began = time.monotonic()
    done = drawn(*(map(int, sys.argv[1:3] or ["10000"])))
    seconds = time.monotonic() - began
    print(
        f"{done.classes} classes, {sum(done.right.values())} marks right, {sum(done.told.values())} blank "
        f"and told, {len(done.wrong)} wrong, {len(done.lost)} lost, {done.settled} settled by staff, "
        f"{sum(done.refused.values())} downloads and {sum(done.exports.values())} exports refused with a "
        f"message, {seconds:.0f} s\n\n{table(done)}\n"
    )
    for why, times in done.why.most_common():
        print(f"{times:6} {why}")
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        runs = [large.run(kind, Path(folder) / kind) for kind in classroom.LMS]
    print(f"\n{large.table(runs)}")
    failures = [*done.wrong, *done.lost, *(text for run in runs for text in (*run.wrong, *run.lost))]
    print(*failures[:SHOWN], sep="\n")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
