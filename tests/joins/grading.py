"""Takes the downloads of a class through the kit, and gives each submission the mark that its code names.

`Room` does what `Cohort.grade` does, with the same parts, except that no judge runs and no page is written.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.cohort import Cohort, guard, run, same
from autograder.cohort.facts import Facts
from autograder.errors import UsageError
from autograder.gradebook import stamps
from autograder.grades import attention, inventory
from autograder.grading.one import info_of, rejected, waiting
from autograder.intake import finding
from autograder.intake.finding import Intake
from autograder.records.assignment import Assignment, Limits, Question
from autograder.records.origin import Kind
from autograder.records.results import QuestionResult, Result
from autograder.records.submission import Submission, digest
from joins.downloads import Files
from joins.people import MOST, Person, Work

QUESTION = Question("one", "One", MOST, ("f",))
ASSIGNMENT = Assignment("latent_space", "T", ("latent_space.py",), (QUESTION,), (), Limits())
NO_SUITE = {"suite": ""}  # no judge ran
MARK = re.compile(r"mark = (\d+)")


def marks_in(data: bytes) -> list[int]:
    """Return the marks that a file's code names, also in a zip."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [mark for name in archive.namelist() for mark in marks_in(archive.read(name))]
    return [int(mark) for mark in MARK.findall(data.decode("utf-8", "replace"))]


@dataclass
class Truth:
    """What only the draw knows: whose each mark is, which mark is right, and who waits for a choice.

    `files` maps marks to the paths they were handed in under, `digests` the SHA-256 of code to its mark.
    """

    class_: Sequence[Person]
    people: dict[int, tuple[Person, ...]] = field(default_factory=dict)
    newest: dict[int, Work] = field(default_factory=dict)
    several: set[int] = field(default_factory=set)
    files: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    digests: dict[str, int] = field(default_factory=dict)
    chosen: set[int] = field(default_factory=set)

    def see(self, files: Files) -> None:
        """Look into the files of a download before it is given to the kit."""
        for path, data in files.items():
            for mark in marks_in(data):
                self.files[mark].add(path)
                self.digests[digest(f"mark = {mark}\n".encode())] = mark

    def add(self, works: Sequence[Work], versions: bool) -> None:
        """Take in one download that was graded."""
        attempts: dict[int, set[int]] = defaultdict(set)
        for work in works:
            attempts[work.owner].add(work.attempt)
            self.people[work.owner] = work.people
            if work.owner not in self.newest or work.attempt >= self.newest[work.owner].attempt:
                self.newest[work.owner] = work
        self.several -= attempts.keys()
        self.several |= {owner for owner, found in attempts.items() if versions and len(found) > 1}

    def waits(self, owner: int) -> bool:
        """Whether nobody can tell yet which file of an owner's hand-in counts."""
        return (self.newest[owner].unclear or owner in self.several) and owner not in self.chosen

    def due(self) -> dict[int, int]:
        """Return person → the mark that is right."""
        return {p.n: work.mark for owner, work in self.newest.items() for p in self.people[owner]}

    def owner_of(self, submission: Submission | Result) -> int | None:
        """Return whose work a submission or a result is."""
        if isinstance(submission, Result):
            cells, info = submission.cells, submission.submission
        else:
            cells, info = submission.cells, submission
        marks = [*(m for cell in cells for m in map(int, MARK.findall(cell.source)))]
        marks += [self.digests[sha] for sha in info.candidates.values() if sha in self.digests]
        return marks[0] // 10 if marks else None


class Room:
    """A class's folder, the kit's view of it, and what the kit told so far; each command reads it afresh."""

    def __init__(self, out: Path, truth: Truth, roster: Path | None) -> None:
        self.out, self.truth, self.roster = out, truth, roster
        self.cohort = Cohort(out, ASSIGNMENT)
        self.owners: dict[str, set[int]] = defaultdict(set)  # by id
        self.held: dict[str, str] = {}

    @property
    def facts(self) -> Facts:
        """The facts that the cohort works on."""
        return self.cohort._facts

    def grade(self, path: Path, kind: Kind) -> None:
        """Read one download as `grade` does. Raises UsageError before anything is written."""
        self.cohort = Cohort(self.out, ASSIGNMENT)
        how = (kind, self.roster, self.facts.choices, run.known_of(self.facts))
        intake = finding.collect([path], self.facts.today, self.out, *how)
        listed = str(self.roster) if self.roster else None
        found = (intake.sources, listed, intake.students, intake.ids, intake.doubts)
        self.held = guard.older(self.facts, intake)
        every = [one.id for one in intake.submissions]
        self.facts.set_inventory(inventory.add(self.facts.inventory, *found, every))
        self._keep(intake)

    def regrade(self) -> None:
        """Read all downloads again as `regrade` does."""
        self.cohort = Cohort(self.out, ASSIGNMENT)
        intake = run.again(self.facts)
        self.held = guard.older(self.facts, intake)
        self._keep(intake)

    def _keep(self, intake: Intake) -> None:
        facts = self.facts
        facts.set_inventory(inventory.stamped(facts.inventory, intake.orders, self.held))
        facts.record()
        for one in intake.submissions:
            if (owner := self.truth.owner_of(one)) is not None:
                self.owners[one.id].add(owner)
            if one.id not in self.held:
                facts.store.keep(_result(one))
                stamps.copy(info_of(one), ASSIGNMENT, self.out)
        facts.forget_grades()

    def results(self) -> list[Result]:
        """Return the results that count."""
        return self.facts.results()

    def needs(self) -> list[str]:
        """Return what `grade` lists for staff, line by line."""
        facts = self.facts
        results, sources = facts.results(), facts.inventory
        failures, better = facts.store.failures(results), facts.store.better(results)
        listed = attention.needs(results, facts.grades(), sources, {}, failures, "", self.held, better)
        return [name for need in listed for name in need.names]

    def unmatched(self) -> set[str]:
        """Return the files that `grade` lists because they match no student."""
        return {refused.name for source in self.facts.inventory.sources for refused in source.unmatched}

    def settle(self) -> int:
        """Name the students of work that is not joined, and choose files, as staff do; return how often."""
        self.cohort = Cohort(self.out, ASSIGNMENT)
        strangers = self.facts.inventory.strangers(self.results())  # those in doubt are among them
        named = [self._name(submission) for submission in strangers]
        chosen = [self._choose(result) for result in self.results() if result.status == "waiting"]
        return sum(named) + sum(chosen)

    def _name(self, submission: str) -> bool:
        owner = min(self.owners[submission], default=0)
        students = self.facts.inventory.students  # in the order of the class
        rows = [students[person.n - 1] for person in self.truth.people.get(owner, ())]
        keys = [row.id or row.email or next(iter(row.lms.values()), row.name) for row in rows]
        try:
            same.settle(self.facts, submission, keys)
        except UsageError:  # several rows are called just that, or the student has other work
            return False
        return True

    def _choose(self, result: Result) -> bool:
        info, owner = result.submission, self.truth.owner_of(result)
        right = self.truth.newest[owner].mark if owner is not None else 0
        files = [f for f, sha in info.candidates.items() if self.truth.digests.get(sha) == right]
        if owner is None or not files:
            return False
        self.cohort.choose([info.id], files[0], "the student's mail", "Tara")
        self.truth.chosen.add(owner)
        return True


def _result(one: Submission) -> Result:
    """Return the result of a submission: its score is the mark that its code names."""
    if one.waiting is not None:
        return waiting(one, ASSIGNMENT, NO_SUITE)
    if one.rejected is not None:
        return rejected(one, ASSIGNMENT, NO_SUITE)
    score = marks_in(one.cells[0].source.encode())[0]
    made = {"questions": (QuestionResult("one", "One", score, MOST),), "provenance": NO_SUITE}
    return Result(info_of(one), "graded", None, score, MOST, notes=one.notes, cells=one.cells, **made)
