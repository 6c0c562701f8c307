"""Which submissions share unusual code: for staff to look at, never a verdict and never a penalty.

Code is compared by its tokens without names and comments, cut into k-grams (Schleimer, Wilkerson and Aiken,
"Winnowing: Local Algorithms for Document Fingerprinting", 2003; all are kept, so that runs agree). What comes
from the template is taken out, and so is what more than a few submissions have: most of a class writes the
same short functions. A k-gram is 8 bytes here, so that a large class fits into memory.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pygments.lexers import PythonLexer
from pygments.token import Comment, Literal, Name, Text

from autograder.records.assignment import Assignment
from autograder.records.files import write_whole
from autograder.records.results import Result

GRAM = 25  # characters of tokens in a k-gram
COMMON = 0.05  # of the class: what more have is common, as a rule of three at least
FEWEST_COMMON = 3
FEWEST = 120  # unusual k-grams, about four lines, under which a submission is not compared
SUSPICIOUS = 0.6  # of the shorter one's unusual code that is in the other
VERSION = 2
LONGEST = 100_000  # characters of one submission that are compared
BLOCK = re.compile(r"^(?=\S)", re.MULTILINE)
SIGNS = {Text: "", Comment: "", Name.Function: "F", Name.Class: "C", Literal.String: "S"}
NAMES = (Name, Name.Variable, Name.Attribute)  # a student's own; those of Python and of modules stay
BASE = np.uint64(0x9E3779B97F4A7C15)  # the hash of a k-gram is a polynomial in it, mod 2**64

Grams = NDArray[np.uint64]  # sorted, each once


@dataclass(frozen=True)
class Pair:
    """Two submissions, by id, and what they share: the part of each one's unusual code, and whether all."""

    first: str
    second: str
    of_first: float
    of_second: float
    identical: bool

    @property
    def share(self) -> float:
        """The part of the shorter one's."""
        return max(self.of_first, self.of_second)


def cached(results: Sequence[Result], assignment: Assignment, path: Path) -> list[Pair]:
    """Return the suspicious pairs, from `path` where they are of these very submissions, else computed and
    written there.
    """
    own = sorted((r.submission.id, r.submission.sha256) for r in results if r.cells)
    key = hashlib.sha256(json.dumps([VERSION, own, _template(assignment)]).encode()).hexdigest()
    if path.is_file() and (known := _read(path, key)) is not None:
        return known
    found = pairs(results, assignment)
    table = {"key": key, "pairs": [asdict(pair) for pair in found]}
    write_whole(path, json.dumps(table, indent=1) + "\n")
    return found


def _read(path: Path, key: str) -> list[Pair] | None:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return [Pair(**pair) for pair in table["pairs"]] if table["key"] == key else None
    except (ValueError, KeyError, TypeError):
        return None


def pairs(results: Sequence[Result], assignment: Assignment) -> list[Pair]:
    """Return the pairs of submissions that share suspiciously much, most alike first."""
    template = _template(assignment)
    given = {block.strip() for block in BLOCK.split(template)}
    boilerplate = _grams(template)
    own = {
        r.submission.id: np.setdiff1d(_grams(_without(r, given)), boilerplate, assume_unique=True)
        for r in sorted(results, key=lambda r: r.submission.id)
        if r.cells
    }
    found = [*_same_file(results, own), *_alike(own, max(FEWEST_COMMON, int(COMMON * len(own))))]
    first = {(p.first, p.second): p for p in reversed(found)}
    return sorted(first.values(), key=lambda p: (not p.identical, -p.share, p.first, p.second))


def _same_file(results: Iterable[Result], own: Mapping[str, Grams]) -> Iterable[Pair]:
    """Yield neighbours among submissions of the same bytes, unless there is next to nothing in them."""
    by_hash: dict[str, list[str]] = {}
    for result in results:
        name = result.submission.id
        if len(own.get(name, ())) >= FEWEST:
            by_hash.setdefault(result.submission.sha256, []).append(name)
    for names in by_hash.values():
        ordered = sorted(names)
        yield from (Pair(a, b, 1.0, 1.0, True) for a, b in pairwise(ordered))


def _alike(own: Mapping[str, Grams], limit: int) -> Iterable[Pair]:
    """Yield the pairs of which one's unusual k-grams, those that at most `limit` have, are mostly in the
    other.
    """
    from scipy.sparse import csr_matrix

    if len(own) < 2:
        return
    grams, counts = np.unique(np.concatenate(list(own.values())), return_counts=True)
    found = {name: np.searchsorted(grams, mine) for name, mine in own.items()}
    unusual = {name: columns[counts[columns] <= limit] for name, columns in found.items()}
    names = [name for name, columns in unusual.items() if len(columns) >= FEWEST]
    sizes = [len(unusual[name]) for name in names]
    columns = np.concatenate([np.empty(0, np.intp), *(unusual[name] for name in names)])
    ends = np.cumsum([0, *sizes])
    matrix = csr_matrix((np.ones(len(columns), np.int32), columns, ends), (len(names), len(grams)))
    shared = (matrix @ matrix.T).tocoo()
    for i, j, n in zip(shared.row, shared.col, shared.data, strict=True):
        parts = round(n / sizes[i], 4), round(n / sizes[j], 4)
        if i < j and max(parts) >= SUSPICIOUS:
            yield Pair(names[i], names[j], *parts, identical=False)


def _grams(source: str) -> Grams:
    """Return the hashes of a source's k-grams."""
    lines = (line for line in source.splitlines() if line.strip())  # of a blank one, nothing counts
    pieces = ((_sign(kind), text) for kind, text in PythonLexer().get_tokens("\n".join(lines)))
    text = "".join(text if sign is None else sign for sign, text in pieces)
    data = np.frombuffer(text.encode("utf-8", "replace"), np.uint8).astype(np.uint64)
    hashes = np.zeros(max(0, len(data) - GRAM + 1), np.uint64)
    for k in range(GRAM):
        hashes = hashes * BASE + data[k : k + len(hashes)]
    return np.unique(hashes)


@cache
def _sign(kind: tuple[str, ...]) -> str | None:
    """Return what stands for all tokens of a kind; None where each stands for itself."""
    if kind in NAMES:
        return "V"
    return next((sign for whole, sign in SIGNS.items() if kind in whole), None)


def _without(result: Result, given: set[str]) -> str:
    """Return a submission's code less the blocks that stand in the template word for word."""
    blocks = (block for cell in result.cells for block in BLOCK.split(cell.source))
    return "\n".join(block for block in blocks if block.strip() not in given)[:LONGEST]


def _template(assignment: Assignment) -> str:
    """Return the script that students were given, or nothing where there is none."""
    paths = [assignment.folder / name for name in assignment.files] if assignment.folder else []
    scripts = [path for path in paths if path.suffix == ".py" and path.is_file()]
    return scripts[0].read_text(encoding="utf-8") if scripts else ""
