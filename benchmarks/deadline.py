"""Simulates the last hour before the deadline of a large course: how long students wait for a result.

    python -m benchmarks.deadline GRADED --students 10000

GRADED is a folder that `autograder grade` has written: the time of each simulated submission is drawn from
the times measured there. Arrivals are a Poisson process whose rate grows linearly to three times its initial
value; every slot grades one submission at a time, first come, first served; the overhead of Dask
(milliseconds) is left out.
"""

from __future__ import annotations

import argparse
import csv
import heapq
import json
import math
import random
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HOUR = 3600.0
GROWTH = 3.0  # the rate at the deadline over that an hour before
SLOTS = (2, 4, 6, 8, 16, 32)


@dataclass(frozen=True)
class Outcome:
    """Students' waits with a number of slots: seconds from handing in to the result."""

    slots: int
    median: float
    p95: float
    longest: float
    most_waiting: int
    done_after_deadline: float  # seconds after the deadline until every student has a result


def arrivals(count: int, chance: random.Random) -> list[float]:
    """Return the arrival times of `count` submissions in the last hour, in seconds, sorted."""
    quantiles = sorted(chance.random() for _ in range(count))
    return [_time_of(quantile) for quantile in quantiles]


def _time_of(quantile: float) -> float:
    """Return the time by which a share of submissions has arrived; the rate grows as 1 + (GROWTH - 1) t."""
    slope = GROWTH - 1
    whole = 1 + slope / 2
    return HOUR * (math.sqrt(1 + 2 * slope * whole * quantile) - 1) / slope


def simulate(times: Sequence[float], seconds: Sequence[float], slots: int, chance: random.Random) -> Outcome:
    """Simulate grading on `slots`; submissions arrive at `times` and take random ones of `seconds`."""
    free = [0.0] * slots
    waits, starts = [], []
    for arrived in times:
        began = max(arrived, heapq.heappop(free))
        ended = began + chance.choice(seconds)
        heapq.heappush(free, ended)
        waits.append(ended - arrived)
        starts.append(began)
    ordered = sorted(waits)
    return Outcome(
        slots=slots,
        median=statistics.median(ordered),
        p95=ordered[int(0.95 * (len(ordered) - 1))],
        longest=ordered[-1],
        most_waiting=max(_waiting(times, starts)),
        done_after_deadline=max(0.0, max(free) - HOUR),
    )


def _waiting(times: Sequence[float], starts: Sequence[float]) -> Iterator[int]:
    """Yield the number of waiting submissions at each arrival; both lists are sorted."""
    begun = 0
    for number, now in enumerate(times):
        while begun < len(starts) and starts[begun] <= now:
            begun += 1
        yield max(0, number + 1 - begun)


def measured(graded: Path) -> list[float]:
    """Return the wall seconds of each graded submission in a folder."""
    results = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((graded / "results").glob("*.json"))
    ]
    seconds = [result["timing"]["seconds"] for result in results if result["status"] == "graded"]
    if not seconds:
        raise SystemExit(
            f"{graded}: expected graded results of `autograder grade`, got none; name a folder that has some"
        )
    return seconds


def main() -> None:
    """Print a table as CSV, one row for each number of slots."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deadline", description=__doc__.split("\n")[0])
    parser.add_argument("graded", type=Path)
    parser.add_argument("--students", type=int, default=10_000)
    parser.add_argument(
        "--late", type=float, default=0.4, help="the share of students who hand in during the last hour"
    )
    options = parser.parse_args()
    seconds = measured(options.graded)
    times = arrivals(int(options.students * options.late), random.Random(0))
    print(
        f"{len(times)} submissions in the hour, {statistics.median(seconds):.1f} s each: "
        f"the median of {len(seconds)}"
    )
    rows = [simulate(times, seconds, slots, random.Random(1)) for slots in SLOTS]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(Outcome.__dataclass_fields__)
    writer.writerows([round(value) for value in vars(row).values()] for row in rows)


if __name__ == "__main__":
    main()
