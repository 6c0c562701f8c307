"""One written question across a class: the answers in order, their marks and readings, and changes to them.

An answer's key does not tell whose it is. Answers stand in the order of their keys, so names can be hidden.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from autograder.cohort.facts import Facts
from autograder.errors import UsageError
from autograder.gradebook import course, fill, tables
from autograder.gradebook.answers import Answer, Piece, answer, model
from autograder.gradebook.marks import NOTHING, marks_of
from autograder.gradebook.readings import Item, Moved, Question, Reading
from autograder.grades.policy import HandMark
from autograder.records.assignment import Written
from autograder.records.submission import SubmissionInfo

State = Literal["to mark", "look again", "blank", "marked"]
MOST_COMMENTS = 20  # in the bank


@dataclass(frozen=True)
class Seat:
    """One answer in the queue: its key, its submission, its mark, and what each marker read.

    `same` are the keys of answers that say the same, letter for letter.
    """

    key: str
    info: SubmissionInfo
    state: State
    mark: HandMark
    first: Reading | None
    second: Reading | None
    same: tuple[str, ...] = ()

    @property
    def by(self) -> str:
        """Who gave the mark, as far as it came from the desk."""
        return self.first.who if self.first and self.first.points == self.mark.points else ""

    @property
    def disagree(self) -> bool:
        """Whether two markers gave different points, and nobody has decided between them."""
        if self.first is None or self.second is None or self.second.settled:
            return False
        return self.first.points != self.second.points


@dataclass(frozen=True)
class Queue:
    """A written question across the class: its rubric, its answers in order, and the comments used so far."""

    asked: Written
    items: tuple[Item, ...]
    seats: tuple[Seat, ...]
    comments: tuple[str, ...]

    def seat(self, key: str) -> Seat:
        """Return the answer with a key. Raises UsageError."""
        for seat in self.seats:
            if seat.key == key:
                return seat
        raise UsageError(f"expected the key of an answer, got {key!r}; open it from the list of answers")

    def after(self, key: str, second: bool = False) -> Seat | None:
        """Return the next answer that waits for a marker, from `key` on and then from the start, or None."""
        places = [seat.key for seat in self.seats]
        start = places.index(key) + 1 if key in places else 0
        turned = (*self.seats[start:], *self.seats[:start])
        if second:
            return next((s for s in turned if s.first and s.second is None and s.key != key), None)
        waiting = [s for s in turned if s.state != "marked" and s.key != key]
        return min(waiting, key=lambda s: s.state == "blank", default=None)  # those without a text last


class Answers:
    """One written question of a class, for one marker. Each change is one transaction in the gradebook."""

    def __init__(self, facts: Facts, question: str, who: str) -> None:
        self.facts, self.who = facts, who
        self.asked = _asked(facts, question)
        self.url = course.required(facts.out)
        tables.prepare(self.url)  # a gradebook of an older kit lacks the tables of rubric and readings

    def queue(self) -> Queue:
        """Return the question with all its answers."""
        with self._open() as question:
            rubric, read = question.items(), question.readings()
            every = marks_of(question.book, self.facts.assignment)
            kept = fill.provenance(question.book, self.facts.assignment)
        marks = {name: of[self.asked.id] for name, of in every.items() if self.asked.id in of}
        digests = {name: row.answers.get(self.asked.id, "") for name, row in kept.items()}
        infos = {r.submission.id: r.submission for r in self.facts.results() if r.submission.id in digests}
        keys = {name: self.key(name) for name in infos}
        alike: dict[str, list[str]] = {}
        for name in infos:
            alike.setdefault(digests[name], []).append(keys[name])
        seats = [
            Seat(
                *(keys[name], info, _state(marks.get(name, NOTHING), digests[name])),
                *(marks.get(name, NOTHING), read.get((name, False)), read.get((name, True))),
                tuple(sorted(k for k in alike[digests[name]] if k != keys[name] and digests[name])),
            )
            for name, info in infos.items()
        ]
        bank = Counter(mark.comment for mark in marks.values() if mark.comment)
        comments = sorted(bank, key=lambda text: (-bank[text], text))[:MOST_COMMENTS]
        return Queue(
            self.asked, tuple(rubric.values()), tuple(sorted(seats, key=lambda s: s.key)), tuple(comments)
        )

    def key(self, name: str) -> str:
        """Return the key of a submission's answer."""
        text = f"{self.facts.assignment.name}\0{self.asked.id}\0{name}"
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()

    def answer(self, seat: Seat) -> Answer:
        """Return an answer as it can be shown."""
        return answer(seat.info, self.facts.assignment, self.asked.id)

    def model(self) -> tuple[Piece, ...]:
        """Return the model answer, or nothing."""
        return model(self.facts.assignment, self.asked.id)

    def mark(
        self,
        seat: Seat,
        items: tuple[int, ...],
        extra: float,
        comment: str,
        seen: HandMark,
        second: bool = False,
    ) -> None:
        """Mark an answer, of which a page showed the mark `seen`. Raises UsageError; see Question.read."""
        with self._open() as question:
            points = question.points_of(items, extra)
            name = seat.info.id
            question.read(Reading(name, self.who, items, extra, comment.strip(), points, second), seen)

    def settle(self, seat: Seat, take_second: bool, seen: HandMark) -> None:
        """Decide between two markers. Raises UsageError; see Question.settle."""
        with self._open() as question:
            question.settle(seat.info.id, take_second, seen)

    def blank(self) -> tuple[str, ...]:
        """Give every blank answer without a mark 0 points; return the submissions that somebody must look at.

        Those are the ones whose file cannot be read or has no place for the answer: it may be elsewhere.
        """
        empty = [seat for seat in self.queue().seats if seat.state == "blank"]
        unclear = [seat for seat in empty if self.answer(seat).missing]
        with self._open() as question:
            for seat in (seat for seat in empty if seat not in unclear):
                reading = Reading(seat.info.id, self.who, (), 0.0, seat.mark.comment, 0.0)
                question.read(reading, seat.mark)
        return tuple(sorted(seat.info.id for seat in unclear))

    def rubric(self, change: Callable[[Question], Moved | None]) -> Moved:
        """Change the rubric, and every mark that follows it."""
        with self._open() as question:
            return change(question) or Moved((), ())

    @contextmanager
    def _open(self) -> Iterator[Question]:
        with tables.opened(self.url) as book:
            yield Question(book, self.facts.assignment, self.asked.id, self.who)
        self.facts.forget_grades()


def _asked(facts: Facts, question: str) -> Written:
    known = {written.id: written for written in facts.assignment.written}
    if question not in known:
        raise UsageError(
            f"expected a written question ({', '.join(known) or 'this assignment has none'}), "
            f"got {question!r}"
        )
    return known[question]


def _state(mark: HandMark, digest: str) -> State:
    if mark.again:
        return "look again"
    if mark.points is not None:
        return "marked"
    return "to mark" if digest else "blank"


def progress(queue: Queue) -> Mapping[State, int]:
    """Return how many answers are in each state."""
    return Counter(seat.state for seat in queue.seats)
