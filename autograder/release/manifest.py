"""Describes a release: its versions, hashes, points, the date of its commit, and what changed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import autograder
from autograder import grading
from autograder.errors import UsageError
from autograder.records.assignment import Assignment
from autograder.records.places import Paths
from autograder.release import student


def manifest(paths: Paths, assignment: Assignment, version: str) -> dict[str, Any]:
    """Return the manifest, ready for JSON. Raises UsageError if no date is known."""
    pins = student.pins_of(paths)
    return {
        "assignment": assignment.name,
        "title": assignment.title,
        "version": version,
        "date": date_of(paths.root),
        "kit": autograder.__version__,
        "suite": grading.suite_hash(assignment, grading.OFFICIAL),
        "public_suite": grading.suite_hash(assignment, grading.PRACTICE),
        "python": autograder.GRADING,
        "torch": pins["torch"],
        "numpy": pins["numpy"],
        "points": {question.id: question.points for question in assignment.questions},
        "written": {written.id: written.points for written in assignment.written},
        "max_score": assignment.max_score,
    }


def text(table: dict[str, Any]) -> bytes:
    """Return a manifest as the bytes of its file."""
    return (json.dumps(table, indent=1, ensure_ascii=False) + "\n").encode()


def date_of(root: Path) -> str:
    """Return the release's date in UTC: SOURCE_DATE_EPOCH if it is set, otherwise the last commit's date.

    The build date would make two builds differ. Raises UsageError if neither date is known.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or _commit_time(root)
    if not epoch or not epoch.isdigit():
        raise UsageError(
            f"{root}: expected a git checkout with a commit, or SOURCE_DATE_EPOCH in seconds, got neither; "
            "set SOURCE_DATE_EPOCH to the release's date"
        )
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _commit_time(root: Path) -> str:
    try:
        command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def changes(root: Path, version: str) -> str:
    """Return the changelog's section for a version. Raises UsageError if it is missing or empty."""
    whole = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"^(?=## )", whole, flags=re.MULTILINE)
    matching = [section for section in sections if re.match(rf"## {re.escape(version)}(\s|$)", section)]
    if not matching or len(matching[0].strip().splitlines()) < 2:
        raise UsageError(
            f"CHANGELOG.md: expected a section '## {version}' that says what changes for users, got none; "
            "write it"
        )
    return matching[0].strip() + "\n"
