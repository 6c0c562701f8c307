"""The command line of the taught system: `python -m reference report --data digits --out DIR`."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {
    "digits": {"epochs": 15, "latent_dim": 16, "dims": (2, 4, 8, 16, 32, 64)},
    "mnist": {"epochs": 15, "latent_dim": 32, "dims": (2, 4, 8, 16, 32, 64, 128, 256)},
}


def parser() -> argparse.ArgumentParser:
    """The arguments, their defaults and their help."""
    top = argparse.ArgumentParser(
        prog="python -m reference",
        description="Latent space and reconstruction loss: the taught system, with its figures and numbers.",
        epilog="example: python -m reference report --data digits --out report",
    )
    summary = "train, then write figures (PNG) and numbers (JSON, Markdown) into a folder"
    report = top.add_subparsers(dest="command", required=True).add_parser("report", help=summary)
    add = report.add_argument
    add("--data", choices=list(SETTINGS), required=True, help="the images to learn from")
    add("--data-root", type=Path, metavar="DIR", help="mnist: the folder that holds 'MNIST'")
    add("--download", action="store_true", help="mnist: fetch the files into --data-root first")
    add("--out", type=Path, required=True, metavar="DIR", help="where to write; created if absent")
    add("--seed", type=int, default=0, metavar="N", help="default: 0")
    add("--epochs", type=_positive, metavar="N", help="per model; default: 15")
    add("--device", default="cpu", help="a torch device; default: cpu")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Write one report; exits with 2 and a sentence when the arguments cannot be served."""
    top = parser()
    options = top.parse_args(arguments)
    if options.out.exists() and not options.out.is_dir():
        top.error(f"--out: expected a folder or a new name, got the file {options.out}; choose another name")
    if options.data == "mnist" and options.data_root is None:
        top.error("--data mnist: expected --data-root DIR as well, got none; name the folder that holds "
                  "'MNIST', or any folder together with --download")
    import matplotlib

    matplotlib.use("Agg")
    try:
        _report(options)
    except FileNotFoundError as exc:
        top.error(str(exc))
    return 0


def _report(options: argparse.Namespace) -> None:
    import torch
    from rich.console import Console

    from reference.report import Run, tables, write_report

    console, began = Console(), time.perf_counter()
    if options.data == "digits":
        torch.set_num_threads(1)  # on layers this small a second thread gains nothing
    settings = SETTINGS[options.data] | ({"epochs": options.epochs} if options.epochs else {})
    loaders = _loaders(options)
    run = Run(options.data, *loaders, options.out, **settings, seed=options.seed, device=options.device)
    numbers = write_report(run, lambda line: console.print(f"{time.perf_counter() - began:6.1f} s  {line}"))
    for table in tables(numbers):
        console.print(_rich(table))
    figures = ", ".join(sorted(file.name for file in options.out.glob("*.png")))
    console.print(f"wrote numbers.json, numbers.md, {figures} to {options.out}")


def _loaders(options: argparse.Namespace) -> tuple[Any, Any]:
    from reference import data

    if options.data == "digits":
        return data.digits(seed=options.seed)
    return data.mnist(options.data_root, seed=options.seed, download=options.download)


def _rich(table: Any) -> Any:
    from rich.table import Table

    drawn = Table(title=table.title, title_justify="left")
    for name in table.header:
        drawn.add_column(name, justify="right")
    for row in table.rows:
        drawn.add_row(*row)
    return drawn


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
