"""Keeps the ranking of a class until a submission or the template changes (report/similarity.json)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.likeness.rank import Pair, Ranking, rank
from autograder.likeness.work import Work, given_by, work_of
from autograder.records.assignment import Assignment
from autograder.records.files import write_whole
from autograder.records.results import Result

FILE = Path("report", "similarity.json")
VERSION = 3


@dataclass(frozen=True)
class Look:
    """A class as it was compared: the ranking, and the submissions by id; `others` are other classes'.

    The id of a submission of another class is `<folder>/<id>`, with the name that the folder was given.
    """

    ranking: Ranking
    codes: Codes
    others: frozenset[str] = frozenset()

    @property
    def results(self) -> Mapping[str, Result]:
        """The submissions by id."""
        return self.codes.results


@dataclass(frozen=True)
class Codes:
    """The submissions of a class by id, with their own code, which is worked out when it is first read."""

    results: Mapping[str, Result]
    assignment: Assignment

    @cached_property
    def works(self) -> Mapping[str, Work]:
        """The own code of each submission, by id."""
        return {work.id: work for work in works(self.results, self.assignment)}


def look(
    results: Sequence[Result],
    assignment: Assignment,
    out: Path,
    against: Mapping[str, Sequence[Result]] | None = None,
) -> Look:
    """Compare the submissions with each other and with those of other classes, by folder, in `against`.

    Reads the ranking of the same submissions from `out`, or computes it and writes it there.
    """
    before = {f"{folder}/{r.submission.id}": r for folder, rs in (against or {}).items() for r in rs}
    every = {**{r.submission.id: r for r in results}, **before}
    shown = {name: result for name, result in every.items() if result.cells}
    codes = Codes(shown, assignment)
    key = _key(shown, assignment)
    ranking = _read(out / FILE, key)
    if ranking is None:
        ranking = rank(tuple(codes.works.values()), [q.id for q in assignment.questions], before.keys())
        table = {"key": key, "against": sorted(against or {}), **asdict(ranking)}
        write_whole(out / FILE, json.dumps(table, indent=1, ensure_ascii=False) + "\n")
    return Look(ranking, codes, frozenset(before))


def against(out: Path) -> tuple[str, ...]:
    """Return the folders of the other classes that `out` was last compared with."""
    try:
        table = json.loads((out / FILE).read_text(encoding="utf-8"))
        return tuple(str(folder) for folder in table["against"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def works(results: Mapping[str, Result], assignment: Assignment) -> list[Work]:
    """Return the own code of each submission, by id."""
    given = given_by(assignment, template_of(assignment))
    return [work_of(name, r.submission.sha256, r.cells, given) for name, r in sorted(results.items())]


def template_of(assignment: Assignment) -> str:
    """Return the template script that students received, or "" if there is none."""
    paths = [assignment.folder / name for name in assignment.files] if assignment.folder else []
    scripts = [path for path in paths if path.suffix == ".py" and path.is_file()]
    return scripts[0].read_text(encoding="utf-8") if scripts else ""


def _key(results: Mapping[str, Result], assignment: Assignment) -> str:
    files = sorted((name, result.submission.sha256) for name, result in results.items())
    asked = [[question.id, *question.defines] for question in assignment.questions]
    return hashlib.sha256(json.dumps([VERSION, files, asked, template_of(assignment)]).encode()).hexdigest()


def _read(path: Path, key: str) -> Ranking | None:
    try:
        table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if table["key"] != key:
            return None
        pairs = tuple(Pair(**pair) for pair in table["pairs"])
        return Ranking(pairs, float(table["limit"]), tuple(table["counts"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
