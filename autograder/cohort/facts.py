"""The facts about a class: inventory, results, ledger, marks and grades. Each file is read once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from autograder.cohort import who
from autograder.errors import UsageError
from autograder.grades import extensions, inventory, overrides, policy, rulings, version
from autograder.grades.inventory import Inventory
from autograder.grades.overrides import Change
from autograder.grades.policy import Grade, HandMark
from autograder.grades.rulings import Ruling
from autograder.grades.store import Store
from autograder.records import choices
from autograder.records.assignment import Assignment
from autograder.records.choices import Choice
from autograder.records.results import Result


class Facts:
    """The facts in a class's folder, each read when first needed. Every change goes through this class.

    `today` is the assignment as it is now, `assignment` as it was when the class was graded.
    """

    def __init__(self, out: Path, today: Assignment, store: Store | None = None) -> None:
        self.out, self.today, self.store = out, today, store or Store(out)
        self._grades: dict[bool, dict[str, Grade]] = {}
        self._lost: tuple[str, ...] | None = None

    @cached_property
    def assignment(self) -> Assignment:
        """The version that the grades come from. Raises UsageError for another assignment's folder."""
        return version.of_folder(self.out, self.today, self.store.readable())

    @property
    def differences(self) -> tuple[str, ...]:
        """What differs between the class's version of the assignment and today's."""
        return version.differences(self.assignment, self.today)

    @cached_property
    def inventory(self) -> Inventory:
        """The sources and roster of the class. Raises UsageError if its file cannot be read."""
        return inventory.read(self.out)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The ledger. Raises UsageError that names a malformed line."""
        return overrides.read(self.out)

    @cached_property
    def rulings(self) -> tuple[Ruling, ...]:
        """The rulings about checks. Raises UsageError that names a malformed line."""
        return rulings.read(self.out)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The choices among several files. Raises UsageError that names a malformed line."""
        return choices.read(self.out)

    @cached_property
    def marks(self) -> dict[str, dict[str, HandMark]]:
        """The marks by hand, by submission and question. Raises UsageError if they cannot be read."""
        from autograder import gradebook

        return gradebook.marks_in(self.out, self.assignment)

    @cached_property
    def suite(self) -> str:
        """The hash of the current suite, which up-to-date results carry."""
        from autograder import grading

        return grading.suite_hash(self.today, grading.OFFICIAL)

    def results(self) -> list[Result]:
        """Return the results that count, by id. Raises UsageError if there are none."""
        results = self.store.everything()
        if not results:
            raise UsageError(f"{self.out}: expected a folder with results, got none; grade first")
        return results

    def grades(self, written: bool = True) -> dict[str, Grade]:
        """Return the grades by id, computed once; see policy.grade_of.

        Raises AssignmentError if an extension fits no student, or several.
        """
        if written not in self._grades:
            self.lost_extensions()
            facts = (self.results(), self.assignment, self.changes, self.marks)
            self._grades[written] = policy.grades_of(*facts, written, rulings.standing(self.rulings))
        return self._grades[written]

    def grade_of(self, result: Result) -> Grade:
        """Return the grade of one result, which may be newer than those that `grades` was computed from."""
        known = (self.assignment, self.changes, self.marks.get(result.submission.id))
        return policy.grade_of(result, *known, ruled=rulings.standing(self.rulings))

    def opened(self) -> bool:
        """Whether feedback pages now show everything about hidden checks; see policy.opened."""
        infos = [result.submission for result in self.results()]
        return policy.opened(self.assignment, infos, datetime.now(UTC))

    def lost_extensions(self) -> tuple[str, ...]:
        """Return the extensions that fit nobody so far. Raises AssignmentError; see extensions.check."""
        if self._lost is None:
            infos = [result.submission for result in self.results()]
            whole = sum(source.count for source in self.inventory.sources) <= len(infos)
            self._lost = extensions.check(self.assignment.late, infos, self.inventory.students, whole)
        return self._lost

    def set_inventory(self, new: Inventory) -> None:
        """Replace the inventory, and write it."""
        inventory.write(new, self.out)
        self.inventory, self._lost = new, None

    def record(self) -> None:
        """Record the version of the assignment in the folder, unless it has results of a recorded one."""
        recorded = (self.out / version.FILE).is_file()
        if not (recorded and self.store.readable()):
            version.write(self.assignment, self.out)

    def adopt(self) -> None:
        """Move the folder to today's version of the assignment: grades come from it from now on."""
        version.write(self.today, self.out)
        self.assignment = self.today
        self._grades, self._lost = {}, None

    def add(self, changes: Sequence[Change], results: Sequence[Result]) -> None:
        """Append a change for each of `results` to the ledger; other grades stay as they are."""
        most = [overrides.most_of(self.assignment, result) for result in results]
        overrides.append(list(zip(changes, most, strict=True)), self.out)
        self.changes = (*self.changes, *changes)
        new = {result.submission.id: self.grade_of(result) for result in results}
        self._grades = {True: {**self.grades(), **new}}

    def rule(self, ruling: Ruling) -> None:
        """Append a ruling to the ledger; the grades are computed again. Raises UsageError; see rulings."""
        rulings.append(ruling, self.rulings, self.results(), self.out)
        self.rulings = (*self.rulings, ruling)
        self._grades = {}

    def idle_rulings(self) -> tuple[str, ...]:
        """Return the rulings in force about checks that no result has any more."""
        known = {check.id for result in self.results() for check in result.checks}
        now = rulings.standing(self.rulings)
        return tuple(str(ruling) for check, ruling in now.items() if known and check not in known)

    def forget_grades(self) -> None:
        """Drop marks and grades after results or the gradebook changed: the next use reads them again."""
        self.__dict__.pop("marks", None)
        self._grades, self._lost = {}, None

    def one(self, name: str) -> Result:
        """Return the result of the student whom `name` means. Raises UsageError; see who.one."""
        results = {result.submission.id: result for result in self.results()}
        class_ = [result.submission for result in results.values()]
        return results[who.one(name, class_, self.inventory.students, self.out).id]
