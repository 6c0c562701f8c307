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
            start, end, own = _block(lines, error)
            if len(unread) == MOST:
                raise
            told = error if start < (error.lineno or 0) <= end else own
            line = told.lineno or 0
            unread.append((line if line <= end else start + 1, told.msg, "\n".join(lines[start:end])))
            lines[start:end] = [""] * (end - start)


def _block(lines: list[str], error: SyntaxError) -> tuple[int, int, SyntaxError]:
    """Return where the first statement with an error and the next one begin, and that error, or raise it."""
    at = min((error.lineno or 1) - 1, len(lines) - 1)
    begins = [n for n, line in enumerate(lines) if STARTS.match(line)]
    start = max((n for n in begins if n <= at), default=-1)
    before = _error_in(lines[: max(start, 0)])
    if before is not None and (before.lineno or 1) <= start:
        return _block(lines, before)  # brackets that do not match are found before what is wrong above them
    if start < 0 or before is not None:
        raise error
    first = next((n for n in begins if n >= start and not lines[n].startswith("@")), start)
    end = next((n for n in begins if n > first and (n > at or DEFINES.match(lines[n]))), len(lines))
    text = "\n".join(lines[start:end])
    if text.count('"""') % 2 or text.count("'''") % 2:
        raise error
    return start, end, error


def _error_in(lines: list[str]) -> SyntaxError | None:
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return error
    return None
