"""Finds in a submission's cells the definitions that a question asks for, by tokens; nothing is run.

Tokens are read until the first that cannot be, so code above a syntax error is found as well.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.records.submission import Cell

MAX_SOURCE = 200_000  # characters of a cell that is looked through
MAX_LINES = 400  # of one definition that is shown
MAX_SHOWN = 40_000  # characters of one


@dataclass(frozen=True)
class Excerpt:
    """A definition as it stands in a submission: its cell, and the line of it that it begins at."""

    name: str
    cell: str
    first_line: int
    source: str


def definitions(cells: Sequence[Cell], names: Sequence[str]) -> tuple[Excerpt, ...]:
    """Return, in the order of `names`, the last top-level definition of each that there is."""
    found: dict[str, Excerpt] = {}
    for cell in cells:
        source = cell.source
        if len(source) <= MAX_SOURCE and any(name in source for name in names):
            lines = source.split("\n")
            for name, first, last in _statements(source):
                if name in names:
                    text = "\n".join(lines[first - 1 : last][:MAX_LINES])[:MAX_SHOWN]
                    found[name] = Excerpt(name, cell.name, cell.first_line + first - 1, text)
    return tuple(found[name] for name in names if name in found)


def _statements(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield the name that each top-level statement defines, if any, its first line and its last."""
    head: list[str] = []
    depth = first = last = 0
    new = True
    for token in _tokens(source):
        if token.type in (tokenize.INDENT, tokenize.DEDENT):
            depth += 1 if token.type == tokenize.INDENT else -1
        elif token.type not in (tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER):
            if new and depth == 0:
                decorated = head[:1] == ["@"]
                if not decorated:
                    yield _name(head), first, last
                    first = token.start[0]
                head = []
            if depth == 0 and len(head) < 3:
                head.append(token.string)
            last, new = token.end[0], token.type == tokenize.NEWLINE
    yield _name(head), first, last


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(source).readline)
    except (tokenize.TokenError, SyntaxError):
        return


def _name(head: Sequence[str]) -> str:
    """Return what a statement that begins with the tokens `head` defines: a function, class or variable."""
    words = head[1:] if head[:1] == ["async"] else head
    if len(words) > 1 and words[0] in ("def", "class"):
        return words[1]
    return words[0] if len(words) > 1 and words[1] in ("=", ":") else ""
