"""One submission as it is compared: its own code, without the template's, as hashes of short runs of symbols.

A *gram* is a run of four symbols within a line, a whole line, or the border between two lines.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from autograder.likeness.syntax import Arguments, Line, Piece, pieces
from autograder.records.assignment import Assignment
from autograder.records.submission import PARSED, Cell

GRAM = 4  # symbols
BORDER = 6  # symbols on either side of the border between two lines
BLOCK = re.compile(r"^(?=\S)", re.MULTILINE)
REST = ""  # the part of the code that belongs to no question

Grams = NDArray[np.uint64]  # sorted, unique


@dataclass(frozen=True)
class Spot:
    """A line of own code: its cell, its first and last line there, its question, and its grams."""

    cell: int
    first: int
    last: int
    question: str
    grams: frozenset[int]


@dataclass(frozen=True)
class Work:
    """The own code of one submission, spot by spot."""

    id: str
    sha256: str
    spots: tuple[Spot, ...]

    @cached_property
    def grams(self) -> Grams:
        """All grams of the submission."""
        return _array(self.spots)

    def of(self, question: str) -> Grams:
        """Return the grams of one question, helpers of it included."""
        return _array(spot for spot in self.spots if spot.question == question)


def _array(spots: Iterable[Spot]) -> Grams:
    grams = {gram for spot in spots for gram in spot.grams}
    return np.array(sorted(grams), np.uint64)


@dataclass(frozen=True)
class Given:
    """What every student received: the template's text and syntax, and the names that the task fixes."""

    blocks: frozenset[str]
    forms: frozenset[str]
    grams: Mapping[str, frozenset[int]]
    kept: frozenset[str]
    arguments: Arguments
    questions: Mapping[str, str]


def given_by(assignment: Assignment, template: str) -> Given:
    """Return what the `template` of an assignment gives to every student."""
    questions = {name: question.id for question in assignment.questions for name in question.defines}
    methods, arguments = _fixed(template, questions)
    kept = methods | frozenset(questions)
    (known,) = pieces([template], kept, arguments)
    grams = {piece.name: frozenset().union(*_grams_of(piece)) for piece in known if piece.name}
    blocks = frozenset(block.strip() for block in _blocks(template))
    return Given(blocks, frozenset(piece.form for piece in known), grams, kept, arguments, questions)


def _fixed(template: str, questions: Mapping[str, str]) -> tuple[frozenset[str], Arguments]:
    """Return the methods, and by definition the arguments, that a student cannot name otherwise."""
    asked = {
        name: node for node in ast.parse(template).body if (name := getattr(node, "name", "")) in questions
    }
    inner = {name: list(ast.walk(node)) for name, node in asked.items()}
    methods = {n.name for nodes in inner.values() for n in nodes if isinstance(n, ast.FunctionDef)}
    arguments = {
        name: frozenset(n.arg for n in nodes if isinstance(n, ast.arg)) for name, nodes in inner.items()
    }
    return frozenset(methods), arguments


def work_of(name: str, sha256: str, cells: Sequence[Cell], given: Given) -> Work:
    """Return a submission's own code; of very long code, the first PARSED characters."""
    texts, left = [], PARSED
    for cell in cells:
        texts.append(_without_blocks(cell.source, given.blocks)[:left])
        left -= len(texts[-1].strip())
    found = enumerate(pieces(texts, given.kept, given.arguments, given.forms))
    own = [(number, piece) for number, of in found for piece in of]
    owners = _questions([piece for _, piece in own], given.questions)
    spots = [spot for number, piece in own for spot in _spots(number, piece, owners, given)]
    return Work(name, sha256, tuple(spots))


def _without_blocks(source: str, blocks: frozenset[str]) -> str:
    """Return `source` with each block that is the template's, letter by letter, replaced by empty lines."""
    return "".join("\n" * b.count("\n") if b.strip() in blocks else b for b in _blocks(source))


def _blocks(source: str) -> list[str]:
    """Return the pieces of text at the top level; a decorator and the end of a long head stay with theirs."""
    made: list[str] = []
    for part in BLOCK.split(source):
        if made and (part.startswith(")") or made[-1].startswith("@")):
            made[-1] += part
        else:
            made.append(part)
    return made


def _questions(own: Sequence[Piece], asked: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the questions that each definition belongs to: its own, or those whose definitions use it."""
    by_name = {piece.name: piece for piece in own if piece.name}
    found: dict[str, dict[str, None]] = {}
    for name, question in asked.items():
        waiting = [name]
        seen: set[str] = set()
        while waiting:
            current = waiting.pop()
            if current in seen or current not in by_name or (current != name and current in asked):
                continue
            seen.add(current)
            found.setdefault(current, {})[question] = None
            waiting += by_name[current].uses
    return {name: tuple(questions) for name, questions in found.items()}


def _spots(cell: int, piece: Piece, owners: Mapping[str, tuple[str, ...]], given: Given) -> Iterator[Spot]:
    common = given.grams.get(piece.name, frozenset()) if piece.name not in given.questions else frozenset()
    for line, grams in zip(piece.lines, _grams_of(piece), strict=True):
        for question in owners.get(piece.name, (REST,)):
            yield Spot(cell, line.first, line.last, question, grams - common)


def _grams_of(piece: Piece) -> list[frozenset[int]]:
    """Return the grams of each line of a statement; a border belongs to the line below it."""
    made: list[frozenset[int]] = []
    before: Line | None = None
    for line in piece.lines:
        runs = [line.symbols[i : i + GRAM] for i in range(len(line.symbols) - GRAM + 1)]
        runs.append(("line", *line.symbols))
        if before is not None:
            runs.append(("border", *before.symbols[-BORDER:], "|", *line.symbols[:BORDER]))
        made.append(frozenset(_hash(run) for run in runs))
        before = line
    return made


def _hash(run: tuple[str, ...]) -> int:
    text = "\0".join(run).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())
