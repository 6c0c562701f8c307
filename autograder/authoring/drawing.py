"""Draws the numbers of a suite's hidden checks from a secret, by the suite's draw.py.

The checkout holds the drawing of the secret "development", which everybody may know; each release has a
secret of its own, which only staff get.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.records import assignment as assignments
from autograder.records.assignment import Assignment
from autograder.records.files import write_whole

COMMAND = "python -m autograder.authoring.drawing"
DEVELOPMENT = "development"
FILE = "drawn.json"
SECRET = "secret.txt"  # in a staff bundle
SHORTEST = 16  # characters of a secret: nobody finds it by trying


def draws(assignment: Assignment) -> bool:
    """Whether the assignment's hidden checks use drawn numbers."""
    return (assignment.suite / "draw.py").is_file()


def text(assignment: Assignment, secret: str) -> str:
    """Return the text of drawn.json for a secret. The same secret always gives the same text.

    Takes some seconds. Raises SuiteError if the suite's ranges leave no good draw.
    """
    module: Any = importlib.import_module(f"autograder.suites.{assignment.name}.draw")
    table = module.draw(secret)
    parts = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in table.items())
    return f"{{\n{parts}\n}}\n"


def suite_for(assignment: Assignment, secret: str, folder: Path, least: int = SHORTEST) -> Path:
    """Write a copy of the assignment's suites with the drawing of a secret to `folder`; return its path.

    It replaces a copy that is there. Raises UsageError for a secret of fewer than `least` characters.
    """
    if len(secret) < least:
        raise UsageError(
            f"expected a secret of at least {least} characters, got {len(secret)}; "
            "leave it out to have one drawn"
        )
    drawing, copy = text(assignment, secret), folder / assignment.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(assignment.suite, copy, ignore=shutil.ignore_patterns("__pycache__", FILE))
    (copy / FILE).write_text(drawing, encoding="utf-8")
    return copy


def main(arguments: list[str] | None = None) -> int:
    """Draw every assignment's development numbers; returns 0, or 1 if `--check` finds others committed."""
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description="Draw the numbers of the hidden checks in this checkout.",
        epilog=f"example: {COMMAND} --check",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; say what differs")
    options = parser.parse_args(arguments)
    stale = []
    for assignment in filter(draws, assignments.known()):
        path, drawing = assignment.suite / FILE, text(assignment, DEVELOPMENT)
        if path.is_file() and path.read_text(encoding="utf-8") == drawing:
            continue
        stale.append(path)
        if not options.check:
            write_whole(path, drawing)
    for path in stale:
        print(f"{path} {'differs from what draw.py draws' if options.check else 'written'}")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
