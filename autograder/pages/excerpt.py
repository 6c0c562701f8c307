"""Finds the definitions that a question asks for in a submission's cells; runs nothing.

Code that cannot be parsed is read token by token up to the first error, which finds what stands above it.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from autograder.errors import UNPARSABLE
from autograder.records.results import Place
from autograder.records.submission import Cell

MAX_SOURCE = 200_000  # characters; longer cells are skipped
MAX_LINES = 400  # shown of one definition
MAX_SHOWN = 40_000  # characters shown of one definition
LONG_TEXT = 3  # lines after the first: such a docstring is folded to its first line


@dataclass(frozen=True)
class Excerpt:
    """A definition in a submission, with its cell and its first line there."""

    name: str
    cell: str
    first_line: int
    source: str

    def holds(self, place: Place) -> bool:
        """True if the place is one of its lines."""
        last = self.first_line + self.source.count("\n")
        return place.cell == self.cell and self.first_line <= place.line <= last


def definitions(cells: Sequence[Cell], names: Sequence[str]) -> tuple[Excerpt, ...]:
    """Return the last top-level definition of each name, in the order of `names`; skip missing ones."""
    excerpts: dict[str, Excerpt] = {}
    for cell in cells:
        source = cell.source
        if len(source) <= MAX_SOURCE and any(name in source for name in names):
            lines = source.split("\n")
            for name, first, last in _statements(source):
                if name in names:
                    text = "\n".join(lines[first - 1 : last][:MAX_LINES])[:MAX_SHOWN]
                    excerpts[name] = Excerpt(name, cell.name, cell.first_line + first - 1, text)
    return tuple(excerpts[name] for name in names if name in excerpts)


def around(cells: Sequence[Cell], place: Place) -> Excerpt | None:
    """Return the top-level statement at a place, such as a helper; its name is "" if it defines nothing."""
    for cell in cells:
        if cell.name == place.cell and len(cell.source) <= MAX_SOURCE:
            line = place.line - cell.first_line + 1
            for name, first, last in _statements(cell.source):
                if 0 < first <= line <= last:
                    lines = cell.source.split("\n")[first - 1 : last][:MAX_LINES]
                    return Excerpt(name, cell.name, cell.first_line + first - 1, "\n".join(lines)[:MAX_SHOWN])
    return None


@lru_cache(maxsize=256)
def docstrings(source: str) -> frozenset[int]:
    """Return the lines of `source`, counted from 0, inside long texts that stand alone (docstrings)."""
    tree = _parsed(source)
    if tree is None:
        return frozenset(_docstrings_in_tokens(source))
    alone = (node for node in ast.walk(tree) if isinstance(node, ast.Expr))
    texts = (node for node in alone if isinstance(getattr(node.value, "value", None), str))
    spans = ((node.lineno, node.end_lineno or node.lineno) for node in texts)
    long = (range(first, last) for first, last in spans if last - first >= LONG_TEXT)
    return frozenset(line for lines in long for line in lines)


def _docstrings_in_tokens(source: str) -> set[int]:
    inside: set[int] = set()
    new = True
    for token in _tokens(source):
        if token.type == tokenize.STRING and new and token.end[0] - token.start[0] >= LONG_TEXT:
            inside |= set(range(token.start[0], token.end[0]))
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            new = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    return inside


@lru_cache(maxsize=64)  # each question of a submission looks through the same cells
def _statements(source: str) -> tuple[tuple[str, int, int], ...]:
    """Return (name or "", first line, last line) of each top-level statement; the name is what it defines."""
    tree = _parsed(source)
    return tuple(_in_tokens(source) if tree is None else map(_span, tree.body))


def _parsed(source: str) -> ast.Module | None:
    """Return the syntax tree; None if there is none, or if its lines are not those that a page shows."""
    if "\r" in source or "\f" in source:
        return None
    try:
        return ast.parse(source)
    except UNPARSABLE:
        return None


def _span(statement: ast.stmt) -> tuple[str, int, int]:
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
    return _defined(statement), first, statement.end_lineno or first


def _defined(statement: ast.stmt) -> str:
    """Return the function, class or variable that a statement defines, or ""."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return statement.name
    targets = statement.targets if isinstance(statement, ast.Assign) else ()
    target = statement.target if isinstance(statement, ast.AnnAssign) else next(iter(targets), None)
    return target.id if isinstance(target, ast.Name) else ""


def _in_tokens(source: str) -> Iterator[tuple[str, int, int]]:
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
    """Return the function, class or variable that a statement starting with `head` defines, or ""."""
    words = head[1:] if head[:1] == ["async"] else head
    if len(words) > 1 and words[0] in ("def", "class"):
        return words[1]
    return words[0] if len(words) > 1 and words[1] in ("=", ":") else ""
