"""The ledger of choices by staff: which of several files that one student handed in counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.errors import UsageError
from autograder.records.ledger import BACK, append_lines, numbered_lines, require_reason

LEDGER = "choices.jsonl"


@dataclass(frozen=True)
class Choice:
    """One choice: of a submission's `files` (name → SHA-256), `file` counts; an empty text undoes the choice.

    It holds only for exactly these files: other work needs another look.
    """

    when: str
    who: str
    submission: str
    file: str
    files: dict[str, str]
    why: str


def append(new: Sequence[Choice], out: Path) -> None:
    """Add choices to the ledger in `out`, all or none.

    Raises UsageError, which names each submission that has no such file, or if there is no reason.
    """
    for choice in new:
        require_reason(choice.why)
    if wrong := [_no_such_file(choice) for choice in new if choice.file not in (*choice.files, "")]:
        whole = f"nothing was chosen, because {len(wrong)} of {len(new)} cannot be:\n" if len(new) > 1 else ""
        raise UsageError(whole + "\n".join(wrong))
    append_lines(out / LEDGER, [json.dumps(asdict(choice), ensure_ascii=False) for choice in new])


def _no_such_file(choice: Choice) -> str:
    names = ", ".join(choice.files)
    return (
        f"{choice.submission}: expected one of {names}, or `{BACK}`, got {choice.file!r}; name one of these"
    )


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
    """Return the last choice for one submission that was made among exactly these `files`, unless undone."""
    fitting = [c for c in choices if c.submission == submission and c.files == files]
    return fitting[-1] if fitting and fitting[-1].file else None
