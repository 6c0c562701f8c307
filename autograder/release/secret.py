"""Finds or draws a release's secret, and makes the suites that use the numbers drawn from it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from autograder.authoring import drawing
from autograder.records.assignment import Assignment
from autograder.records.files import write_whole

OWNER_ONLY = 0o600


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


def drawn(assignment: Assignment, secret: str, folder: Path) -> Assignment:
    """Return the assignment with suites of its own in `folder`, drawn from `secret`.

    An assignment that draws nothing stays as it is. Raises UsageError for a short secret, SuiteError if the
    suite's ranges leave no good draw.
    """
    if not drawing.draws(assignment):
        return assignment
    return replace(assignment, suites=drawing.suite_for(assignment, secret, folder))
