"""Finds submissions that share unusual code, for staff to look at; never a verdict or a penalty.

Compares code by its tokens without names and comments, cut into k-grams (Schleimer, Wilkerson and Aiken,
"Winnowing: Local Algorithms for Document Fingerprinting", 2003; all are kept, so that runs agree). Ignores
code from the template and code in more than a few submissions, because most of a class writes the same
short functions. A k-gram takes 8 bytes, so a large class fits into memory.
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
COMMON = 0.05  # of the class: code in more submissions than this, and than FEWEST_COMMON, is common
FEWEST_COMMON = 3
FEWEST = 120  # unusual k-grams (about four lines); a submission with fewer is not compared
SUSPICIOUS = 0.6  # fraction of the unusual code of one that is in the other
VERSION = 2
LONGEST = 100_000  # characters compared of one submission
BLOCK = re.compile(r"^(?=\S)", re.MULTILINE)
SIGNS = {Text: "", Comment: "", Name.Function: "F", Name.Class: "C", Literal.String: "S"}
NAMES = (Name, Name.Variable, Name.Attribute)  # chosen by a student; names of Python and of modules count
BASE = np.uint64(0x9E3779B97F4A7C15)  # the hash of a k-gram is a polynomial in it, mod 2**64

Grams = NDArray[np.uint64]  # sorted, unique


@dataclass(frozen=True)
class Pair:
    """Two submissions, by id; the fraction of each one's unusual code in the other; if files are equal."""

    first: str
    second: str
    of_first: float
    of_second: float
    identical: bool

    @property
    def share(self) -> float:
        """The larger fraction, which is that of the shorter one."""
        return max(self.of_first, self.of_second)


def cached(results: Sequence[Result], assignment: Assignment, path: Path) -> list[Pair]:
    """Return the suspicious pairs; `path` caches them until a submission or the template changes."""
    files = sorted((r.submission.id, r.submission.sha256) for r in results if r.cells)
    key = hashlib.sha256(json.dumps([VERSION, files, _template(assignment)]).encode()).hexdigest()
    if path.is_file() and (known := _read(path, key)) is not None:
        return known
    suspicious = pairs(results, assignment)
    table = {"key": key, "pairs": [asdict(pair) for pair in suspicious]}
    write_whole(path, json.dumps(table, indent=1) + "\n")
    return suspicious


def _read(path: Path, key: str) -> list[Pair] | None:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return [Pair(**pair) for pair in table["pairs"]] if table["key"] == key else None
    except (ValueError, KeyError, TypeError):
        return None


def pairs(results: Sequence[Result], assignment: Assignment) -> list[Pair]:
    """Return the pairs of submissions that share suspiciously much code, most similar first."""
    template = _template(assignment)
    given = {block.strip() for block in BLOCK.split(template)}
    boilerplate = _grams(template)
    grams = {
        r.submission.id: np.setdiff1d(_grams(_without(r, given)), boilerplate, assume_unique=True)
        for r in sorted(results, key=lambda r: r.submission.id)
        if r.cells
    }
    every = [*_same_file(results, grams), *_alike(grams, max(FEWEST_COMMON, int(COMMON * len(grams))))]
    first = {(p.first, p.second): p for p in reversed(every)}
    return sorted(first.values(), key=lambda p: (not p.identical, -p.share, p.first, p.second))


def _same_file(results: Iterable[Result], grams: Mapping[str, Grams]) -> Iterable[Pair]:
    """Yield pairs of submissions with equal bytes, as a chain by id, if they have enough unusual code."""
    by_hash: dict[str, list[str]] = {}
    for result in results:
        name = result.submission.id
        if len(grams.get(name, ())) >= FEWEST:
            by_hash.setdefault(result.submission.sha256, []).append(name)
    for names in by_hash.values():
        ordered = sorted(names)
        yield from (Pair(a, b, 1.0, 1.0, True) for a, b in pairwise(ordered))


def _alike(every: Mapping[str, Grams], limit: int) -> Iterable[Pair]:
    """Yield the pairs that share most unusual k-grams of one; unusual means in at most `limit` works."""
    from scipy.sparse import csr_matrix

    if len(every) < 2:
        return
    grams, counts = np.unique(np.concatenate(list(every.values())), return_counts=True)
    places = {name: np.searchsorted(grams, mine) for name, mine in every.items()}
    unusual = {name: columns[counts[columns] <= limit] for name, columns in places.items()}
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
    lines = (line for line in source.splitlines() if line.strip())  # blank lines do not count
    pieces = ((_sign(kind), text) for kind, text in PythonLexer().get_tokens("\n".join(lines)))
    text = "".join(text if sign is None else sign for sign, text in pieces)
    data = np.frombuffer(text.encode("utf-8", "replace"), np.uint8).astype(np.uint64)
    hashes = np.zeros(max(0, len(data) - GRAM + 1), np.uint64)
    for k in range(GRAM):
        hashes = hashes * BASE + data[k : k + len(hashes)]
    return np.unique(hashes)


@cache
def _sign(kind: tuple[str, ...]) -> str | None:
    """Return the sign that replaces every token of a kind; None if tokens are kept as written."""
    if kind in NAMES:
        return "V"
    return next((sign for whole, sign in SIGNS.items() if kind in whole), None)


def _without(result: Result, given: set[str]) -> str:
    """Return a submission's code without the blocks that it copied from the template."""
    blocks = (block for cell in result.cells for block in BLOCK.split(cell.source))
    return "\n".join(block for block in blocks if block.strip() not in given)[:LONGEST]


def _template(assignment: Assignment) -> str:
    """Return the template script that students received, or "" if there is none."""
    paths = [assignment.folder / name for name in assignment.files] if assignment.folder else []
    scripts = [path for path in paths if path.suffix == ".py" and path.is_file()]
    return scripts[0].read_text(encoding="utf-8") if scripts else ""
