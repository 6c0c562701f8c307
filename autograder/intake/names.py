"""Names of students: as ids that are safe in file names, and as what is compared to join two lists."""

from __future__ import annotations

import hashlib
import unicodedata

from autograder.intake.archive import composed

MAX_ID = 100  # bytes, so that an id in any script fits in a file name
KEPT = ".-_"


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"  # letters, their marks, digits


def safe_id(name: str, *numbers: str) -> str:
    """Return a file name that is safe everywhere: letters of any script, digits, `.`, `-`, `_`.

    `numbers` come last, whole; the name before them is cut where it would be too long.
    """
    tail = "".join(f"-{_safe(number)}" for number in numbers)
    kept = _safe(name).encode("utf-8", "ignore")[: MAX_ID - len(tail.encode())].decode("utf-8", "ignore")
    return (kept + tail).strip("-") or "submission"


def _safe(name: str) -> str:
    letters = "".join(c if _is_letter(c) or c in KEPT else " " for c in composed(name))
    return "_".join(letters.split()).strip("._ ")


def id_of_group(keys: list[str]) -> str:
    """Return the id of a group by what its students are called: the same in whatever order they come."""
    whole = "-".join(sorted(_safe(key) for key in keys))
    if len(whole.encode()) <= MAX_ID:
        return whole
    return safe_id(whole, hashlib.sha256(whole.encode()).hexdigest()[:8])


def squeezed(name: str) -> str:
    """Return a name's letters and digits only, in one case: how LMSs' variants of it agree."""
    return "".join(c for c in composed(name.casefold()) if unicodedata.category(c)[0] in "LN")


def forms(name: str) -> set[str]:
    """Return the squeezed forms of a full name: its words from any of them on (Doe, Jane is Jane Doe)."""
    words = composed(name).replace(",", " ").split()
    return {squeezed("".join(words[n:] + words[:n])) for n in range(len(words))} - {""}
