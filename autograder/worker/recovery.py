"""Reads what can be read of a script with a syntax error, statement by statement, where that is safe."""

from __future__ import annotations

import ast
import re

MOST = 10  # statements that cannot be read; a file with more is not code
STARTS = re.compile(r"(?!else\b|elif\b|except\b|finally\b)[A-Za-z_@\"'(\[{]")  # at the left margin
DEFINES = re.compile(r"(?:async def|def|class)\b|@")  # cannot continue anything at the left margin


def readable(source: str) -> tuple[ast.Module, list[tuple[int, str, str]]]:
    """Return the tree of all statements that Python can read, and (line, reason, text) of the others.

    A statement is left out only if all before it can be read and it leaves no quotes open, so that nothing
    within a string is taken for code. Raises SyntaxError if that is impossible.
    """
    lines = source.split("\n")
    unread: list[tuple[int, str, str]] = []
    while True:
        try:
            return ast.parse("\n".join(lines)), unread
        except SyntaxError as error:
            start, end = _block(lines, error)
            if len(unread) == MOST:
                raise
            line = error.lineno or 0
            unread.append((line if line <= end else start + 1, error.msg, "\n".join(lines[start:end])))
            lines[start:end] = [""] * (end - start)


def _block(lines: list[str], error: SyntaxError) -> tuple[int, int]:
    """Return where the statement with the error begins and the next one begins. Raises the error itself."""
    at = min((error.lineno or 1) - 1, len(lines) - 1)
    begins = [n for n, line in enumerate(lines) if STARTS.match(line)]
    start = next((n for n in reversed(begins) if n <= at and _parses(lines[:n])), None)
    if start is None:
        raise error
    first = next((n for n in begins if n >= start and not lines[n].startswith("@")), start)
    end = next((n for n in begins if n > first and (n > at or DEFINES.match(lines[n]))), len(lines))
    text = "\n".join(lines[start:end])
    if text.count('"""') % 2 or text.count("'''") % 2:
        raise error
    return start, end


def _parses(lines: list[str]) -> bool:
    try:
        ast.parse("\n".join(lines))
    except SyntaxError:
        return False
    return True
