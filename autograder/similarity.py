"""Which submissions share unusual code: for staff to look at, never a verdict and never a penalty.

Code is compared as copydetect does (Lyon, copydetect, after Schleimer, Wilkerson and Aiken, "Winnowing",
2003): tokens without names and comments, cut into k-grams. What comes from the template is taken out, and so
is what more than a few submissions have: most of a class writes the same short functions.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from autograder.assignment import Assignment
from autograder.results import Result

GRAM = 25  # characters of tokens in a k-gram
COMMON = 0.05  # of the class: what more have is common, as a rule of three at least
FEWEST_COMMON = 3
FEWEST = 120  # unusual k-grams, about four lines, under which a submission is not compared
SUSPICIOUS = 0.6  # of the shorter one's unusual code that is in the other
VERSION = 1
LONGEST = 100_000  # characters of one submission that are compared
BLOCK = re.compile(r"^(?=\S)", re.MULTILINE)


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


def cached(results: Sequence[Result], assignment: Assignment, path: Path) -> list[Pair] | None:
    """Return the suspicious pairs, from `path` where they are of these very submissions, else computed.

    None where copydetect is not installed. Writes `path`.
    """
    own = sorted((r.submission.id, r.submission.sha256) for r in results if r.cells)
    key = hashlib.sha256(json.dumps([VERSION, own, _template(assignment)]).encode()).hexdigest()
    if path.is_file() and (known := _read(path, key)) is not None:
        return known
    try:
        import copydetect  # noqa: F401
    except ImportError:
        return None
    found = pairs(results, assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    table = {"key": key, "pairs": [asdict(pair) for pair in found]}
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
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
        r.submission.id: _grams(_without(r, given)) - boilerplate
        for r in sorted(results, key=lambda r: r.submission.id)
        if r.cells
    }
    count = Counter(gram for grams in own.values() for gram in grams)
    limit = max(FEWEST_COMMON, int(COMMON * len(own)))
    unusual = {name: {g for g in grams if count[g] <= limit} for name, grams in own.items()}
    found = [*_same_file(results, own), *_alike(unusual)]
    first = {(p.first, p.second): p for p in reversed(found)}
    return sorted(first.values(), key=lambda p: (not p.identical, -p.share, p.first, p.second))


def _same_file(results: Iterable[Result], own: dict[str, set[Any]]) -> Iterable[Pair]:
    """Yield neighbours among submissions of the same bytes, unless there is next to nothing in them."""
    by_hash: dict[str, list[str]] = {}
    for result in results:
        name = result.submission.id
        if len(own.get(name, ())) >= FEWEST:
            by_hash.setdefault(result.submission.sha256, []).append(name)
    for names in by_hash.values():
        ordered = sorted(names)
        yield from (Pair(a, b, 1.0, 1.0, True) for a, b in pairwise(ordered))


def _alike(unusual: dict[str, set[Any]]) -> Iterable[Pair]:
    """Yield the pairs of which one's unusual k-grams are mostly in the other."""
    import numpy as np
    from scipy.sparse import csr_matrix

    names = [name for name, grams in unusual.items() if len(grams) >= FEWEST]
    if len(names) < 2:
        return
    column: dict[Any, int] = {}
    rows = [[column.setdefault(gram, len(column)) for gram in unusual[name]] for name in names]
    where = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    indices = np.concatenate([np.array(row) for row in rows])
    matrix = csr_matrix((np.ones(len(indices), np.int32), (where, indices)), (len(rows), len(column)))
    shared = (matrix @ matrix.T).tocoo()
    for i, j, n in zip(shared.row, shared.col, shared.data, strict=True):
        parts = round(n / len(rows[i]), 4), round(n / len(rows[j]), 4)
        if i < j and max(parts) >= SUSPICIOUS:
            yield Pair(names[i], names[j], *parts, identical=False)


def _grams(source: str) -> set[Any]:
    """Return the k-grams of a source as copydetect tokenises it; every one, so that runs agree."""
    from copydetect import CodeFingerprint

    if not source.strip():
        return set()
    return set(CodeFingerprint("work.py", GRAM, 1, fp=io.StringIO(source), language="python").hashes)


def _without(result: Result, given: set[str]) -> str:
    """Return a submission's code less the blocks that stand in the template word for word."""
    blocks = (block for cell in result.cells for block in BLOCK.split(cell.source))
    return "\n".join(block for block in blocks if block.strip() not in given)[:LONGEST]


def _template(assignment: Assignment) -> str:
    """Return the script that students were given, or nothing where there is none."""
    paths = [assignment.folder / name for name in assignment.files] if assignment.folder else []
    scripts = [path for path in paths if path.suffix == ".py" and path.is_file()]
    return scripts[0].read_text(encoding="utf-8") if scripts else ""
