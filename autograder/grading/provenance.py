"""The provenance of a result: kit, hash of everything that decides a score, sandbox and image."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import autograder
from autograder.errors import KitError
from autograder.records import sources
from autograder.records.assignment import Assignment, LatePolicy
from autograder.records.places import CHECKOUT
from autograder.records.results import Visibility
from autograder.sandbox import Sandbox

OFFICIAL: tuple[Visibility, ...] = ("public", "hidden")
PRACTICE: tuple[Visibility, ...] = ("public",)
DECIDES = (  # with their imports, all modules of the kit that decide a score: intake, judge and worker
    *("autograder.intake.work", "autograder.grading.one", "autograder.judge.plugin"),
    *("autograder.judge.session", "autograder.worker.__main__"),
)
DATA = ("autograder/judge/suite.ini",)  # read by these modules, not imported


def standins_source(assignment: Assignment) -> str:
    """Return the source of the assignment's stand-ins."""
    path = assignment.suite / "standins.py"
    if not path.is_file():
        raise KitError(f"{path}: no such file; every suite needs one; create it, even if it is empty")
    return path.read_text(encoding="utf-8")


def suite_hash(assignment: Assignment, visibilities: tuple[Visibility, ...]) -> str:
    """Return a hash of everything that decides a score: checks, engine, points and limits.

    Raises KitError if a file of the engine is missing.
    """
    digest = hashlib.sha256(engine_hash(assignment).encode())
    for name, path in _suite(assignment.suite, visibilities):
        digest.update(_entry(name, path))
    return digest.hexdigest()


def engine_hash(assignment: Assignment) -> str:
    """Return a hash of what decides a score, but for the suite: engine, points and limits.

    Fields of the assignment that cannot change a score are left out. Raises KitError if a file of the
    engine is missing.
    """
    elsewhere = {
        "suites": None,
        "folder": None,
        "default": False,
        "title": "",
        "written": (),
        "late": LatePolicy(),
        "feedback": "closed",
    }
    settings = replace(assignment, **elsewhere)  # type: ignore[arg-type]
    return hashlib.sha256(f"{_engine()}\n{settings!r}".encode()).hexdigest()


@cache
def _engine() -> str:
    """Return a hash of the kit's files that decide a score; cached, as they do not change in a process."""
    files = {**sources.closure(*DECIDES), **{name: CHECKOUT / name for name in DATA}}
    return hashlib.sha256(b"".join(_entry(name, path) for name, path in files.items())).hexdigest()


def _suite(suite: Path, visibilities: tuple[Visibility, ...]) -> Iterator[tuple[str, Path]]:
    """Yield (name, path) of a suite's files: those of the `visibilities`, and those that all checks share.

    An installed kit keeps assignment.toml there, whose settings are in the hash already.
    """
    others = {"public", "hidden"} - {*visibilities} | {"assignment.toml"}
    for path in sorted(suite.rglob("*")):
        inside = path.relative_to(suite)
        stray = "__pycache__" in inside.parts or inside.name.startswith(".")
        if path.is_file() and inside.parts[0] not in others and not stray:
            yield inside.as_posix(), path


def _entry(name: str, path: Path) -> bytes:
    data = path.read_bytes()
    return f"{name}\0{len(data)}\0".encode() + data


def provenance_of(
    assignment: Assignment, sandbox: Sandbox, visibilities: tuple[Visibility, ...]
) -> dict[str, str]:
    """Return the provenance of a result: kit, suite, sandbox and image."""
    return {
        "kit": autograder.__version__,
        "suite": suite_hash(assignment, visibilities),
        "sandbox": sandbox.name,
        "image": sandbox.identity(),
    }
