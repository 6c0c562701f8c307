"""Output that survives a terminal or pipe which cannot encode every character, as on Windows (cp1252)."""

from __future__ import annotations

import codecs
import io
import sys

PLAIN = {"✓": "+", "✗": "x", "…": "...", "→": "->", "·": "-", "“": '"', "”": '"', "–": "-", "—": "-"}
HANDLER = "latentlab.plain"


def never_fail() -> None:
    """Make standard output and error write what stands for a character that they cannot encode."""
    codecs.register_error(HANDLER, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Return what to write in place of the characters that cannot be encoded: ASCII, or `?`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(c, "?") for c in error.object[error.start : error.end]), error.end
