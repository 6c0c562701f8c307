"""The results of a class on disk: those that count, earlier ones, and failed regrades."""

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


class Store:
    """The results in a class's folder. Each file is read at most once; written results are not read again."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._read: dict[Path, Result] = {}
        self._stamps: dict[Path, tuple[int, int]] = {}

    def path_of(self, name: str) -> Path:
        """Return the path of the result of the submission with the id `name`."""
        return self.out / "results" / f"{name}.json"

    def current(self, name: str) -> Result | None:
        """Return the result that counts, or None if it is missing or unreadable."""
        return self._readable(self.path_of(name))

    def everything(self) -> list[Result]:
        """Return all results that count, by id. Raises UsageError that names a file which is not a result."""
        return [self._at(path) for path in self._paths()]

    def readable(self) -> list[Result]:
        """Return all readable results that count, by id; skip files that are not results."""
        return [result for path in self._paths() if (result := self._readable(path))]

    def earlier(self, name: str) -> list[Result]:
        """Return the earlier results, oldest first."""
        paths = (self.out / "earlier" / name).glob("*.json")
        return [self._at(path) for path in sorted(paths, key=lambda p: (p.stat().st_mtime_ns, p.name))]

    def better(self, kept: Iterable[Result]) -> dict[str, Result]:
        """Return, by id, the best earlier result of each rejected one in `kept`, if one had a score above 0.

        Files that are not results are skipped.
        """
        best: dict[str, Result] = {}
        for name in (result.submission.id for result in kept if result.status == "rejected"):
            paths = sorted((self.out / "earlier" / name).glob("*.json"))
            scored = [old for path in paths if (old := self._readable(path)) and old.score]
            best |= {name: max(scored, key=lambda old: old.score or 0)} if scored else {}
        return best

    def failure(self, name: str) -> Result | None:
        """Return the latest failed regrade that left a score in place."""
        path = self._failed(name)
        return self._at(path) if path.is_file() else None

    def failures(self, kept: Iterable[Result]) -> list[Result]:
        """Return the latest failed regrades of the results in `kept`."""
        return [failed for result in kept if (failed := self.failure(result.submission.id))]

    def keep(self, result: Result) -> Result:
        """Write `result` and return it as stored; a grader failure never replaces a score of the same work.

        A replaced result goes to out/earlier, a failure that replaced nothing to out/failed.
        """
        name = result.submission.id
        path, failed, before = self.path_of(name), self._failed(name), self.current(name)
        if before is not None and result.status == "ungraded" and _keeps_score(before, result):
            return self._write(result, failed)
        if before is not None and _facts(before) != _facts(result):
            _set_aside(path, self.out / "earlier" / name)
        stored = self._write(result, path)
        failed.unlink(missing_ok=True)
        return stored

    def _paths(self) -> list[Path]:
        return sorted((self.out / "results").glob("*.json"))

    def refresh(self) -> None:
        """Forget every result whose file has changed or is gone since it was read: it is read again."""
        for path in [path for path, stamp in list(self._stamps.items()) if _stamp(path) != stamp]:
            self._read.pop(path, None)
            self._stamps.pop(path, None)

    def _at(self, path: Path) -> Result:
        if path not in self._read:
            stamp = _stamp(path)
            self._read[path] = results.read(path)
            self._stamps[path] = stamp
        return self._read[path]

    def _readable(self, path: Path) -> Result | None:
        try:
            return self._at(path)
        except (UsageError, OSError):
            return None

    def _write(self, result: Result, path: Path) -> Result:
        self._read[path] = results.write(result, path)
        self._stamps[path] = _stamp(path)
        return self._read[path]

    def _failed(self, name: str) -> Path:
        return self.out / "failed" / f"{name}.json"


def _stamp(path: Path) -> tuple[int, int]:
    """Return what changes with a file's contents: its time of modification in ns, and its size."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _keeps_score(before: Result, failed: Result) -> bool:
    return before.status != "ungraded" and before.submission.sha256 == failed.submission.sha256


def _facts(result: Result) -> dict[str, Any]:
    """Return a result without names, times and lateness: a roster may add these later."""
    unknown = {"submitted": None, "late": None, "extended": None, "doubts": ()}
    anonymous = replace(result.submission, student="", members=(), **unknown)  # type: ignore[arg-type]
    return results.without_timing(replace(result, submission=anonymous))


def _set_aside(path: Path, folder: Path) -> None:
    """Copy a result to `folder`, named by its hash, so that a retry after a crash adds no duplicate."""
    place = folder / f"{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}.json"
    with whole(place) as partial:
        shutil.copy2(path, partial)  # keeps the modification time, which is when it was graded
