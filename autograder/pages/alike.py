"""The pages on likeness, for staff: the ranked pairs with their histogram, and two works side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.likeness import store
from autograder.likeness.marks import Code, Passage
from autograder.likeness.rank import Pair, Ranking
from autograder.likeness.store import Look
from autograder.likeness.work import REST
from autograder.pages import charts, page
from autograder.records.assignment import Assignment
from autograder.records.files import write_whole

FOLDER = Path("report", "alike")
INDEX = "index.html"
PAGES, MOST_PAGES = 100, 300  # pairs with a page of their own; the second if that many stand out


@dataclass(frozen=True)
class Side:
    """One submission of a pair: its id, its student, and whether it has a feedback page in this folder."""

    id: str
    student: str
    here: bool


@dataclass(frozen=True)
class Part:
    """One question of a pair: title, likeness, and the code of both."""

    title: str
    share: float
    first: tuple[Passage, ...]
    second: tuple[Passage, ...]


def name_of(pair: Pair) -> str:
    """Return the file name of the page about a pair; ids may be too long for a name made of both."""
    return hashlib.sha256(f"{pair.first}\0{pair.second}".encode()).hexdigest()[:16] + ".html"


def paged(ranking: Ranking) -> tuple[Pair, ...]:
    """Return the pairs that have a page of their own."""
    return ranking.pairs[: max(PAGES, min(MOST_PAGES, len(ranking.standing_out)))]


def write(look: Look, assignment: Assignment, out: Path) -> None:
    """Write the list and a page for each of the first pairs to `out`, and remove the pages of other pairs.

    Pages that are current stay as they are.
    """
    pairs = paged(look.ranking)
    sides = {
        name: Side(name, r.submission.student, name not in look.others) for name, r in look.results.items()
    }
    key = page.key_of("alike", store.template_of(assignment), repr(look.ranking), repr(sorted(sides.items())))
    index = out / FOLDER / INDEX
    if page.is_current(index, key):
        return
    shown = {name for pair in pairs for name in (pair.first, pair.second)}
    codes = {name: Code(look.codes.works[name], look.results[name].cells) for name in shown}
    wanted = {name_of(pair): pair for pair in pairs}
    for old in (out / FOLDER).glob("*.html"):
        if old.name not in wanted:
            old.unlink()
    for name, pair in wanted.items():
        write_whole(out / FOLDER / name, _pair_page(pair, look, codes, sides, assignment))
    write_whole(index, _index_page(look.ranking, sides, assignment, key))


def _index_page(ranking: Ranking, sides: Mapping[str, Side], assignment: Assignment, key: str) -> str:
    edges = [round(n / len(ranking.counts), 2) for n in range(len(ranking.counts) + 1)]
    return page.render(
        "alike",
        key,
        assignment=assignment,
        ranking=ranking,
        pages={(p.first, p.second): name_of(p) for p in paged(ranking)},
        sides=sides,
        histogram=charts.bars(ranking.counts, edges, "likeness", "pairs by likeness"),
        total=sum(ranking.counts),
        titles={q.id: q.title for q in assignment.questions},
    )


def _pair_page(
    pair: Pair, look: Look, codes: Mapping[str, Code], sides: Mapping[str, Side], assignment: Assignment
) -> str:
    titles = [(q.id, q.title) for q in assignment.questions]
    parts = [_part(pair, codes, name, title) for name, title in (*titles, (REST, "Other code"))]
    return page.render(
        "pair",
        pair=pair,
        first=sides[pair.first],
        second=sides[pair.second],
        assignment=assignment,
        limit=look.ranking.limit,
        parts=[part for part in parts if part.first or part.second],
    )


def _part(pair: Pair, codes: Mapping[str, Code], question: str, title: str) -> Part:
    one, two = codes[pair.first], codes[pair.second]
    share = pair.questions.get(question, 0.0)
    return Part(title, share, one.passages(two, question), two.passages(one, question))


def partners(pairs: Sequence[Pair]) -> dict[str, list[str]]:
    """Return, by submission, the others that it stands out with, most alike first."""
    found: dict[str, list[str]] = {}
    for pair in pairs:
        found.setdefault(pair.first, []).append(pair.second)
        found.setdefault(pair.second, []).append(pair.first)
    return found
