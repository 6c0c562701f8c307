"""Measures how grading costs grow with the class: per submission, in memory, and to resume a graded class.

    python -m benchmarks.growth --sizes 10 100 1000 --out build/growth

The work is light: every submission is the solution, and only a few exact checks run. Each size is graded in a
separate process (with Docker by default); then the real command gets the same folder again, with everything
graded already, and is timed. Last, the report is opened in a browser, if there is one: the result is the
median of five times until the whole page is laid out.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from autograder.grades.store import Store
from autograder.grading import batch
from autograder.grading.setting import Setting
from autograder.intake import finding
from autograder.records import results
from benchmarks.meter import Machine
from benchmarks.workload import BIN, ENVIRONMENT, SOLUTION, TASK

LIGHT = ("losses.mse_of_six_pixels", "arithmetic.arithmetic_is_z3_plus_z8_minus_z0")
FIELDS = (
    *("size", "cpu_per_submission", "wall_per_submission", "peak_mb", "resume_cpu", "resume_wall"),
    *("report_mb", "report_opens"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LAID_OUT = "document.body.getBoundingClientRect().height"


def write_class(folder: Path, size: int) -> None:
    """Write `size` submissions that differ only in their last line."""
    folder.mkdir(parents=True)
    text = SOLUTION.read_text(encoding="utf-8")
    for number in range(size):
        (folder / f"student{number:04d}.py").write_text(f"{text}\n# student {number}\n", encoding="utf-8")


def grade(folder: Path, out: Path, sandbox: str, jobs: int) -> float:
    """Grade all submissions in `folder` with the light checks; return this process's peak memory in MB."""
    store = Store(out)
    batch.run(finding.find([folder], TASK), Setting(TASK, sandbox, only=LIGHT), store, jobs)
    whole = Setting(TASK, sandbox).provenance()
    for result in store.everything():  # from here on they count as results of the whole suite
        assert result.status == "graded", result.reason
        results.write(replace(result, provenance=whole), store.path_of(result.submission.id))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(size: int, work: Path, sandbox: str, jobs: int) -> dict[str, float]:
    """Grade a class of `size` in a separate process, then time the command on the graded class."""
    shutil.rmtree(work, ignore_errors=True)
    write_class(work / "in", size)
    words = ["--grade", str(work), "--sandbox", sandbox, "--jobs", str(jobs)]
    machine, began = Machine(), time.monotonic()
    before = machine.cpu()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", *words], check=True, capture_output=True, text=True
    )
    cpu, wall = machine.cpu() - before, time.monotonic() - began
    row = {"size": size, "cpu_per_submission": cpu / size, "wall_per_submission": wall / size}
    command = [
        str(BIN / "autograder"),
        "grade",
        str(work / "in"),
        "--out",
        str(work / "out"),
        "--sandbox",
        sandbox,
    ]
    subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)  # fills the gradebook
    began, children = time.monotonic(), _children()
    subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)
    row |= {"peak_mb": float(json.loads(done.stdout)), "resume_cpu": _children() - children}
    row["resume_wall"] = time.monotonic() - began
    page = work / "out" / "report" / "index.html"
    return {**row, "report_mb": page.stat().st_size / 1e6, "report_opens": opens(page)}


def opens(page: Path) -> float:
    """Return the seconds until a headless Chromium has laid out a page; NaN without Chromium."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        return math.nan
    from playwright.sync_api import sync_playwright

    walls = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _ in range(5):
            tab, began = browser.new_page(), time.monotonic()
            tab.goto(page.as_uri())
            assert tab.evaluate(LAID_OUT) > 0
            walls.append(time.monotonic() - began)
            tab.close()
        browser.close()
    return statistics.median(walls)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure every size and write growth.csv."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--sandbox", default="docker")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, default=Path("build/growth"))
    parser.add_argument("--grade", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.grade:
        print(grade(options.grade / "in", options.grade / "out", options.sandbox, options.jobs))
        return
    rows = [measure(n, options.out.absolute() / str(n), options.sandbox, options.jobs) for n in options.sizes]
    with (options.out / "growth.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: round(value, 3) for name, value in row.items()} for row in rows)
    print((options.out / "growth.csv").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
