"""What a template has where students are to write: a stub's message, and the place of a written answer."""

from __future__ import annotations

import re

SENTENCE = "{name} is not written yet"
ANSWER = "*Your answer:*"  # all that the cell of a written answer contains in the template
NAMED = re.compile(SENTENCE.format(name=r"(\S+)"))


def sentence(name: str, task: str) -> str:
    """Return the message of the stub of `name`: that it is not written yet, and what to do."""
    return f"{SENTENCE.format(name=name)}: {task}"


def name_in(text: str) -> str | None:
    """Return the name of the stub whose message is `text`, or None if it is not a stub's message."""
    match = NAMED.match(text)
    return match[1] if match else None
