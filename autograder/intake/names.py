"""Students' names as ids that are safe in file names, and as normalised keys for joining two lists."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from pathlib import PureWindowsPath

from autograder.intake.archive import composed

MAX_ID = 100  # bytes, so an id in any script fits in a file name
KEPT = ".-_"
NBGRADER = re.compile(r"[^\W_][\w.@+-]*(?<!\.)")  # ids that are safe in a file name as they are
REFUSED = re.compile(r"[\x00-\x1f\x7f&<>\"`|':\\/]|\.\.+")  # what Moodle leaves out of file names


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"  # letters, their marks, digits


def safe_id(name: str, *numbers: str) -> str:
    """Return a file name that is safe everywhere: letters of any script, digits, `.`, `-`, `_`.

    `numbers` are appended in full; the name before them is shortened if necessary.
    """
    tail = "".join(f"-{_safe(number)}" for number in numbers)
    kept = _safe(name).encode("utf-8", "ignore")[: MAX_ID - len(tail.encode())].decode("utf-8", "ignore")
    return (kept + tail).strip("-") or "submission"


def _safe(name: str) -> str:
    letters = "".join(c if _is_letter(c) or c in KEPT else " " for c in composed(name))
    return "_".join(letters.split()).strip("._ ")


def own_id(name: str) -> str:
    """Return an id that another program gave: unchanged if it is a safe file name, otherwise with a hash."""
    name = composed(name)
    fits = NBGRADER.fullmatch(name) and len(name.encode()) <= MAX_ID
    if fits and not PureWindowsPath(name).is_reserved():
        return name
    return safe_id(name, hashlib.sha256(name.encode()).hexdigest()[:8])


def id_of_group(keys: list[str]) -> str:
    """Return the id of a group from its students' keys, independent of their order."""
    whole = "-".join(sorted(_safe(key) for key in keys))
    if len(whole.encode()) <= MAX_ID:
        return whole
    return safe_id(whole, hashlib.sha256(whole.encode()).hexdigest()[:8])


def squeezed(name: str) -> str:
    """Return only a name's letters and digits, in lower case, so that LMSs' variants of it compare equal."""
    return "".join(c for c in composed(name.casefold()) if unicodedata.category(c)[0] in "LN")


def forms(name: str) -> set[str]:
    """Return the squeezed forms of a full name: every rotation of its words (Doe, Jane equals Jane Doe)."""
    words = composed(name).replace(",", " ").split()
    return {squeezed("".join(words[n:] + words[:n])) for n in range(len(words))} - {""}


def spelled(name: str) -> set[str]:
    """Return a name as it is spelled, with single spaces, and `Doe, Jane` also as `Jane Doe`."""
    whole = " ".join(composed(name).split())
    last, comma, first = whole.partition(",")
    return {whole, " ".join(f"{first} {last}".split())} if comma else {whole} - {""}


def as_in_files(name: str) -> set[str]:
    """Return a name as it is spelled, and what Canvas or Moodle makes of it in the names of files."""
    bare = {re.sub(r"\W", "", text.lower()) for text in spelled(name)}  # Canvas
    texts = {
        name.replace("&", "&amp;"),
        html.escape(name),
        re.sub(r"<[^>]*>?", "", name).replace("&", "&amp;"),
    }
    cleaned = {REFUSED.sub("", text).replace("_", " ") for text in texts}
    return (spelled(name) | bare | {form for text in cleaned for form in spelled(text)}) - {""}


def may_be_in_ascii(text: str, name: str) -> bool:
    """Whether `text` may be a full name in ASCII, where letters became others, or `_`, or were left out.

    Every letter and digit of the name that ASCII has must be there, in any rotation of the words, and
    nothing else but one letter at most for each other Latin letter.
    """
    letters = squeezed(text.replace("_", ""))
    letters = "".join(c for c in letters if c.isascii())
    for form in forms(name):
        plain = [unicodedata.normalize("NFKD", c)[0] for c in form]
        latin = sum(unicodedata.name(c, "").startswith("LATIN") for c in plain if not c.isascii())
        kept = [c for c in plain if c.isascii()]
        rest = iter(letters)
        if all(c in rest for c in kept) and len(letters) <= len(kept) + latin:
            return True
    return False
