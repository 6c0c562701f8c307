"""Gives each student's work an id that is the same in every download and that no other student's work has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from autograder.intake.download import Handin
from autograder.records.origin import Stamp

INSIDE = re.compile(r"(?:[^/]+\.zip/.+|[^/]+)$", re.IGNORECASE)
Ids = dict[str, str]  # what the LMS calls a person (see Handin.person) → id


def newest(
    handins: Iterable[Handin], known: Mapping[str, str], stamps: Mapping[str, Stamp]
) -> tuple[dict[str, Handin], Ids]:
    """Return the hand-ins that count, by id, and the ids of everybody; `known` are those of earlier runs.

    For one person in two downloads the newer counts, on a tie the later; work that staff decided against (see
    `stamps`) counts only where there is no other. Plain files that share a name belong to different students;
    the second gets a numbered id.
    """
    handins = _told_apart(list(handins), known)
    ids, by_id = dict(known), dict[str, Handin]()
    for handin in sorted(handins, key=lambda handin: bool(handin.hidden)):  # those without a name first
        name = ids[handin.person] = _id_of(handin, ids)
        if not handin.order:
            ids[_at(handin)] = name
        before = by_id.get(name)
        by_id[name] = replace(handin, who=replace(handin.who, id=name))
        if before is not None:
            by_id[name] = _newer(before, by_id[name], stamps.get(name))
    return by_id, ids


def _told_apart(handins: Sequence[Handin], known: Mapping[str, str]) -> list[Handin]:
    """Tell plain files of the same name apart by their places: only an LMS knows who is one person."""
    counts = Counter(handin.person for handin in handins if not handin.order)
    return [
        replace(h, person=_at(h), hidden=h.person)
        if not h.order and (counts[h.person] > 1 or _at(h) in known)
        else h
        for h in handins
    ]


def _at(handin: Handin) -> str:
    """Return what a plain file is called together with its place: read again, it is the same person's."""
    return f"{handin.hidden or handin.person} {Path(handin.who.source).absolute()}"


def _id_of(handin: Handin, ids: Mapping[str, str]) -> str:
    """Return the id that a person has; one who was hidden before keeps the id of that time."""
    if handin.person in ids:
        return ids[handin.person]
    before = ids.get(handin.hidden)
    if before and not any(i == before and person != handin.hidden for person, i in ids.items()):
        return before
    return _free_id(handin.who.id, ids.values())


def _newer(before: Handin, handin: Handin, stamp: Stamp | None) -> Handin:
    """Return the hand-in that counts, with a note about the other."""
    newer, older = _ranked(before, handin, stamp)
    note = f"handed in more than once: the newest was graded; older: {_shown(older.who.source)}"
    if newer.order < older.order:
        note = f"handed in more than once: staff chose this one; newer: {_shown(older.who.source)}"
    return replace(newer, notes=(*newer.notes, note))


def _ranked(one: Handin, other: Handin, stamp: Stamp | None) -> tuple[Handin, Handin]:
    """Return the hand-in that counts, and the one that does not."""
    over = [stamp is not None and stamp.passes_over(handin.order) for handin in (one, other)]
    if over[0] != over[1]:
        return (other, one) if over[0] else (one, other)
    return (other, one) if other.order >= one.order else (one, other)


def _shown(source: str) -> str:
    """Return where a file was in its download, for its student: the folders of staff are left out."""
    match = INSIDE.search(source)
    return match[0] if match else source


def _free_id(name: str, taken: Iterable[str]) -> str:
    folded = {other.casefold() for other in taken}  # some file systems treat ada and Ada as one name
    numbers = (f"{name}-{n}" for n in range(2, len(folded) + 3))
    return name if name.casefold() not in folded else next(n for n in numbers if n.casefold() not in folded)
