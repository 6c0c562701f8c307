"""Classes with known copies, and what is true of every pair: who shares whose work, and in which disguise.

`issue_class` has the 60 of the issue: 24 who work alone, 6 from whom others copy, and 30 copies. Every seed is
another class. The truth is written down as the class is made, before anything compares it.
"""

# ruff: noqa: E501 - rewritten code is easier to read in one line
from __future__ import annotations

import ast
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from papers import paper

from autograder.records.results import Result
from autograder.records.submission import Cell, SubmissionInfo
from likeness.authors import DEFINED, Author, filled
from likeness.disguises import DISGUISES, VISIBLE

Pair = frozenset[str]
GROUPS = (1, 2, 3, 5, 7, 12)  # copies of each of the six who were copied from: groups of 2, 3, 4, 6, 8, 13


@dataclass(frozen=True)
class Pupil:
    """One submission: its text, whose work it is at the root, and in which disguise ("" if it is its own)."""

    name: str
    text: str
    root: str
    disguise: str = ""


def truth(pupils: Sequence[Pupil]) -> dict[Pair, str]:
    """Every pair that shares work → the disguises between them, joined by " / ".

    Two copies that are `translated` share ideas only, so only a pair without one of them counts. Two who copied
    `one_question` share that question.
    """
    pairs = {}
    for a, b in combinations(pupils, 2):
        if a.root == b.root and "translated" not in (a.disguise, b.disguise):
            pairs[frozenset((a.name, b.name))] = " / ".join(sorted(filter(None, (a.disguise, b.disguise))))
    return pairs


def copies_of(
    author: str, parts: dict[str, str], disguises: Sequence[str], chance: random.Random
) -> list[Pupil]:
    """Return the author and one copy for each of `disguises`."""
    made = [Pupil(author, filled(parts), author)]
    for number, disguise in enumerate(disguises):
        text = filled(DISGUISES[disguise](parts, chance), docs=chance.random() < 0.5)
        made.append(Pupil(f"{author}-{number}-{disguise}", _formatted(text, chance), author, disguise))
    return made


def alone(seed: int, name: str, chance: random.Random) -> Pupil:
    """Return an honest submission; one in four has run a formatter over the whole file."""
    author = Author(seed)
    return Pupil(name, _formatted(filled(author.parts(), docs=author.keeps_docs), chance), name)


def _formatted(text: str, chance: random.Random) -> str:
    """`text` through a formatter that breaks lines and sets quotes in its own way, one time in four."""
    return ast.unparse(ast.parse(text)) if chance.random() < 0.25 else text


def class_of(
    seed: int, honest: int, groups: Sequence[int], disguises: Sequence[str] = tuple(DISGUISES)
) -> list[Pupil]:
    """Return a class of `honest` who work alone, and for each of `groups` an author with that many copies."""
    chance = random.Random(f"class {seed}")
    pupils = [alone(seed * 1000 + n, f"own{n:03}", chance) for n in range(honest)]
    deck: list[str] = []
    for number, copies in enumerate(groups):
        while len(deck) < copies:
            deck += chance.sample(disguises, len(disguises))
        worn, deck = deck[:copies], deck[copies:]
        pupils += copies_of(f"root{number}", Author(seed * 1000 + 500 + number).parts(), worn, chance)
    chance.shuffle(pupils)
    return pupils


def issue_class(seed: int) -> list[Pupil]:
    """Return the class of 60 that the issue asks for."""
    return class_of(seed, 24, GROUPS)


def results_of(pupils: Sequence[Pupil]) -> list[Result]:
    """Return the results of a class as grading would store them: with the code, cell by cell."""
    results = []
    for pupil in pupils:
        digest = hashlib.sha256(pupil.text.encode()).hexdigest()
        info = SubmissionInfo(pupil.name, pupil.name, f"{pupil.name}.py", digest)
        base = paper(pupil.name, cells=cells_of(pupil.text))
        results.append(Result(**{**vars(base), "submission": info}))
    return results


def cells_of(text: str) -> list[Cell]:
    """Return a script's cells, as intake makes them."""
    pieces = text.split("\n# %%")
    return [Cell(f"cell {n}", piece.partition("\n")[2] if n else piece) for n, piece in enumerate(pieces)]


__all__ = ["DEFINED", "GROUPS", "VISIBLE", "Pupil", "class_of", "issue_class", "results_of", "truth"]
