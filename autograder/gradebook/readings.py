"""How markers read written answers: a rubric of items with points, and what each marker ticked and wrote.

The first marker's reading sets the mark in nbgrader's gradebook; a second marker's changes nothing, until
somebody decides between the two.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sql

from autograder.errors import UsageError
from autograder.gradebook.history import READINGS, RUBRIC, now
from autograder.gradebook.marking import Entry, put_into
from autograder.gradebook.marks import NOTHING, Marks, marks_of
from autograder.gradebook.tables import Book, Row
from autograder.grades.policy import HandMark, number
from autograder.records.assignment import Assignment

WHY = "marked at the desk"


@dataclass(frozen=True)
class Item:
    """One line of a question's rubric: what an answer does, and the points for it, which may be negative."""

    id: int
    text: str
    points: float


@dataclass(frozen=True)
class Reading:
    """What a marker made of one answer: the items that apply, extra points, a comment and the points in all.

    A `second` marker's is `settled` once somebody has decided between it and the first.
    """

    student: str
    who: str
    items: tuple[int, ...]
    extra: float
    comment: str
    points: float
    second: bool = False
    settled: bool = False


@dataclass(frozen=True)
class Moved:
    """The students whose mark followed a changed rubric, and those whose mark somebody set otherwise."""

    followed: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A written question in an open gradebook, for one marker."""

    book: Book
    assignment: Assignment
    id: str
    who: str

    @property
    def most(self) -> int:
        """The points of the question."""
        return next(written.points for written in self.assignment.written if written.id == self.id)

    def items(self) -> dict[int, Item]:
        """Return the rubric, in the order in which it was written."""
        rows = self.book.rows(sql.select(RUBRIC).filter_by(**self._key).order_by(RUBRIC.c.id))
        return {row.id: Item(row.id, row.text, row.points) for row in rows}

    def readings(self) -> dict[tuple[str, bool], Reading]:
        """Return the readings by student and whether they are a second marker's."""
        rows = self.book.rows(sql.select(READINGS).filter_by(**self._key))
        return {
            (row.student, row.second): Reading(
                *(row.student, row.who, tuple(row.items), row.extra, row.comment, row.points),
                second=row.second,
                settled=row.settled,
            )
            for row in rows
        }

    def points_of(self, items: Collection[int], extra: float) -> float:
        """Return the points for rubric items and extra points, from 0 to the question's.

        Raises UsageError for an item that is not there.
        """
        known = self.items()
        if missing := [item for item in items if item not in known]:
            raise UsageError(
                f"{self.id}: expected items of the rubric, got {missing[0]}, which somebody removed; "
                "nothing was changed: read the rubric, then mark again"
            )
        total = math.fsum((*(known[item].points for item in items), extra))
        return min(max(round(total, 4), 0.0), float(self.most))

    def read(self, reading: Reading, seen: HandMark) -> None:
        """Keep a reading; a first marker's sets mark and comment, where `seen` is what stood there.

        Raises UsageError, and keeps nothing, if something else stands there by now, or if the second marker
        is the first.
        """
        old = self.readings()
        if reading.second:
            first = old.get((reading.student, False))
            if first is None or first.who == reading.who:
                raise UsageError(
                    f"{reading.student}, {self.id}: expected a second marker beside the first, got "
                    f"{'no first mark' if first is None else f'{reading.who} twice'}; nothing was changed"
                )
        else:
            self._mark([reading], {reading.student: {self.id: seen}}, WHY)
        self._keep(reading, old)

    def settle(self, student: str, take_second: bool, seen: HandMark) -> None:
        """Decide between two readings: the mark is the second's, or stays the first's. Raises UsageError."""
        old = self.readings()
        first, second = old.get((student, False)), old.get((student, True))
        if first is None or second is None:
            raise UsageError(f"{student}, {self.id}: expected two markers, got one; nothing was changed")
        if take_second:
            chosen = replace(second, second=False, who=self.who)
            self._mark([chosen], {student: {self.id: seen}}, f"of two markers, {second.who} was followed")
            self._keep(chosen, old)
        self._keep(replace(second, settled=True), old)

    def add(self, text: str, points: float) -> None:
        """Add an item to the rubric. Raises UsageError for an empty text or impossible points."""
        self.book.insert(RUBRIC, [{**self._key, **self._item(text, points)}])

    def change(self, item: int, text: str, points: float) -> Moved:
        """Change an item for everyone: each mark that comes from a reading follows it.

        A mark that somebody set otherwise since, in formgrader or a spreadsheet, stays and is named.
        """
        if item not in self.items():
            raise UsageError(f"{self.id}: expected an item of the rubric, got {item}; nothing was changed")
        self.book.update(RUBRIC, {"id": item}, self._item(text, points))
        return self._again(r for r in self.readings().values() if item in r.items)

    def remove(self, item: int) -> Moved:
        """Remove an item from the rubric and from every reading."""
        self.book.connection.execute(sql.delete(RUBRIC).filter_by(id=item, **self._key))
        old = self.readings()
        had = [r for r in old.values() if item in r.items]
        return self._again(replace(r, items=tuple(i for i in r.items if i != item)) for r in had)

    def _again(self, readings: Iterable[Reading]) -> Moved:
        """Work out the points of changed readings, and set the marks that stand as they were read."""
        marks, old = marks_of(self.book, self.assignment), self.readings()
        followed, left = [], []
        for reading in readings:
            new = replace(reading, points=self.points_of(reading.items, reading.extra))
            stands = marks.get(reading.student, {}).get(self.id, NOTHING)
            if not reading.second and stands.points != reading.points:
                left.append(reading.student)
            elif not reading.second and new.points != reading.points:
                followed.append(new)
            self._keep(new, old)
        self._mark(followed, marks, "the rubric changed")
        return Moved(tuple(r.student for r in followed), tuple(left))

    def _mark(self, readings: Sequence[Reading], stands: Marks, why: str) -> None:
        """Set marks and comments in nbgrader's gradebook, where `stands` is what stood there."""
        entries = []
        for reading in readings:
            known = stands.get(reading.student, {}).get(self.id, NOTHING)
            entries.append(Entry(reading.student, self.id, reading.points, known.points))
            if reading.comment != known.comment:
                entries.append(Entry(reading.student, self.id, reading.comment, known.comment or None))
        put_into(self.book, self.assignment, entries, self.who, why)

    def _keep(self, reading: Reading, old: Mapping[tuple[str, bool], Reading]) -> None:
        key = {**self._key, "student": reading.student, "second": reading.second}
        values: Row = {"at": now(), "who": reading.who, "items": list(reading.items)}
        values |= {name: getattr(reading, name) for name in ("extra", "comment", "points", "settled")}
        if (reading.student, reading.second) in old:
            self.book.update(READINGS, key, values)
        else:
            self.book.insert(READINGS, [{**key, **values}])

    @property
    def _key(self) -> Row:
        return {"assignment": self.assignment.name, "question": self.id}

    def _item(self, text: str, points: float) -> Row:
        if not text.strip() or not math.isfinite(points) or abs(points) > self.most:
            raise UsageError(
                f"{self.id}: expected a sentence and points from -{self.most} to {self.most}, got {text!r} "
                f"and {number(points)}; nothing was changed"
            )
        return {"text": text.strip(), "points": points}
