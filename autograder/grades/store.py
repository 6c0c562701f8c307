"""The results of a class on disk: those that count, the earlier ones, and failures that replaced nothing."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.records import results
from autograder.records.files import whole
from autograder.records.results import Result


def path_of(name: str, out: Path) -> Path:
    """Return where the result of the submission called `name` lies."""
    return out / "results" / f"{name}.json"


def current(name: str, out: Path) -> Result | None:
    """Return the result that counts, or None where there is none that can be read."""
    try:
        return results.read(path_of(name, out))
    except (UsageError, OSError):
        return None


def everything(out: Path) -> list[Result]:
    """Return all results that count, by id. Raises UsageError naming a file that is none."""
    return [results.read(path) for path in sorted((out / "results").glob("*.json"))]


def earlier(name: str, out: Path) -> list[Result]:
    """Return the results that counted before, oldest first."""
    paths = (out / "earlier" / name).glob("*.json")
    return [results.read(path) for path in sorted(paths, key=lambda p: (p.stat().st_mtime_ns, p.name))]


def failure(name: str, out: Path) -> Result | None:
    """Return our own failure to grade anew what has a score, where that was the last thing that happened."""
    path = _failed(name, out)
    return results.read(path) if path.is_file() else None


def failures(found: Iterable[Result], out: Path) -> list[Result]:
    """Return the failures of which `found` kept their scores."""
    return [failed for result in found if (failed := failure(result.submission.id, out))]


def keep(result: Result, out: Path) -> Result:
    """Write `result`, and return what counts now: our failure never takes a score of the same work away.

    What counted before goes to out/earlier, a failure that replaced nothing to out/failed.
    """
    name = result.submission.id
    before = current(name, out)
    if before is not None and result.status == "ungraded" and _stands(before, result):
        results.write(result, _failed(name, out))
        return before
    if before is not None and _facts(before) != _facts(result):
        _set_aside(path_of(name, out), out / "earlier" / name)
    results.write(result, path_of(name, out))
    _failed(name, out).unlink(missing_ok=True)
    return result


def _failed(name: str, out: Path) -> Path:
    return out / "failed" / f"{name}.json"


def _stands(before: Result, failed: Result) -> bool:
    return before.status != "ungraded" and before.submission.sha256 == failed.submission.sha256


def _facts(result: Result) -> dict[str, Any]:
    """Return what a result found, whoever it is of: names may be learnt later, from a roster."""
    whose = replace(result.submission, student="", members=(), submitted=None, late=None)
    return results.without_timing(replace(result, submission=whose))


def _set_aside(path: Path, folder: Path) -> None:
    """Copy a result to `folder` under its own hash, so that a crash in between copies nothing twice."""
    place = folder / f"{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}.json"
    with whole(place) as partial:
        shutil.copy2(path, partial)  # with its time, which is when it was graded
