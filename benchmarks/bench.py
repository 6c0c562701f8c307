"""`make bench`: compares Latent Lab with its peers on the same submissions, questions and machine.

In every round the contenders grade the same class, one after the other; the report gives medians over the
rounds. CPU is measured for the whole machine, so that container engines and kernels are counted: nothing else
should run meanwhile, and the report says how busy the machine was before.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import figure, meter, workload
from benchmarks.contenders import Contender, everyone

QUIET = 0.05  # the largest acceptable share of the machine that is busy with something else
FIELDS = ("contender", "round", "cpu_per_submission", "wall_per_submission", "per_hour", "peak_mb")


def measure(
    contender: Contender, work: workload.Workload, out: Path, counter: meter.Meter
) -> dict[str, float]:
    """Have a contender grade the class once; return the cost per submission and the peak memory."""
    with meter.Spending(counter) as spending:
        contender.run(work, out / contender.name)
    spent, count = spending.spent, len(work.ids)
    return {
        "cpu_per_submission": round(spent.cpu / count, 3),
        "wall_per_submission": round(spent.wall / count, 3),
        "per_hour": round(count / spent.wall * 3600),
        "peak_mb": round(spent.memory),
    }


def best_jobs(work: workload.Workload, out: Path, counter: meter.Meter) -> int:
    """Return the number of parallel `otter run` that grades the class fastest on this machine."""
    cores = os.cpu_count() or 1
    walls = {
        jobs: measure(everyone(otter_jobs=jobs)[3], work, out, counter)["wall_per_submission"]
        for jobs in (cores, cores + 1, 2 * cores)
    }
    return min(walls, key=walls.__getitem__)


def summary(rows: Sequence[dict[str, Any]], contenders: Sequence[Contender]) -> list[dict[str, Any]]:
    """Return each contender's medians, and its CPU and throughput as ratios to the bare process."""
    medians = []
    for contender in contenders:
        contender_rows = [row for row in rows if row["contender"] == contender.name]
        values = {field: statistics.median(row[field] for row in contender_rows) for field in FIELDS[2:]}
        medians.append({"contender": contender.name, "title": contender.title, **values})
    floor = medians[0]
    for row in medians:
        row["cpu_ratio"] = round(row["cpu_per_submission"] / floor["cpu_per_submission"], 3)
        row["throughput_ratio"] = round(row["per_hour"] / floor["per_hour"], 3)
    return medians


def targets(medians: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the targets with the measured values."""
    by = {row["contender"]: row for row in medians}
    docker = by["docker"]["per_hour"]
    goals = {
        "CPU in Docker over the bare process, at most": (1.15, by["docker"]["cpu_ratio"], False),
        "throughput over nbgrader autograde, at least": (2.5, docker / by["nbgrader"]["per_hour"], True),
        "throughput over otter run, at least": (1.6, docker / by["otter"]["per_hour"], True),
        "throughput over otter run in a container, at least": (
            2.0,
            docker / by["otter_docker"]["per_hour"],
            True,
        ),
        "submissions per hour, at least": (2000, docker, True),
    }
    return {
        name: {"target": target, "measured": round(got, 3), "met": got >= target if more else got <= target}
        for name, (target, got, more) in goals.items()
    }


def main() -> int:
    """Build the class, run the rounds, write CSV, JSON, Markdown and SVG."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--submissions", type=int, default=20)
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count(), help="parallel jobs, for Latent Lab and the floor"
    )
    parser.add_argument(
        "--otter-jobs", type=int, help="parallel jobs, for otter (default: the fastest of three numbers)"
    )
    parser.add_argument("--only", action="append", help="run only this contender; may be repeated")
    parser.add_argument("--cgroup", type=Path, help="measure this control group instead of the machine")
    parser.add_argument("--work", type=Path, default=Path("build/bench").absolute())
    parser.add_argument("--out", type=Path, default=Path("build/bench/results"))
    options = parser.parse_args()
    counter = meter.meter(options.cgroup)
    busy = meter.busy_share()
    if busy > QUIET and not options.cgroup:
        print(
            f"bench: {busy:.0%} of this machine is busy with something else, so figures will be off; "
            "stop other programs and run this again",
            file=sys.stderr,
        )
    work = workload.build(options.work / "class", options.submissions)
    scratch = options.work / "scratch"
    chosen = options.only or [contender.name for contender in everyone()]
    otter_runs = any(name.startswith("otter") for name in chosen)
    otter_jobs = options.otter_jobs or (best_jobs(work, scratch, counter) if otter_runs else 1)
    contenders = [c for c in everyone(options.jobs, otter_jobs) if c.name in chosen]
    rows = []
    for number in range(options.rounds):
        for contender in contenders:
            row = {"contender": contender.name, "round": number, **measure(contender, work, scratch, counter)}
            print(json.dumps(row), flush=True)
            rows.append(row)
    system = f"{platform.system()}, {' '.join(platform.libc_ver())}"
    machine = {"cores": os.cpu_count(), "system": system, "busy_before": round(busy, 3)}
    facts = {
        "meter": counter.name,
        "submissions": len(work.ids),
        "rounds": options.rounds,
        "otter_jobs": otter_jobs,
    }
    publish(rows, contenders, {**machine, **facts, "jobs": options.jobs}, options.out)
    return 0


def publish(
    rows: Sequence[dict[str, Any]], contenders: Sequence[Contender], facts: dict[str, Any], out: Path
) -> None:
    """Write the results: bench.csv, bench.json and, if all contenders ran, bench.md and bench.svg."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / "bench.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    whole = {c.name for c in contenders} == {c.name for c in everyone()}
    medians = summary(rows, contenders)
    met = targets(medians) if whole else {}
    report = {"facts": facts, "medians": medians, "targets": met}
    (out / "bench.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if whole:
        (out / "bench.md").write_text(figure.table(report), encoding="utf-8")
        figure.draw(rows, medians, out / "bench.svg")
    print(f"bench: {out}")


if __name__ == "__main__":
    sys.exit(main())
