"""The ledger of choices by staff: which of several files that one student handed in counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.errors import UsageError
from autograder.records.files import append_lines, numbered_lines

LEDGER = "choices.jsonl"


@dataclass(frozen=True)
class Choice:
    """One choice: of a submission's `files` (name → SHA-256), `file` counts.

    It holds only for exactly these files: other work needs another look.
    """

    when: str
    who: str
    submission: str
    file: str
    files: dict[str, str]
    why: str


def append(choice: Choice, out: Path) -> None:
    """Add `choice` to the ledger in `out`. Raises UsageError if there is no reason, or no such file."""
    if choice.file not in choice.files:
        names = ", ".join(choice.files)
        raise UsageError(
            f"{choice.submission}: expected one of {names}, got {choice.file!r}; name one of these"
        )
    if not choice.why.strip():
        raise UsageError("--reason: expected a sentence, got nothing; say why, the student may ask")
    append_lines(out / LEDGER, [json.dumps(asdict(choice), ensure_ascii=False)])


def read(out: Path) -> tuple[Choice, ...]:
    """Return every choice in `out`, oldest first. Raises UsageError that names a malformed line."""
    path = out / LEDGER
    return tuple(_choice(path, n, line) for n, line in numbered_lines(path))


def _choice(path: Path, number: int, line: str) -> Choice:
    try:
        table = json.loads(line)
        return Choice(**{**table, "files": dict(table["files"])})
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"{path}, line {number}: expected a choice, got {line[:60]!r}; delete that line"
        ) from error


def standing(choices: Iterable[Choice], submission: str, files: Mapping[str, str]) -> Choice | None:
    """Return the last choice for one submission that was made among exactly these `files`, if any."""
    fitting = [c for c in choices if c.submission == submission and c.files == files]
    return fitting[-1] if fitting else None
