"""The command that reports what a machine lacks: doctor."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

import autograder
from autograder.cli.base import clear_errors
from autograder.errors import SandboxError
from autograder.records.places import CONSTRAINTS, pins_in
from autograder.sandbox import engine
from autograder.sandbox.docker import DockerSandbox

PINNED = ("torch", "torchvision")  # the last digits of results depend on these versions
NEEDED_GB = 4
HOW = "make setup in a checkout, or pip install 'latent-lab[staff]'"


@click.command()
@clear_errors
def doctor() -> int:
    """Report what is missing here and how to get it.

    \b
    Example: autograder doctor
    """
    complete = True
    for finding in findings():
        click.secho("ok      " if finding.ok else "missing ", fg="green" if finding.ok else "red", nl=False)
        click.echo(f"{finding.what}" + ("" if finding.ok else f": {finding.remedy}"))
        complete = complete and (finding.ok or finding.optional)
    return 0 if complete else 1


@dataclass(frozen=True)
class Finding:
    """One thing that doctor checked; `optional` ones are needed only for official grading."""

    what: str
    ok: bool
    remedy: str = ""
    optional: bool = False


def findings() -> Iterator[Finding]:
    """Check everything, in the order in which one would fix it."""
    python = f"Python {sys.version.split()[0]}"
    fits = autograder.OLDEST <= sys.version_info[:2] <= autograder.NEWEST
    yield Finding(python, fits, "expected Python 3.11 to 3.14; install the kit with one of these")
    for package in ("torch", "torchvision", "numpy", "matplotlib", "scikit-learn", "pytest"):
        yield _package(package)
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    yield Finding(
        f"{free:.0f} GB of disk free", free > NEEDED_GB, f"expected {NEEDED_GB} GB; free some space"
    )
    yield replace(_package("nbgrader"), optional=True)
    yield _engine()
    yield _image()


def _package(name: str) -> Finding:
    try:
        installed = version(name).split("+")[0]
    except PackageNotFoundError:
        return Finding(name, False, f"not installed; {HOW}")
    wanted = _pin(name) if name in PINNED else installed
    return Finding(f"{name} {installed}", installed == wanted, f"expected {wanted}; {HOW}")


def _pin(name: str) -> str:
    """Return the version of a package that official grading uses."""
    return pins_in(CONSTRAINTS)[name]


def _engine() -> Finding:
    try:
        return Finding(f"Docker engine {engine.version()}", True)
    except SandboxError as error:
        return Finding("Docker engine", False, str(error), optional=True)


def _image() -> Finding:
    try:
        return Finding(f"worker image {DockerSandbox().identity()[7:19]}", True)
    except SandboxError as error:
        return Finding("worker image", False, str(error), optional=True)
