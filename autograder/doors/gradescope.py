"""Grades one submission in Gradescope's container, and writes the results.json that Gradescope reads.

`python -m autograder.doors.gradescope`, run as root in Gradescope's container, reads /autograder/submission
and submission_metadata.json and always writes /autograder/results/results.json. Student code runs under its
own user id (sandbox/user.py). If the kit fails, the file says so without a score: ungraded is not zero.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder import grading
from autograder.errors import LatentLabError, UsageError
from autograder.exports.gradescope import tests_of
from autograder.intake import archive, finding, work
from autograder.records import words
from autograder.records.assignment import Assignment, known
from autograder.records.files import write_whole
from autograder.records.places import TEMPLATE
from autograder.records.results import Result
from autograder.records.submission import SubmissionInfo
from autograder.sandbox import Sandbox

ROOT = Path("/autograder")
OURS = "Ask your course's staff to run the grader again: it failed, not your work, and you lose no points."
ONE = "Hand in again, with only the file that you mean; you lose no points."


def results_of(result: Result, assignment: Assignment) -> dict[str, Any]:
    """Return the contents of Gradescope's results.json; an ungraded or waiting result has no score."""
    whole: dict[str, Any] = {
        "output": "\n".join(result.notes),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {"status": result.status, "provenance": result.provenance, "flags": list(result.flags)},
    }
    if result.status == "waiting":
        return {**whole, "tests": [_note("Not graded yet", f"{result.reason}\n{ONE}")]}
    if result.status == "ungraded":
        return {**whole, "tests": [_note("Not graded yet", f"{result.reason}\n{OURS}")]}
    return {**whole, "score": result.score, "tests": tests_of(result, assignment)}


def _note(name: str, text: str) -> dict[str, Any]:
    return {
        "name": name,
        "status": "failed",
        "output": text,
        "output_format": "text",
        "visibility": "visible",
    }


def run(root: Path, sandbox: Sandbox, assignment: Assignment) -> Result:
    """Grade root/submission; tries once more if the kit fails, then returns an `ungraded` result.

    root/source/template has the files that students were given, which do not count beside their work.
    """
    assignment = replace(assignment, folder=root / "source" / TEMPLATE)
    name, source = _submitter(root / "submission_metadata.json"), str(root / "submission")
    with archive.found_at(source) as files:
        submission = work.read(files, assignment, SubmissionInfo("submission", name, source, ""))
    result = grading.grade(submission, assignment, sandbox)
    return grading.grade(submission, assignment, sandbox) if result.status == "ungraded" else result


def _submitter(path: Path) -> str:
    """Return the submitters in Gradescope's own file, which the submission cannot change."""
    try:
        users = json.loads(path.read_text(encoding="utf-8"))["users"]
        return "; ".join(str(user.get("email") or user.get("name")) for user in users) or "submission"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "submission"


def main(arguments: Sequence[str] | None = None) -> int:
    """Grade /autograder/submission; with --canary, check that a known-good solution has full marks."""
    parser = argparse.ArgumentParser(prog="python -m autograder.doors.gradescope", description=main.__doc__)
    parser.add_argument(
        "--canary", type=Path, metavar="FILE", help="grade only this file; exit with 0 if it has full marks"
    )
    options = parser.parse_args(arguments)
    if options.canary:
        return _canary(options.canary)
    return _grade_into(ROOT / "results" / "results.json")


def _sandbox() -> Sandbox:
    from autograder.sandbox.user import UserSandbox

    return UserSandbox()


def _only_assignment() -> Assignment:
    assignments = known()
    if len(assignments) != 1:
        raise UsageError(
            f"expected one assignment in this grader, got {len(assignments)}; build it with `release`"
        )
    return assignments[0]


def _grade_into(path: Path) -> int:
    try:
        assignment = _only_assignment()
        contents = results_of(run(ROOT, _sandbox(), assignment), assignment)
    except (LatentLabError, OSError) as error:
        tests = [_note("Not graded yet", f"{error}\n{OURS}")]
        contents = {"tests": tests, "extra_data": {"status": "ungraded"}}
    write_whole(path, json.dumps(contents, indent=1, ensure_ascii=False) + "\n")
    return 0


def _canary(folder: Path) -> int:
    try:
        assignment = _only_assignment()
        (submission,) = finding.find([folder], assignment)
        result = grading.grade(submission, assignment, _sandbox())
    except (LatentLabError, OSError) as error:
        print(f"canary: {error}", file=sys.stderr)
        return 2
    lost = [f"{c.id}: {words.for_staff(c)}" for c in result.checks if c.outcome != "passed"]
    print(
        "\n".join(
            [f"canary: {result.score} of {assignment.max_score}", *filter(None, [result.reason, *lost])]
        )
    )
    return 0 if result.score == assignment.max_score else 1


if __name__ == "__main__":
    sys.exit(main())
