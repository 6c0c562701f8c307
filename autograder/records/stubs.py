"""The sentence that a stub raises until it is written: made for students, recognised in what they hand in."""

from __future__ import annotations

import re

SENTENCE = "{name} is not written yet"
NAMED = re.compile(SENTENCE.format(name=r"(\S+)"))


def sentence(name: str, task: str) -> str:
    """Return what the stub of `name` says when it is called: that it is not written, and what to do."""
    return f"{SENTENCE.format(name=name)}: {task}"


def name_in(text: str) -> str | None:
    """Return the name of the stub that says `text`, or None where no stub says it."""
    said = NAMED.match(text)
    return said[1] if said else None
