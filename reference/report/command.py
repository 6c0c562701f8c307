"""The command line of the taught system: `python -m reference report --data digits --out DIR`."""

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The arguments, their defaults and their help."""
    top = argparse.ArgumentParser(
        prog="python -m reference",
        description="Latent space and reconstruction loss: the taught system, with its figures and numbers.",
        epilog="example: python -m reference report --data digits --out report",
    )
    summary = (
        "train, measure, and write one page (HTML), its figures (PNG) and its numbers (JSON) into a folder"
    )
    report = top.add_subparsers(dest="command", required=True).add_parser("report", help=summary)
    add = report.add_argument
    add("--data", choices=["digits", "mnist"], required=True, help="the images to learn from")
    add("--data-root", type=Path, metavar="DIR", help="mnist: the folder that holds 'MNIST'")
    add("--download", action="store_true", help="mnist: fetch the files into --data-root first")
    add("--out", type=Path, required=True, metavar="DIR", help="where to write; created if absent")
    add("--seeds", type=_from(2), metavar="N", help="runs of everything; default: 5 for digits, 3 for mnist")
    add("--seed", type=_from(0), default=0, metavar="N", help="the first of the seeds; default: 0")
    add("--epochs", type=_from(1), metavar="N", help="of every run; default: 15")
    add("--runs", type=Path, metavar="DIR", help="where finished runs are kept; default: 'runs' in --out")
    add("--jobs", type=_from(1), metavar="N", help="processes; default: one per core")
    add("--device", default="auto", help="auto (a GPU where there is one), cpu, cuda, ...; default: auto")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Write one report; returns 0, or 1 when a training process was killed.

    Bad arguments exit with 2 and a sentence.
    """
    top = parser()
    options = top.parse_args(arguments)
    if options.out.exists() and not options.out.is_dir():
        top.error(f"--out: expected a folder or a new name, got the file {options.out}; choose another name")
    if options.data == "mnist" and options.data_root is None:
        top.error(
            "--data mnist: expected --data-root DIR as well, got none; name the folder that holds "
            "'MNIST', or any folder together with --download"
        )
    try:
        _report(options)
    except (FileNotFoundError, DeviceError) as exc:
        top.error(str(exc))
    except BrokenExecutor:
        print(
            "report: a training process was ended from outside (too little memory?); the finished runs "
            "are kept: free some and give the same command again",
            file=sys.stderr,
        )
        return 1
    return 0


def _report(options: argparse.Namespace) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from reference.report.page import write_report
    from reference.report.study import SETTINGS

    default, began = SETTINGS[options.data], time.perf_counter()
    seeds = tuple(range(options.seed, options.seed + (options.seeds or len(default.seeds))))
    root = str(options.data_root) if options.data_root else None
    settings = replace(default, seeds=seeds, epochs=options.epochs or default.epochs, root=root)
    if options.download:
        from reference.data import mnist

        mnist(options.data_root, download=True)

    def say(line: str) -> None:
        print(f"{time.perf_counter() - began:7.1f} s  {line}", flush=True)

    runs = options.runs or options.out / "runs"
    write_report(settings, options.out, runs, _device(options.device), options.jobs, say)
    say(f"wrote report.html, its figures and numbers.json to {options.out}")


class DeviceError(Exception):
    """Torch cannot compute on the requested device here."""


def _device(name: str) -> str:
    """The device to use, tried out first. Raises DeviceError."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name) + 1
    except (RuntimeError, AssertionError) as exc:
        raise DeviceError(
            f"--device: expected one that torch can compute on here, got {name!r}; leave it out"
        ) from exc
    return name


def _from(least: int) -> Callable[[str], int]:
    """A parser of whole numbers from `least` on."""

    def parse(text: str) -> int:
        if not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least}, got {text!r}")
        return int(text)

    return parse
