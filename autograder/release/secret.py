"""Finds or draws a release's secret, and makes the suites that use the numbers drawn from it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from autograder.authoring import drawing
from autograder.records.assignment import Assignment
from autograder.records.files import write_whole

OWNER_ONLY = 0o600


class Drawn(NamedTuple):
    """An assignment with the suites of a release, and the secret that they were drawn from."""

    assignment: Assignment
    secret: str


def secret_of(release: str, out: Path, kept: Path, keep: bool = True) -> str:
    """Return the secret of the staff bundle in `out`, or that of an earlier attempt, or a new one.

    `release` names assignment and version. A new secret is kept in the folder `kept` if `keep`, so that a
    release that was refused is proved on the same numbers when it is built again.
    """
    earlier = kept / f"{release}.secret"
    for path in (out / "staff" / drawing.SECRET, earlier):
        if path.is_file():
            return path.read_text(encoding="utf-8").strip()
    secret = secrets.token_hex(16)
    if keep:
        kept.mkdir(parents=True, exist_ok=True)
        write_whole(earlier, f"{secret}\n", mode=OWNER_ONLY)
    return secret


def drawn(assignment: Assignment, version: str, out: Path, kept: Path, keep: bool = True) -> Drawn:
    """Return the assignment with suites of its own, below `kept`, drawn from the version's secret.

    An assignment that draws nothing stays as it is, and has no secret. Raises SuiteError if the ranges of
    the suite leave no good draw.
    """
    if not drawing.draws(assignment):
        return Drawn(assignment, "")
    secret = secret_of(f"{assignment.name}-{version}", out, kept, keep)
    suites = drawing.suite_for(assignment, secret, kept / "drawn")
    return Drawn(replace(assignment, suites=suites), secret)
