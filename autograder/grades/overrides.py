"""The ledger of what staff changed by hand: one JSON line a change, appended and never rewritten.

Results are what grading found; a change stands beside them, so that no regrade ever loses one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.errors import UsageError

LEDGER = "overrides.jsonl"


@dataclass(frozen=True)
class Change:
    """One change: `what` is a question's id, `grade` or `late_days`; `value` None takes back the one before.

    `was` is what counted before it, for those who read the ledger; nothing is computed from it.
    """

    when: str
    who: str
    submission: str
    what: str
    value: float | None
    was: float | None
    why: str


def append(change: Change, out: Path) -> None:
    """Add `change` to the ledger in `out`; it is on the disk when this returns."""
    path = out / LEDGER
    line = json.dumps(asdict(change), ensure_ascii=False) + "\n"
    if path.is_file() and (text := path.read_bytes()) and not text.endswith(b"\n"):
        line = "\n" + line  # a write that a crash cut short ends here, and is told when the ledger is read
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read(out: Path) -> tuple[Change, ...]:
    """Return every change in `out`, oldest first. Raises UsageError naming a line that is none."""
    path = out / LEDGER
    lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else []
    return tuple(_change(path, n, line) for n, line in enumerate(lines, start=1) if line.strip())


def _change(path: Path, number: int, line: str) -> Change:
    try:
        return Change(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path}, line {number}: expected a change, got {line[:60]!r}; delete it") from error


def standing(changes: Iterable[Change], submission: str) -> dict[str, Change]:
    """Return what counts for one submission: the last change of each thing, but for those taken back."""
    last = {change.what: change for change in changes if change.submission == submission}
    return {what: change for what, change in last.items() if change.value is not None}
